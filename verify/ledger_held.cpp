#include <algorithm>

#include "verify/ledger.h"
#include "verify/removable.h"

// The part of Ledger that deals with frames whose class needs others: fragments, the clear side of a gateway. ledger_streams.cpp has ESP in
// TCP.
namespace espy::verify {
namespace {

using verdict::Class;

constexpr std::size_t kFinishedLimit = 8'192;
constexpr std::size_t kCompletedLimit = 1'024;  // messages that one segment can complete, for the tap

PartOf part_of(const Inspection& datagram) {
  const std::size_t own = own_headers(datagram.packet);
  if (own == 0) return PartOf::kNothing;
  if (removable_headers(datagram.packet, datagram.checks) > 0) return PartOf::kOpened;
  const auto checks = std::span(datagram.checks).first(own);
  return std::ranges::find(checks, Checked::kBad, &HeaderCheck::checked) != checks.end() ? PartOf::kBad : PartOf::kClosed;
}

}  // namespace

// What the frame that is committed brought to its end, for the tap.
void Ledger::complete(const Inspection& inspection) {
  if (tap_ == nullptr || completed_.size() >= kCompletedLimit) return;
  completed_.push_back({.inspection = inspection, .octets = {}});
}

void Ledger::hold(const Frame& frame, const Inspection& inspection, const Outcome& outcome, HeldFor why, std::uint64_t datagram) {
  if (hold_.full()) {
    // The oldest settles as what it is by itself, the worst that it can be.
    ++tallies_.held_overflow;
    HeldFrame& oldest = hold_.front();
    oldest.settled = true;
    note_early(oldest.outcome);
    release();
  }
  HeldFrame held;
  held.facts = facts_of(frame);
  held.held_for = why;
  held.settled = why == HeldFor::kNothing;
  held.datagram = datagram;
  held.interface = interface_key(held.facts, inspection.packet);
  held.outcome = outcome;
  const bool first_fragment = why == HeldFor::kDatagram && inspection.packet.layers[0].fragment_offset == 0;
  const bool segment = why == HeldFor::kStream || why == HeldFor::kMessage;
  if (segment) held.segment = segments_;
  if (tap_ != nullptr || why == HeldFor::kClearSide || segment || first_fragment) {
    held.inspection = std::make_unique<Inspection>(inspection);
    held.data.assign(frame.data.begin(), frame.data.end());
    keep_octets(frame, held);
  }
  held.part_of = part_of_;
  keep_completed(held);
  hold_.push(std::move(held));
}

// What a held inspection points to lives as long as it does.
void Ledger::keep_octets(const Frame& frame, HeldFrame& held) {
  const base::Bytes octets = held.inspection->octets;
  const bool captured = octets.data() == frame.data.data();
  if (!captured) held.opened.assign(octets.begin(), octets.end());
  held.inspection->octets = base::Bytes(captured ? held.data : held.opened).first(octets.size());
  for (HeaderCheck& check : held.inspection->checks) check.octets = {};
}

void Ledger::keep_completed(HeldFrame& held) {
  if (!hold_.has_room_for(completed_.size())) return;
  held.completed = std::move(completed_);
  completed_.clear();
  for (Assembled& one : held.completed) one.own_octets();
}

void Ledger::commit_fragment(const Frame& frame, Inspection& inspection) {
  const assemble::FragmentOutcome result = fragments_.add(inspection.packet, 0, frame.data, frame.original_size, frame.time);
  Outcome alone = classifier_.decide_fragment(inspection);
  describe(inspection, alone);
  using assemble::FragmentKind;
  if (result.kind == FragmentKind::kComplete) {
    Inspection whole = inspection;
    inspector_.inspect_datagram(result.datagram, whole, arena_);
    Outcome outcome = decide_datagram(frame, whole, result.datagram, true);
    outcome.may_be_clear_side = false;
    if (finished_datagrams_.size() >= kFinishedLimit) finished_datagrams_.clear();
    part_of_ = part_of(whole);
    finished_datagrams_[result.id] = {.outcome = outcome, .part_of = part_of_};
    settle_datagram(result.id, &outcome);
    settle_dropped(frame.time);
    release();
    whole.packet.link_type = inspection.packet.link_type;
    if (part_of_ != PartOf::kNothing) complete(whole);
    pass(frame, inspection, outcome);
    return;
  }
  settle_dropped(frame.time);
  const auto finished = finished_datagrams_.find(result.id);
  if (result.kind == FragmentKind::kDuplicate && finished != finished_datagrams_.end()) {
    Outcome outcome = finished->second.outcome;
    part_of_ = finished->second.part_of;
    pass(frame, inspection, outcome);
  } else if (result.kind == FragmentKind::kRejected || result.id == 0) {
    settle_datagram(result.id, nullptr);
    pass(frame, inspection, alone);
  } else {
    hold(frame, inspection, alone, HeldFor::kDatagram, result.id);
    if (result.cut_short && result.all_seen) settle_datagram(result.id, nullptr);
  }
}

// What a first fragment whose datagram never became whole is: its headers count, its SAs are seen.
Outcome Ledger::lone_fragment(HeldFrame& held) {
  Outcome outcome = decide_datagram(frame_of(held), *held.inspection, held.data, false);
  outcome.may_be_clear_side = false;
  return outcome;
}

// `outcome` is the whole datagram's, or null when it was given up: then the first fragment speaks for all, and without it each for itself.
void Ledger::settle_datagram(std::uint64_t id, const Outcome* outcome) {
  const std::vector<std::uint64_t> positions = hold_.take_datagram(id);
  const PartOf part = outcome == nullptr ? PartOf::kNothing : part_of_;
  Outcome first;
  for (const std::uint64_t position : positions) {
    HeldFrame* held = hold_.at(position);
    const bool speaks = held != nullptr && !held->settled && held->held_for == HeldFor::kDatagram && held->inspection != nullptr;
    if (outcome != nullptr || !speaks) continue;
    if (held->inspection->packet.layers[0].fragment_offset != 0) continue;
    first = lone_fragment(*held);
    outcome = &first;
  }
  for (const std::uint64_t position : positions) {
    HeldFrame* held = hold_.at(position);
    if (held == nullptr || held->settled) continue;
    held->settled = true;
    held->part_of = part;
    if (outcome != nullptr) held->outcome = *outcome;
    // It may have been part of a stream that was known, and forgotten.
    if (held->held_for == HeldFor::kStream && outcome == nullptr && streams_.evicted() > 0) note_early(held->outcome);
  }
}

void Ledger::note_early(const Outcome& outcome) {
  if (outcome.packet_class != Class::kLeaked) return;
  for (std::size_t index = 0; index < outcome.state_count; ++index) ++states_[outcome.states[index]].judged_early;
}

void Ledger::settle_dropped(base::Time now) {
  while (const auto dropped = fragments_.next_dropped(now)) settle_datagram(dropped->id, nullptr);
}

// V21: a second of frame time decides.
void Ledger::settle_aged(base::Time now) {
  aged_ = std::max(aged_, hold_.begin_position());
  waits_for_ = base::kNever;
  for (; aged_ < hold_.end_position(); ++aged_) {
    HeldFrame& held = *hold_.at(aged_);
    if (!tallies_.ended && now - held.facts.time <= kHoldFor) {
      waits_for_ = held.facts.time;
      return;
    }
    const bool segment = held.held_for == HeldFor::kStream || held.held_for == HeldFor::kMessage;
    // A direction whose messages do not show is not waited for again.
    if (held.held_for == HeldFor::kMessage && !held.settled) streams_.remember(held.datagram, held.outcome);
    if (segment && !held.settled) settle_datagram(held.datagram, nullptr);
    if (held.held_for != HeldFor::kClearSide || held.settled) continue;
    held.settled = true;
    held.outcome.may_be_clear_side = false;
    if (!classifier_.is_clear_side(held.outcome.state(), held.interface, held.facts.time)) continue;
    held.outcome.packet_class = Class::kExempt;
    held.outcome.exemption = Exemption::kClearSide;
    const bool by_sender = held.inspection->packet.link_type == base::LinkType::kLinuxSll;
    if (by_sender) states_[held.outcome.state()].guessed_side = true;
  }
}

void Ledger::release() {
  while (!hold_.empty() && hold_.front().settled) {
    HeldFrame& held = hold_.front();
    SettledFrame frame = make_settled(held.facts, held.inspection.get(), held.data);
    frame.completed = held.completed;
    frame.part_of = held.part_of;
    settle(frame, held.outcome);
    hold_.pop();
    waits_for_ = base::kNever;
  }
}
}  // namespace espy::verify
