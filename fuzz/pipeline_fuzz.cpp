// The same capture frame by frame, through one worker and through three (ledger_input.h): the reports must be the same octet for octet,
// whichever frames were observed and whichever inspected as a whole, and whatever the workers knew when. Bits of the first octet as for the
// ledger, but 4: no policy has an open end, so that clear frames can be observed.
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "fuzz/ledger_input.h"
#include "fuzz/small_batches.h"
#include "fuzz/whole_frames.h"
#include "pipeline/pipeline.h"
#include "report/report.h"
#include "verify/summary.h"

namespace {

using namespace espy;

std::string report(verify::Ledger& ledger, std::uint8_t choice) {
  verify::RunFacts facts;
  facts.classic_capture = (choice & 16) != 0;
  std::ostringstream out;
  report::write_json(verify::summarize(ledger, facts), "0", out);
  return out.str();
}

struct Scene {
  std::uint8_t choice;
  const ipsec::World& world;
  const verify::Keyring* keys;
  const std::vector<base::Frame>& frames;

  verify::LedgerOptions options() const { return {.ports = fuzz::kPorts, .keys = keys, .one_interface = (choice & 16) != 0}; }
  void prepare(verify::Ledger& ledger) const {
    if ((choice & 8) != 0) ledger.clear_interface(0, 3);
  }

  std::string one_by_one() const {
    verify::Ledger ledger(world, options());
    prepare(ledger);
    fuzz::commit_whole(frames, fuzz::kPorts, ledger);
    return report(ledger, choice);
  }

  std::string with(unsigned jobs) const {
    fuzz::SmallBatches source(frames);
    verify::Ledger ledger(world, options());
    prepare(ledger);
    pipeline::run(source, world, ledger, {.jobs = jobs, .ports = fuzz::kPorts, .committed = {}});
    return report(ledger, choice);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint8_t choice = data[0];
  ipsec::Configuration configuration = fuzz::configuration_of(choice);
  for (ipsec::Spd& spd : configuration.spds) {
    if ((choice & 4) != 0) std::erase_if(spd.policies, [](const ipsec::Policy& policy) { return policy.open_source.has_value(); });
  }
  const ipsec::World world(configuration);
  const verify::Keyring keys(world, crypto::Library());
  const std::vector<base::Frame> frames = fuzz::frames_of(base::Bytes(data, size).subspan(1));
  const Scene scene{.choice = choice, .world = world, .keys = (choice & 32) != 0 ? &keys : nullptr, .frames = frames};
  const std::string expected = scene.one_by_one();
  if (scene.with(1) != expected || scene.with(3) != expected) std::abort();
  return 0;
}
