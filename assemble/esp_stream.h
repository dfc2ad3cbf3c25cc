// EspStreams: ESP and IKE inside TCP (RFC 9329, before it RFC 8229). It takes the TCP segments of many connections in capture order and
// gives back the messages in them, or says that a connection carries something else. It decodes no ESP and keeps no frames: a
// message names the segment that it began in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "assemble/chunk_pool.h"
#include "assemble/segment_queue.h"
#include "assemble/stream_cutter.h"
#include "base/address.h"
#include "base/conversation.h"
#include "base/time.h"

namespace espy::assemble {

struct StreamLimits {
  std::size_t connections = 1024;                    // the one that was silent longest goes first
  std::size_t early_octets = std::size_t{16} << 20;  // of segments that came early, all connections together
};

// One TCP segment.
struct StreamSegment {
  base::Address source{};
  base::Address destination{};
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t sequence = 0;
  std::uint8_t flags = 0;    // TCP's own: FIN 0x01, SYN 0x02, RST 0x04 …
  base::Bytes payload{};     // what was captured of it
  std::uint32_t size = 0;    // octets of payload on the wire
  std::uint64_t number = 0;  // the caller's name for it, growing
  base::Time time{};
};

struct StreamOutcome {
  StreamStatus status = StreamStatus::kUnsure;
  bool copy = false;     // nothing in the segment is new
  bool waiting = false;  // some octets of this direction wait for others; a later message will name the segments it settles
  bool proved = false;   // only now the connection is known to be ESP; segments of both directions may wait for that
  // Every message once, in order: whole ones, and those whose rest cannot come any more; then those of the other direction that only
  // waited for the proof. Valid until the next call.
  std::span<const StreamMessage> messages;
};

class EspStreams {
 public:
  explicit EspStreams(const StreamLimits& limits = {});

  // Octets that were captured while another segment was missing are given up after a second of frame time, or when 64 segments or
  // 64 KiB of a direction wait: the boundaries are then found again.
  StreamOutcome add(const StreamSegment& segment);

  std::size_t connections() const { return count_; }
  std::uint64_t evicted() const { return evicted_; }
  std::uint64_t holes() const { return holes_; }                    // places where segments were missing for good
  std::uint64_t resynchronised() const { return resynchronised_; }  // times that boundaries were found again, or late

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;

  struct Direction {
    SegmentQueue queue;
    StreamCutter cutter;
  };

  struct Connection {
    base::Conversation ends;
    Direction directions[2];  // from low, from high
    std::uint32_t bucket_next = kNone;
    std::uint32_t older = kNone;
    std::uint32_t newer = kNone;
  };

  Connection& connection_of(const base::Conversation& ends);
  std::uint32_t find(const base::Conversation& ends) const;
  std::uint32_t take_slot();
  void forget(std::uint32_t index);
  void touch(std::uint32_t index);
  void unlink(std::uint32_t index);
  void begin_direction(Direction& direction, const StreamSegment& segment);
  SegmentQueue::Placing read(Direction& direction, const StreamSegment& segment);
  void drain(Direction& direction, base::Time now);
  void feed(Direction& direction, const SegmentQueue::Run& run);
  void share_status(Direction& own, Direction& other);
  std::size_t bucket(const base::Conversation& ends) const { return ends.hash(seed_) & (buckets_.size() - 1); }

  StreamLimits limits_;
  std::uint64_t seed_;
  ChunkPool pool_;
  std::vector<std::unique_ptr<Connection>> slots_;
  std::vector<std::uint32_t> buckets_;
  std::uint32_t oldest_ = kNone;
  std::uint32_t newest_ = kNone;
  CutMessages cut_;
  std::vector<std::uint8_t> scratch_;
  std::size_t count_ = 0;
  std::uint64_t evicted_ = 0;
  std::uint64_t holes_ = 0;
  std::uint64_t resynchronised_ = 0;
};

}  // namespace espy::assemble
