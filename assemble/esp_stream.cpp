#include "assemble/esp_stream.h"

#include <algorithm>
#include <bit>
#include <span>

#include "base/hash.h"

namespace espy::assemble {

namespace {

constexpr std::uint8_t kSyn = 0x02;
constexpr std::uint8_t kAck = 0x10;

}  // namespace

EspStreams::EspStreams(const StreamLimits& limits)
    : limits_{std::max<std::size_t>(limits.connections, 1), limits.early_octets},
      seed_(base::hash_seed()),
      pool_(limits.early_octets),
      buckets_(std::bit_ceil(limits_.connections), kNone) {}

StreamOutcome EspStreams::add(const StreamSegment& segment) {
  cut_.clear();
  const base::Endpoint source{segment.source, segment.source_port};
  const base::Conversation ends = base::conversation_of(source, {segment.destination, segment.destination_port});
  Connection& connection = connection_of(ends);
  const bool from_low = ends.is_from_low(source);
  Direction& direction = connection.directions[from_low ? 0 : 1];
  Direction& other = connection.directions[from_low ? 1 : 0];
  begin_direction(direction, segment);
  const bool known = direction.cutter.status() == StreamStatus::kEsp || other.cutter.status() == StreamStatus::kEsp;
  StreamOutcome outcome;
  if (segment.size != 0) {
    const SegmentQueue::Placing placing = read(direction, segment);
    outcome.copy = placing == SegmentQueue::Placing::kCopy;
    outcome.waiting = placing == SegmentQueue::Placing::kHeld;
  }
  share_status(direction, other);
  cut_.resolve();
  outcome.status = direction.cutter.status();
  outcome.proved = !known && outcome.status == StreamStatus::kEsp;
  outcome.waiting = outcome.waiting || direction.cutter.waiting();
  outcome.messages = cut_.messages;
  return outcome;
}

// A SYN begins a stream anew; without one the stream is joined in the middle.
void EspStreams::begin_direction(Direction& direction, const StreamSegment& segment) {
  if ((segment.flags & kSyn) != 0) {
    if (direction.queue.began_at(segment.sequence + 1)) return;
    const bool answers = (segment.flags & kAck) != 0;
    direction.queue.start(segment.sequence + 1, pool_);
    answers ? direction.cutter.begin_with_message() : direction.cutter.begin_with_prefix();
  } else if (!direction.queue.started() && segment.size != 0) {
    direction.queue.start(segment.sequence, pool_);
  }
}

SegmentQueue::Placing EspStreams::read(Direction& direction, const StreamSegment& segment) {
  const std::uint64_t holes = direction.queue.holes();
  const std::uint64_t found = direction.cutter.resynchronised();
  const std::uint32_t data_sequence = (segment.flags & kSyn) != 0 ? segment.sequence + 1 : segment.sequence;
  const base::Bytes payload = segment.payload.first(std::min<std::size_t>(segment.payload.size(), segment.size));
  SegmentQueue::Run run;
  const auto placing = direction.queue.place({data_sequence, segment.size, payload, segment.number, segment.time}, pool_, run);
  if (placing == SegmentQueue::Placing::kNext) feed(direction, run);
  drain(direction, segment.time);
  holes_ += direction.queue.holes() - holes;
  resynchronised_ += direction.cutter.resynchronised() - found;
  return placing;
}

void EspStreams::drain(Direction& direction, base::Time now) {
  while (const auto run = direction.queue.next(now, pool_, scratch_)) feed(direction, *run);
}

void EspStreams::feed(Direction& direction, const SegmentQueue::Run& run) {
  direction.cutter.skip(run.hole, cut_);
  direction.cutter.append(run.bytes, run.number, cut_);
  direction.cutter.skip(run.tail, cut_);
}

// What one side proved holds for the other: they are one connection.
void EspStreams::share_status(Direction& own, Direction& other) {
  own.cutter.learn(other.cutter.status(), cut_);
  const std::size_t answers = cut_.messages.size();
  other.cutter.learn(own.cutter.status(), cut_);
  for (StreamMessage& message : std::span(cut_.messages).subspan(answers)) message.answer = true;
}

EspStreams::Connection& EspStreams::connection_of(const base::Conversation& ends) {
  std::uint32_t index = find(ends);
  if (index == kNone) {
    index = take_slot();
    Connection& connection = *slots_[index];
    connection.ends = ends;
    connection.bucket_next = buckets_[bucket(ends)];
    buckets_[bucket(ends)] = index;
  } else {
    unlink(index);
  }
  touch(index);
  return *slots_[index];
}

std::uint32_t EspStreams::find(const base::Conversation& ends) const {
  std::uint32_t index = buckets_[bucket(ends)];
  while (index != kNone && !(slots_[index]->ends == ends)) index = slots_[index]->bucket_next;
  return index;
}

std::uint32_t EspStreams::take_slot() {
  if (count_ < limits_.connections) {
    slots_.push_back(std::make_unique<Connection>());
    return static_cast<std::uint32_t>(count_++);
  }
  const std::uint32_t index = oldest_;
  forget(index);
  ++evicted_;
  return index;
}

void EspStreams::forget(std::uint32_t index) {
  Connection& connection = *slots_[index];
  unlink(index);
  std::uint32_t* link = &buckets_[bucket(connection.ends)];
  while (*link != index) link = &slots_[*link]->bucket_next;
  *link = connection.bucket_next;
  for (Direction& direction : connection.directions) {
    direction.queue.clear(pool_);
    direction.cutter.clear();
  }
}

void EspStreams::touch(std::uint32_t index) {
  slots_[index]->older = newest_;
  slots_[index]->newer = kNone;
  (newest_ == kNone ? oldest_ : slots_[newest_]->newer) = index;
  newest_ = index;
}

void EspStreams::unlink(std::uint32_t index) {
  const Connection& connection = *slots_[index];
  (connection.older == kNone ? oldest_ : slots_[connection.older]->newer) = connection.newer;
  (connection.newer == kNone ? newest_ : slots_[connection.newer]->older) = connection.older;
}

}  // namespace espy::assemble
