#include <algorithm>

#include "verify/ledger.h"
#include "verify/removable.h"

// The part of Ledger that deals with frames whose class needs others: fragments, segments of ESP in TCP, the clear side of a gateway.
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

// A message of a stream as a datagram of its own: its headers count, its SA is seen. What stood before TCP stands before it.
Outcome Ledger::decide_message(const Frame& frame, const Inspection& segment, const assemble::StreamMessage& message) {
  Inspection inspection = segment;
  EspInTcp::make_packet(segment.packet, message, inspection.packet);
  if (message.kind != assemble::StreamMessageKind::kEsp) return decide_datagram(frame, inspection, message.bytes, message.complete);
  const std::size_t before =
      std::min<std::size_t>(inspection.packet.layers[inspection.packet.layer_count - 1U].upper_offset, frame.data.size());
  std::uint8_t* room = arena_.take(before + message.bytes.size());
  std::ranges::copy(message.bytes, std::ranges::copy(frame.data.first(before), room).out);
  const base::Bytes octets{room, before + message.bytes.size()};
  inspection.packet.security[inspection.packet.security_count - 1U].offset = static_cast<std::uint32_t>(before);
  if (message.complete) inspector_.inspect_packet(octets, inspection, arena_);
  const Outcome outcome = decide_datagram(frame, inspection, octets, message.complete);
  if (message.complete) complete(inspection);
  return outcome;
}

// A segment is what the messages are that it brings to an end; one without any goes with the connection.
void Ledger::commit_segment(const Frame& frame, Inspection& inspection) {
  const std::uint64_t connection = EspInTcp::connection_id(inspection.packet);
  const assemble::StreamOutcome stream = streams_.add(frame, inspection.packet, ++segments_);
  if (stream.status == assemble::StreamStatus::kEsp) {
    Outcome outcome;
    outcome.packet_class = Class::kControl;
    const bool carries = EspInTcp::payload_size(inspection.packet) > 0;
    if (carries) outcome = streams_.last_outcome(connection);
    bool first = true;
    for (const assemble::StreamMessage& message : stream.messages) {
      const Outcome one = decide_message(frame, inspection, message);
      if (first || severity(one.packet_class) > severity(outcome.packet_class)) outcome = one;
      first = false;
    }
    if (!first) streams_.last_outcome(connection) = outcome;
    part_of_ = carries && outcome.packet_class != Class::kControl ? PartOf::kMessage : PartOf::kNothing;
    settle_stream(connection, outcome);
    pass(frame, inspection, outcome);
    return;
  }
  const std::array<std::uint32_t, decode::kMaxSecurityHeaders> none = see_associations(frame, inspection, frame.data, true);
  Outcome plain = classifier_.decide(inspection, facts_of(frame), none);
  describe(inspection, plain);
  plain.may_be_clear_side = false;
  if (stream.status == assemble::StreamStatus::kNotEsp) {
    count_datagram(inspection.packet);
    settle_datagram(connection, nullptr);
    pass(frame, inspection, plain);
  } else {
    hold(frame, inspection, plain, HeldFor::kStream, connection);
  }
}

// The frames that waited for what this connection carries.
void Ledger::settle_stream(std::uint64_t connection, const Outcome& outcome) {
  for (const std::uint64_t position : hold_.take_datagram(connection)) {
    HeldFrame* held = hold_.at(position);
    if (held == nullptr || held->settled) continue;
    held->settled = true;
    held->outcome = outcome;
    held->part_of = outcome.packet_class == Class::kControl ? PartOf::kNothing : PartOf::kMessage;
    if (held->inspection == nullptr || EspInTcp::payload_size(held->inspection->packet) > 0) continue;
    held->part_of = PartOf::kNothing;
    held->outcome = {};
    held->outcome.packet_class = Class::kControl;
  }
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
  if (tap_ != nullptr || why == HeldFor::kClearSide || why == HeldFor::kStream || first_fragment) {
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
  for (Assembled& one : held.completed) {
    one.octets.assign(one.inspection.octets.begin(), one.inspection.octets.end());
    one.inspection.octets = one.octets;
    for (HeaderCheck& check : one.inspection.checks) check.octets = {};
  }
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
  const Frame frame{.data = held.data,
                    .original_size = held.facts.original_size,
                    .time = held.facts.time,
                    .number = held.facts.number,
                    .source = held.facts.source,
                    .interface = held.facts.interface,
                    .link_type = held.inspection->packet.link_type,
                    .direction = held.inspection->packet.direction};
  Outcome outcome = decide_datagram(frame, *held.inspection, held.data, false);
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
    if (held.held_for == HeldFor::kStream && !held.settled) settle_datagram(held.datagram, nullptr);
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
