#include "assemble/segment_queue.h"

#include <algorithm>

namespace espy::assemble {

void SegmentQueue::start(std::uint32_t sequence, ChunkPool& pool) {
  clear(pool);
  started_ = true;
  first_ = next_ = sequence;
}

void SegmentQueue::clear(ChunkPool& pool) {
  for (Held& held : held_) pool.release(held.data);
  held_.clear();
  held_octets_ = 0;
  far_segments_ = 0;
  started_ = overfull_ = false;
}

SegmentQueue::Placing SegmentQueue::place(const Segment& segment, ChunkPool& pool, Run& run) {
  const std::int64_t away = distance(segment.sequence);
  if (away > std::int64_t{kFarthest} || away < -std::int64_t{kFarthest}) return place_far(segment, pool, run);
  far_segments_ = 0;
  if (away + segment.size <= 0) return Placing::kCopy;
  if (away > 0) return hold(segment, pool) ? Placing::kHeld : Placing::kCopy;
  run = take(segment);
  return Placing::kNext;
}

SegmentQueue::Placing SegmentQueue::place_far(const Segment& segment, ChunkPool& pool, Run& run) {
  if (++far_segments_ < kFarSegmentsToBelieve) return Placing::kFar;
  start(segment.sequence, pool);
  ++holes_;
  run = take(segment);
  run.hole = kFarthest;
  return Placing::kNext;
}

// Reads from the next octet on; the first copy of an octet is the one that counts.
SegmentQueue::Run SegmentQueue::take(const Segment& segment) {
  const auto known = static_cast<std::uint32_t>(-std::min(distance(segment.sequence), 0));
  const std::uint32_t fresh = segment.size - known;
  Run run{.bytes = segment.payload.subspan(std::min<std::size_t>(known, segment.payload.size())), .number = segment.number};
  run.tail = fresh - static_cast<std::uint32_t>(run.bytes.size());
  next_ += fresh;
  return run;
}

bool SegmentQueue::hold(const Segment& segment, ChunkPool& pool) {
  const std::int32_t away = distance(segment.sequence);
  const auto after = std::find_if(held_.begin(), held_.end(), [&](const Held& held) { return distance(held.sequence) > away; });
  if (after != held_.begin()) {
    const Held& before = *(after - 1);
    if (std::int64_t{distance(before.sequence)} + before.size >= std::int64_t{away} + segment.size) return false;
  }
  const bool fits = pool.fits(segment.payload.size());
  const Chain data = fits ? pool.store(segment.payload) : Chain{};
  held_.insert(after, {segment.sequence, segment.size, data, segment.number, segment.time});
  held_octets_ += segment.size;
  overfull_ = !fits || held_.size() >= kMaxHeldSegments || held_octets_ > kMaxHeldOctets;
  return true;
}

bool SegmentQueue::impatient(base::Time now) const {
  if (overfull_) return true;
  return std::any_of(held_.begin(), held_.end(),
                     [&](const Held& held) { return now.known() && held.time.known() && now - held.time > kPatience; });
}

std::optional<SegmentQueue::Run> SegmentQueue::next(base::Time now, ChunkPool& pool, std::vector<std::uint8_t>& scratch) {
  while (!held_.empty()) {
    const std::int64_t away = distance(held_.front().sequence);
    if (away > 0 && !impatient(now)) return std::nullopt;
    Held held = held_.front();
    held_.erase(held_.begin());
    held_octets_ -= held.size;
    overfull_ = overfull_ && !held_.empty();
    scratch.resize(held.data.size);
    pool.copy(held.data, scratch);
    pool.release(held.data);
    if (away + held.size <= 0) continue;
    std::uint64_t hole = 0;
    if (away > 0) {
      hole = static_cast<std::uint64_t>(away);
      next_ = held.sequence;
      ++holes_;
    }
    Run run = take({held.sequence, held.size, scratch, held.number, held.time});
    run.hole = hole;
    return run;
  }
  return std::nullopt;
}

}  // namespace espy::assemble
