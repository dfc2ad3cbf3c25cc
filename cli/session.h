// session: what `verify` and `dump` share: a configuration and a capture become a World and a Ledger, and the pipeline runs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "capture/source.h"
#include "cli/options.h"
#include "ipsec/world.h"
#include "verify/keyring.h"
#include "verify/ledger.h"
#include "verify/summary.h"

namespace espy::cli {

enum class Progress : std::uint8_t { kNever, kOnTerminal };

// One run over one capture. Keeps the World and the Ledger alive together.
class Session {
 public:
  // Reads the configuration and opens the capture; on failure every error of it.
  static base::Result<std::unique_ptr<Session>, std::vector<base::Error>> create(const Inputs& inputs);

  // Reads the capture to its end. `tap` may be null. Stops early on SIGINT and SIGTERM; what was read counts.
  void run(verify::Tap* tap, Progress progress);

  const ipsec::World& world() const { return *world_; }
  const verify::Ledger& ledger() const { return *ledger_; }
  // Complete after run(); names of interfaces may be known only then.
  const std::vector<capture::SourceFacts>& facts() const { return facts_; }
  // What summarize() needs to know; the caller adds its own options.
  verify::RunFacts run_facts() const;

 private:
  explicit Session(const Inputs& inputs) : inputs_(inputs) {}
  base::Result<void> make_keys();
  verify::LedgerOptions ledger_options() const;
  void make_ledger();
  base::Result<void> find_clear_interfaces();
  void learn_ports(const verify::Ledger& ledger);
  base::Result<void> look_ahead();
  base::Result<void> read_again();
  void read(verify::Tap* tap, Progress progress);

  const Inputs& inputs_;
  decode::Ports ports_;
  bool file_policies_ = false;
  std::vector<std::string> clear_interfaces_;  // of --clear and of the configuration
  std::unique_ptr<ipsec::World> world_;
  std::unique_ptr<verify::Keyring> keys_;  // null where no SA is configured
  std::unique_ptr<verify::Ledger> ledger_;
  std::unique_ptr<capture::Source> source_;
  std::vector<capture::SourceFacts> facts_;
};

// How many workers --jobs asks for; by default one for each processor.
unsigned job_count(const Inputs& inputs);

}  // namespace espy::cli
