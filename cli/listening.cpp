#include "cli/listening.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "cli/packet_writer.h"

namespace espy::cli {
namespace {

constexpr std::chrono::milliseconds kLookEvery{100};
constexpr int kShare = 20;  // of the time at most goes into looking whether all was seen: one part in so many

// One tap that is two.
class Both : public verify::Tap {
 public:
  Both(verify::Tap* one, verify::Tap* other) : one_(one), other_(other) {}
  void settled(const verify::SettledFrame& frame) override {
    one_->settled(frame);
    other_->settled(frame);
  }

 private:
  verify::Tap* one_;
  verify::Tap* other_;
};

}  // namespace

void Listening::announce(const Inputs& inputs) const {
  for (const capture::SourceFacts& facts : session_.facts()) {
    if (inputs.interfaces.empty()) return;
    complain(fmt::format("listening on {} ({}), snapshot length {} octets", facts.name, base::to_string(facts.interfaces.front().link_type),
                         capture_options(inputs).snapshot_length));
  }
}

void Listening::look() {
  const Clock::time_point now = Clock::now();
  if (states_.empty() || now < next_) return;
  next_ = now + kLookEvery;
  const std::vector<capture::SourceState> states = session_.states();
  for (std::size_t index = 0; index < states.size(); ++index) {
    const capture::SourceState& state = states[index];
    if (state.note == states_[index].note || state.note.empty()) continue;
    if (isatty(STDERR_FILENO) == 1) fmt::print(stderr, "\r\x1b[K");  // where the line of progress may stand
    complain(fmt::format("{} {}", state.name, state.note));
  }
  states_ = states;
}

void Listening::tell_counts() const {
  for (const capture::SourceState& state : session_.states()) {
    complain(fmt::format("{}: {} packets captured, {} dropped by the kernel, {} by the interface", state.name, state.packets,
                         state.dropped_by_kernel, state.dropped_by_interface));
  }
}

bool UntilSeen::reached() {
  const Clock::time_point began = Clock::now();
  if (began < next_) return false;
  const verdict::Summary summary = session_.picture(1).summary;
  const Clock::time_point now = Clock::now();
  next_ = now + std::max<Clock::duration>(kLookEvery, kShare * (now - began));
  bool any = false;
  for (const verdict::RequirementSummary& row : summary.requirements) {
    if (row.action != "protect") continue;
    any = true;
    if (std::ranges::find(row.reasons, "policy.unseen") != row.reasons.end()) return false;
  }
  return any;
}

void run(Session& session, const Inputs& inputs, const Beside& beside) {
  const bool live = !inputs.interfaces.empty();
  Listening listening(session);
  UntilSeen until_seen(session);
  if (beside.talk) listening.announce(inputs);
  const auto between_batches = [&] {
    if (beside.talk) listening.look();
    if (live) std::fflush(stdout);
    if (live && beside.writer != nullptr) beside.writer->flush();
    if (beside.writer != nullptr && beside.writer->over()) session.stop();
    if (inputs.until_seen && until_seen.reached()) session.stop();
  };
  if (!beside.judged) {
    session.pass([&](const capture::Batch& batch) {
      for (const capture::Frame& frame : batch.frames) beside.writer->write(frame);
      between_batches();
    });
    if (beside.talk) listening.look();
    return;
  }
  Both both(beside.tap, beside.writer);
  verify::Tap* tap = beside.tap;
  if (beside.writer != nullptr) tap = beside.tap == nullptr ? static_cast<verify::Tap*>(beside.writer) : &both;
  session.run(tap, beside.progress, between_batches);
  if (beside.talk) listening.look();
}

}  // namespace espy::cli
