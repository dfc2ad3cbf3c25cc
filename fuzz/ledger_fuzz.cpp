// A capture of any frames through inspection, ledger and summary (ledger_input.h). Every frame must get exactly one class and be shown
// once, in order. More bits of the first octet: 4 a tap, 8 an interface that is clear, 16 a classic file, 32 the keys are used.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "fuzz/ledger_input.h"
#include "fuzz/whole_frames.h"
#include "verify/ledger.h"
#include "verify/summary.h"

namespace {

using namespace espy;

void require(bool invariant) {
  if (!invariant) std::abort();
}

// Every frame once, in the order of the capture.
class Checker : public verify::Tap {
 public:
  void settled(const verify::SettledFrame& frame) override {
    require(frame.facts.number == ++shown_ && frame.packet != nullptr && frame.outcome != nullptr);
  }
  std::uint64_t shown() const { return shown_; }

 private:
  std::uint64_t shown_ = 0;
};

// What the keys told of an SA cannot be more than was seen of it, and without an authentic packet none is forged (V16).
void check_associations(const verdict::Summary& summary) {
  std::uint64_t good = 0;
  for (const verdict::AssociationSummary& row : summary.associations) {
    const verdict::IntegrityChecks& checks = row.integrity_checks;
    require(checks.good + checks.bad + checks.unchecked == row.packets);
    require(checks.no_key + checks.no_algorithm + checks.cut_short + checks.fragment <= checks.unchecked);
    require(row.opened + row.failed <= row.packets && row.dummies <= row.opened && row.flow_padded <= row.opened);
    require(row.configured || checks.good + checks.bad + row.opened == 0);
    good += checks.good;
  }
  require(good > 0 || summary.packets.by_class[static_cast<std::size_t>(verdict::Class::kForged)] == 0);
}

void check(const verdict::Summary& summary, std::uint64_t frames) {
  check_associations(summary);
  std::uint64_t sum = 0;
  for (const std::uint64_t packets : summary.packets.by_class) sum += packets;
  require(summary.packets.total == frames && sum == frames);
  const auto known = [&](const std::string& id) {
    return std::ranges::any_of(summary.requirements, [&](const verdict::RequirementSummary& row) { return row.id == id; });
  };
  for (const verdict::Leak& leak : summary.leaks) require(known(leak.requirement) && leak.packets > 0);
  for (const verdict::Finding& finding : summary.findings) require(!finding.requirement || known(*finding.requirement));
  bool violated = false;
  for (const verdict::RequirementSummary& row : summary.requirements) {
    violated = violated || row.verdict == verdict::Verdict::kViolated;
    require(row.packets.leaked <= frames && row.packets.unverified <= frames && row.packets.exempt <= frames);
  }
  require(violated == (summary.verdict == verdict::Verdict::kViolated));
  require(summary.exit_status == (violated ? 1 : summary.verdict == verdict::Verdict::kProtected ? 0 : 3));
  require(!summary.verdict_line.empty() && summary.verdict_line.size() <= 200);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint8_t choice = data[0];
  const ipsec::World world(fuzz::configuration_of(choice));
  const verify::Keyring keys(world, crypto::Library());
  verify::Ledger ledger(world, {.ports = fuzz::kPorts, .keys = (choice & 32) != 0 ? &keys : nullptr});
  Checker checker;
  if ((choice & 4) != 0) ledger.set_tap(&checker);
  if ((choice & 8) != 0) ledger.clear_interface(0, 3);
  const std::vector<base::Frame> frames = fuzz::frames_of(base::Bytes(data, size).subspan(1));
  fuzz::commit_whole(frames, fuzz::kPorts, ledger);
  require((choice & 4) == 0 || checker.shown() == frames.size());
  verify::RunFacts facts;
  facts.classic_capture = (choice & 16) != 0;
  check(verify::summarize(ledger, facts), frames.size());
  return 0;
}
