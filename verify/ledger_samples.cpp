#include "verify/ledger.h"

// The part of Ledger that keeps packets for a screen to show.
namespace espy::verify {

void Ledger::sample(const SettledFrame& frame, const Outcome& outcome) {
  const bool leaked = outcome.packet_class == verdict::Class::kLeaked && counted_flow_ != Flows::kMissing;
  const bool of_flow = leaked && samples_->wants_flow(counted_flow_);
  const bool of_association = !leaked && samples_->wants_association(outcome.association, frame.facts.time);
  if (!of_flow && !of_association) return;
  SettledFrame whole = frame;
  Outcome shown = outcome;
  if (outcome.packet_class == verdict::Class::kUnverified && !outcome.unproven && verifies(outcome.bad))
    shown.packet_class = verdict::Class::kForged;
  whole.outcome = &shown;
  auto sample =
      std::make_shared<const verdict::PacketSample>(make_sample(whole, outcome.state() == kNoState ? nullptr : &states_[outcome.state()]));
  if (of_flow) samples_->keep_flow(counted_flow_, std::move(sample));
  if (of_association) samples_->keep_association(outcome.association, frame.facts.time, std::move(sample));
}

// Packets of a lane have no outcome of their own: it is that of the first.
void Ledger::sample_observed(const Frame& frame, const Observation& seen) {
  const Lane* lane = nullptr;
  if (const auto* esp = std::get_if<EspObservation>(&seen.of)) lane = &lanes_.lane(*esp);
  if (const auto* opened = std::get_if<OpenedObservation>(&seen.of)) lane = &lanes_.opened()[opened->lane].row.lane;
  if (lane == nullptr || !samples_->wants_association(lane->association, frame.time)) return;
  Outcome outcome;
  outcome.packet_class = lane->packet_class;
  outcome.association = lane->association;
  for (const StateId state : lane->states()) outcome.add(state);
  sample_again(frame, outcome);
}

void Ledger::sample_again(const Frame& frame, const Outcome& outcome) {
  again_arena_.reset();
  inspector_.inspect(frame, again_, again_arena_);
  sample(make_settled(facts_of(frame), &again_, frame.data), outcome);
}

}  // namespace espy::verify
