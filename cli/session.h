// session: what `verify` and `dump` share: a configuration and a capture become a World and a Ledger, and the pipeline runs.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "capture/source.h"
#include "cli/options.h"
#include "ipsec/world.h"
#include "pipeline/pipeline.h"
#include "verdict/picture.h"
#include "verify/keyring.h"
#include "verify/ledger.h"
#include "verify/summary.h"

namespace espy::cli {

enum class Progress : std::uint8_t { kNever, kOnTerminal };
enum class Details : std::uint8_t { kNone, kKept };  // of packets and sequence numbers, beyond the summary: for a screen

// What a screen hears of a run. Called on the packet path by one thread at a time; may be empty.
struct Watch {
  verify::Tap* tap = nullptr;
  pipeline::Stops* stops = nullptr;
  std::function<void()> committed;
  std::function<void()> begin_again;  // the capture is read once more, from its start: what was seen so far does not count
};

// One run over one capture. Keeps the World and the Ledger alive together.
class Session {
 public:
  // Reads the configuration and opens the capture; on failure every error of it.
  static base::Result<std::unique_ptr<Session>, std::vector<base::Error>> create(const Inputs& inputs, Details details = Details::kNone);

  // Another run over the capture files of one that is over: under the same configuration, with the same keys and all ports that it found.
  // `inputs` may name the files in another way; facts() has the names of the first. `first` need not live on, `inputs` must.
  static base::Result<std::unique_ptr<Session>> again(const Session& first, const Inputs& inputs, Details details);
  // What a run that is over found out, so that a tap knows it from the first frame on.
  void foresee(const verify::Ledger& past);

  // Reads the capture to its end. `tap` may be null. Stops early on SIGINT and SIGTERM; what was read counts. `committed` is called after
  // each batch, on the packet path by one thread at a time.
  void run(verify::Tap* tap, Progress progress, const std::function<void()>& committed = {});

  // Reads it without judging anything: `see` gets the frames in order, and facts() knows their interfaces then.
  void pass(const std::function<void(const capture::Batch& batch)>& see);

  // As run() for a screen; stop(), which is thread-safe, ends it early.
  void watch(const Watch& watch);
  // The same, but once only, whatever is found on the way.
  void watch_once(const Watch& watch);
  void stop();
  // 0.0 to 1.0 of the input read so far, nullopt where its length is unknown. Thread-safe.
  std::optional<double> progress() const;
  // The ledger as it stands, of at most `rows` SAs, leaks and flows each. To be called by watch()'s hooks, or once it is over.
  verdict::Picture picture(std::size_t rows);

  const ipsec::World& world() const { return *world_; }
  const verify::Ledger& ledger() const { return *ledger_; }
  // Complete after run(); names of interfaces may be known only then.
  const std::vector<capture::SourceFacts>& facts() const { return facts_; }
  // How the interfaces stand that are listened to; thread-safe.
  std::vector<capture::SourceState> states() const { return source_->states(); }
  // Where the configuration forbids to show octets of packets; nullopt: nowhere.
  const std::optional<ipsec::Origin>& redact_payload() const { return redact_payload_; }
  const base::Limits& limits() const { return limits_; }
  // What summarize() needs to know; the caller adds its own options.
  verify::RunFacts run_facts() const;

 private:
  Session(const Inputs& inputs, Details details) : inputs_(inputs), details_(details) {}
  base::Result<void> make_keys();
  verify::LedgerOptions ledger_options() const;
  void make_ledger();
  base::Result<void> find_clear_interfaces();
  base::Result<void> find_clear_interfaces(const std::vector<capture::SourceFacts>& facts);
  void learn_ports(const verify::Ledger& ledger);
  base::Result<void> look_ahead();
  base::Result<void> read_again();
  void read(verify::Tap* tap, Progress progress, const std::function<void()>& committed);
  void take_facts();
  void hear(const capture::DropsTold& told);
  std::vector<verdict::CaptureState> captures() const;

  const Inputs& inputs_;
  Details details_;
  std::atomic<bool> stopped_{false};
  mutable std::mutex replacing_;  // of source_, which stop() needs
  base::Time configured_;         // when the configuration was read
  decode::Ports ports_;
  bool file_policies_ = false;
  std::optional<ipsec::Origin> redact_payload_;
  base::Limits limits_;
  std::vector<std::string> clear_interfaces_;    // of --clear and of the configuration
  std::shared_ptr<const ipsec::World> world_;    // runs over the same capture share both
  std::shared_ptr<const verify::Keyring> keys_;  // null where no SA is configured
  std::unique_ptr<verify::Ledger> ledger_;
  std::unique_ptr<capture::Source> source_;
  std::vector<capture::SourceFacts> facts_;  // as known before the run; complete after it
  std::vector<std::string> names_;           // of the sources, where another run knew them by others
};

// Whether the captures are files that can be read once more, and how they are named then.
bool can_read_again(const Inputs& inputs);
Inputs inputs_again(const Inputs& inputs);

// "eth0", or empty where it is not known.
std::string_view interface_name_of(const std::vector<capture::SourceFacts>& facts, std::uint32_t source, std::uint32_t interface);

// A classic file has one interface and no place to note a capture filter.
bool is_classic(const capture::SourceFacts& source);

// How many workers --jobs asks for; by default one for each processor.
unsigned job_count(const Inputs& inputs);

}  // namespace espy::cli
