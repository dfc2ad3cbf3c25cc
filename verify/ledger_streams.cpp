#include <algorithm>

#include "verify/ledger.h"

// The part of Ledger that deals with segments of TCP that carry ESP. A segment is what the messages are that end in it; one in which none
// ends is what the message is that it is part of, or the last one that went its way. Until that is known it is held.
namespace espy::verify {
namespace {

using verdict::Class;

Outcome control() {
  Outcome outcome;
  outcome.packet_class = Class::kControl;
  return outcome;
}

bool carries(const Inspection& segment) { return EspInTcp::payload_size(segment.packet) > 0; }

PartOf part_of_message(const Outcome& outcome) { return outcome.packet_class == Class::kControl ? PartOf::kNothing : PartOf::kMessage; }

// They are in the order of their numbers.
HeldFrame* find(const std::vector<HeldSegment>& segments, std::uint64_t number) {
  const auto number_of = [](const HeldSegment& held) { return held.frame->segment; };
  const auto found = std::ranges::lower_bound(segments, number, {}, number_of);
  return found == segments.end() || number_of(*found) != number ? nullptr : found->frame;
}

void settle_as(HeldFrame& held, const Outcome& outcome) {
  held.settled = true;
  held.outcome = outcome;
  held.part_of = part_of_message(outcome);
}

}  // namespace

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

void Ledger::commit_segment(const Frame& frame, Inspection& inspection) {
  const assemble::StreamOutcome stream = streams_.add(frame, inspection.packet, ++segments_);
  if (stream.status == assemble::StreamStatus::kEsp) return commit_esp_segment(frame, inspection, stream);
  const std::array<std::uint32_t, decode::kMaxSecurityHeaders> none = see_associations(frame, inspection, frame.data, true);
  Outcome plain = classifier_.decide(inspection, facts_of(frame), none);
  describe(inspection, plain);
  plain.may_be_clear_side = false;
  if (stream.status != assemble::StreamStatus::kNotEsp)
    return hold(frame, inspection, plain, HeldFor::kStream, EspInTcp::direction_id(inspection.packet));
  count_datagram(inspection.packet);
  settle_datagram(EspInTcp::direction_id(inspection.packet), nullptr);
  settle_datagram(EspInTcp::opposite_id(inspection.packet), nullptr);
  pass(frame, inspection, plain);
}

void Ledger::commit_esp_segment(const Frame& frame, Inspection& inspection, const assemble::StreamOutcome& stream) {
  const std::uint64_t direction = EspInTcp::direction_id(inspection.packet);
  const std::optional<Outcome> ended = decide_messages(frame, inspection, stream);
  const Outcome* last = streams_.last_outcome(direction);
  Outcome outcome = control();
  if (carries(inspection)) {
    if (!ended && last == nullptr && stream.waiting) return hold(frame, inspection, outcome, HeldFor::kMessage, direction);
    if (ended || last != nullptr) outcome = ended ? *ended : *last;
    part_of_ = part_of_message(outcome);
  }
  pass(frame, inspection, outcome);
}

// Settles the segments that waited for these messages. Returns what those are that end in this one.
std::optional<Outcome> Ledger::decide_messages(const Frame& frame, const Inspection& inspection, const assemble::StreamOutcome& stream) {
  const std::uint64_t directions[] = {EspInTcp::direction_id(inspection.packet), EspInTcp::opposite_id(inspection.packet)};
  const bool own = !stream.messages.empty() && !stream.messages.front().answer;
  const bool answers = !stream.messages.empty() && stream.messages.back().answer;
  std::vector<HeldSegment> held[2];
  if (own || stream.proved) held[0] = take_segments(directions[0]);
  if (answers || stream.proved) held[1] = take_segments(directions[1]);
  Inspection back;
  if (answers) EspInTcp::turn((back = inspection).packet);
  std::optional<Outcome> ended;
  for (const assemble::StreamMessage& message : stream.messages) {
    const std::size_t way = message.answer ? 1 : 0;
    HeldFrame* segment = find(held[way], message.last_segment);
    const Outcome outcome =
        segment != nullptr ? decide_held(*segment, message) : decide_message(frame, message.answer ? back : inspection, message);
    const bool here = segment == nullptr && !message.answer && message.last_segment == segments_;
    if (here && (!ended || severity(outcome.packet_class) > severity(ended->packet_class))) ended = outcome;
    streams_.remember(directions[way], here ? *ended : segment != nullptr ? segment->outcome : outcome);
  }
  for (const std::size_t way : {0U, 1U}) settle_segments(directions[way], held[way]);
  return ended;
}

Outcome Ledger::decide_held(HeldFrame& held, const assemble::StreamMessage& message) {
  const std::size_t before = completed_.size();
  const Outcome outcome = decide_message(frame_of(held), *held.inspection, message);
  if (completed_.size() > before) {
    Assembled one = std::move(completed_.back());
    completed_.pop_back();
    one.own_octets();
    if (hold_.has_room_for(1)) hold_.add_completed(held, std::move(one));
  }
  if (!held.settled || severity(outcome.packet_class) > severity(held.outcome.packet_class)) settle_as(held, outcome);
  return outcome;
}

std::vector<HeldSegment> Ledger::take_segments(std::uint64_t direction) {
  std::vector<HeldSegment> segments;
  for (const std::uint64_t position : hold_.take_datagram(direction)) {
    HeldFrame* held = hold_.at(position);
    if (held != nullptr && !held->settled) segments.push_back({position, held});
  }
  return segments;
}

// Those in which no message ended. What is known of the direction came behind them.
void Ledger::settle_segments(std::uint64_t direction, const std::vector<HeldSegment>& segments) {
  const Outcome* next = streams_.last_outcome(direction);
  std::vector<std::uint64_t> left;
  for (auto held = segments.rbegin(); held != segments.rend(); ++held) {
    HeldFrame& frame = *held->frame;
    const bool message = carries(*frame.inspection);
    if (frame.settled) {
      next = &frame.outcome;
    } else if (!message || next != nullptr) {
      settle_as(frame, message ? *next : control());
    } else {
      frame.held_for = HeldFor::kMessage;
      frame.outcome = control();
      left.push_back(held->position);
    }
  }
  std::ranges::reverse(left);
  if (!left.empty()) hold_.put_datagram(direction, std::move(left));
}

}  // namespace espy::verify
