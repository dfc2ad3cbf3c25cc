#include "verify/ledger.h"

// The part of Ledger that deals with most frames: those of which an observation says all, because others like them were dealt with before.
namespace espy::verify {

void Ledger::commit(std::span<const Frame> frames, Inspected& found) {
  for (std::size_t index = 0; index < frames.size(); ++index) {
    const Frame& frame = frames[index];
    const Observation& seen = found.observations()[index];
    if (const auto* whole = std::get_if<std::uint32_t>(&seen.of)) {
      commit(frame, found.whole(*whole));
      continue;
    }
    count_interface(frame, seen.interface);
    if (!hold_.empty()) settle_aged(frame.time);
    if (!commit_observed(frame, seen)) commit_again(frame);
    if (!hold_.empty()) release();
  }
  lanes_.flush(tallies_.packets);
}

bool Ledger::commit_observed(const Frame& frame, const Observation& seen) {
  if (tap_ != nullptr) return false;
  const auto* esp = std::get_if<EspObservation>(&seen.of);
  return esp != nullptr ? lanes_.add(frame, seen, *esp) : commit_clear(frame, seen, std::get<ClearObservation>(seen.of));
}

void Ledger::commit_again(const Frame& frame) {
  again_arena_.reset();
  inspector_.inspect(frame, again_, again_arena_);
  commit_inspected(frame, again_);
}

bool Ledger::commit_clear(const Frame& frame, const Observation& seen, const ClearObservation& clear) {
  if (clear.flow == kNoRow || clear.learner == kNoRow) return false;
  Outcome outcome;
  if (!classifier_.decide(seen, clear, outcome)) return false;
  if (outcome.may_be_clear_side && (!clear_interfaces_.empty() || may_have_sides(frame))) return false;
  outcome.may_be_clear_side = false;
  outcome.flow_row = clear.flow;
  outcome.flow.application = clear.application;
  ++tallies_.clear_frames;
  const bool reads = clear.learner != kNotAsked && clear.learner != kNoRoom;
  if (reads) learner_.add(clear.learner, clear.from_low, frame.data.subspan(clear.payload_offset, clear.payload_size));
  count_outcome(facts_of(frame), outcome);
  return true;
}

}  // namespace espy::verify
