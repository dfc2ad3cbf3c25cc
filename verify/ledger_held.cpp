#include <algorithm>

#include "verify/ledger.h"

// The part of Ledger that deals with frames whose class needs others: fragments, segments of ESP in TCP, the clear side of a gateway.
namespace espy::verify {
namespace {

using verdict::Class;

constexpr std::size_t kFinishedLimit = 8'192;

}  // namespace

// A message of a stream as a datagram of its own: its headers count, its SA is seen.
Outcome Ledger::decide_message(const Frame& frame, const Inspection& segment, const assemble::StreamMessage& message) {
  Inspection inspection = segment;
  EspInTcp::make_packet(segment.packet, message, inspection.packet);
  if (message.complete) inspector_.inspect_packet(message.bytes, inspection, arena_);
  return decide_datagram(frame, inspection, message.bytes, message.complete);
}

// A segment is what the messages are that it brings to an end; one without any goes with the connection.
void Ledger::commit_segment(const Frame& frame, Inspection& inspection) {
  const std::uint64_t connection = EspInTcp::connection_id(inspection.packet);
  const assemble::StreamOutcome stream = streams_.add(frame, inspection.packet, ++segments_);
  if (stream.status == assemble::StreamStatus::kEsp) {
    Outcome outcome;
    outcome.packet_class = Class::kControl;
    if (EspInTcp::payload_size(inspection.packet) > 0) outcome = streams_.last_outcome(connection);
    bool first = true;
    for (const assemble::StreamMessage& message : stream.messages) {
      const Outcome one = decide_message(frame, inspection, message);
      if (first || severity(one.packet_class) > severity(outcome.packet_class)) outcome = one;
      first = false;
    }
    if (!first) streams_.last_outcome(connection) = outcome;
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
    if (held->inspection == nullptr || EspInTcp::payload_size(held->inspection->packet) > 0) continue;
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
    release();
  }
  HeldFrame held;
  held.facts = facts_of(frame);
  held.held_for = why;
  held.settled = why == HeldFor::kNothing;
  held.datagram = datagram;
  held.interface = Classifier::interface_key(held.facts, inspection.packet);
  held.outcome = outcome;
  const bool first_fragment = why == HeldFor::kDatagram && inspection.packet.layers[0].fragment_offset == 0;
  if (tap_ != nullptr || why == HeldFor::kClearSide || why == HeldFor::kStream || first_fragment) {
    held.inspection = std::make_unique<Inspection>(inspection);
    held.data.assign(frame.data.begin(), frame.data.end());
    keep_octets(frame, held);
  }
  hold_.push(std::move(held));
}

// What a held inspection points to lives as long as it does.
void Ledger::keep_octets(const Frame& frame, HeldFrame& held) {
  const base::Bytes octets = held.inspection->octets;
  const bool captured = octets.data() == frame.data.data();
  if (!captured) held.opened.assign(octets.begin(), octets.end());
  held.inspection->octets = captured ? held.data : held.opened;
  for (HeaderCheck& check : held.inspection->checks) check.octets = {};
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
    finished_datagrams_[result.id] = outcome;
    settle_datagram(result.id, &outcome);
    settle_dropped(frame.time);
    release();
    pass(frame, inspection, outcome);
    return;
  }
  settle_dropped(frame.time);
  const auto finished = finished_datagrams_.find(result.id);
  if (result.kind == FragmentKind::kDuplicate && finished != finished_datagrams_.end()) {
    Outcome outcome = finished->second;
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
    if (outcome != nullptr) held->outcome = *outcome;
  }
}

void Ledger::settle_dropped(base::Time now) {
  while (const auto dropped = fragments_.next_dropped(now)) settle_datagram(dropped->id, nullptr);
}

// V21: a second of frame time decides.
void Ledger::settle_aged(base::Time now) {
  aged_ = std::max(aged_, hold_.begin_position());
  for (; aged_ < hold_.end_position(); ++aged_) {
    HeldFrame& held = *hold_.at(aged_);
    if (!tallies_.ended && now - held.facts.time <= kHoldFor) return;
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
    settle(held.facts, held.inspection.get(), held.data, held.outcome);
    hold_.pop();
  }
}
}  // namespace espy::verify
