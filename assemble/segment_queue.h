// SegmentQueue: one direction of a TCP connection put in order. Copies are dropped, early segments are held for a while, and what does
// not come in time is given up as a hole. It knows sequence numbers, not what the octets mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "assemble/chunk_pool.h"
#include "base/bytes.h"
#include "base/time.h"

namespace espy::assemble {

class SegmentQueue {
 public:
  static constexpr std::size_t kMaxHeldSegments = 64;
  static constexpr std::size_t kMaxHeldOctets = 65'536;          // on the wire
  static constexpr base::Duration kPatience = base::seconds(1);  // of frame time, for a missing segment
  // What is further away than any window belongs to another life of the connection.
  static constexpr std::uint32_t kFarthest = std::uint32_t{1} << 24;
  static constexpr unsigned kFarSegmentsToBelieve = 4;

  struct Segment {
    std::uint32_t sequence = 0;
    std::uint32_t size = 0;  // octets on the wire
    base::Bytes payload;     // what was captured of them
    std::uint64_t number = 0;
    base::Time time;
  };

  // Octets in order: `hole` octets that nobody captured, then `bytes`, then `tail` more that nobody captured.
  struct Run {
    std::uint64_t hole = 0;
    base::Bytes bytes;
    std::uint32_t tail = 0;
    std::uint64_t number = 0;
  };

  enum class Placing : std::uint8_t {
    kNext,  // `run` is what to read now
    kHeld,  // it came early
    kCopy,  // all of it is known
    kFar,   // it fits nowhere
  };

  bool started() const { return started_; }
  bool began_at(std::uint32_t sequence) const { return started_ && first_ == sequence; }
  // The next octet expected is `sequence`; nothing is held.
  void start(std::uint32_t sequence, ChunkPool& pool);
  // After four segments in a row that fit nowhere the queue starts again at the fourth, behind a hole.
  Placing place(const Segment& segment, ChunkPool& pool, Run& run);
  // What is in turn now, after place() or as time goes by; run.bytes points into `scratch`. nullopt: nothing is.
  std::optional<Run> next(base::Time now, ChunkPool& pool, std::vector<std::uint8_t>& scratch);
  void clear(ChunkPool& pool);

  std::uint64_t holes() const { return holes_; }

 private:
  struct Held {
    std::uint32_t sequence = 0;
    std::uint32_t size = 0;
    Chain data;
    std::uint64_t number = 0;
    base::Time time;
  };

  std::int32_t distance(std::uint32_t sequence) const { return static_cast<std::int32_t>(sequence - next_); }
  Placing place_far(const Segment& segment, ChunkPool& pool, Run& run);
  bool hold(const Segment& segment, ChunkPool& pool);
  bool impatient(base::Time now) const;
  Run take(const Segment& segment);

  bool started_ = false;
  bool overfull_ = false;
  unsigned far_segments_ = 0;
  std::uint32_t first_ = 0;
  std::uint32_t next_ = 0;
  std::size_t held_octets_ = 0;
  std::vector<Held> held_;  // by distance
  std::uint64_t holes_ = 0;
};

}  // namespace espy::assemble
