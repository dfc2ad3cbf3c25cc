// Hold: frames whose class needs the near future: fragments until their datagram is whole (V12), plaintext that may be the clear side of
// another interface's ESP (V21), the first segments of what may be ESP in TCP. Keeps the order of the capture for whoever reads settled
// frames. Bounded: at most so many frames, and as many packets that they completed.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/limits.h"
#include "verify/outcome.h"

namespace espy::verify {

// A packet that several frames carried: a datagram in fragments, a message of ESP in TCP. Made for a tap alone.
struct Assembled {
  Inspection inspection;
  std::vector<std::uint8_t> octets;  // what the inspection points to, once the frame is held

  void own_octets() {
    octets.assign(inspection.octets.begin(), inspection.octets.end());
    inspection.octets = octets;
    for (HeaderCheck& check : inspection.checks) check.octets = {};
  }
};

// What a frame that carries no packet of its own is part of. The first three: a fragment of a datagram with IPsec in it that became whole.
enum class PartOf : std::uint8_t { kNothing, kOpened, kBad, kClosed, kMessage };

// A frame with its class, given in the order of the capture once nothing can change it any more. Valid during the call.
struct SettledFrame {
  FrameFacts facts;
  const decode::Packet* packet = nullptr;
  base::Bytes data{};                     // the frame as it was captured
  base::Bytes octets{};                   // what the offsets of `packet` count in: `data`, or a copy in which what a key opened is readable
  std::span<const HeaderCheck> checks{};  // of packet->security
  std::span<const Assembled> completed{};  // what this frame brought to its end; their first layer's link is this frame's
  PartOf part_of = PartOf::kNothing;
  const Outcome* outcome = nullptr;
};

// Without `inspection`, which may be null, nothing can be shown.
inline SettledFrame make_settled(const FrameFacts& facts, const Inspection* inspection, base::Bytes data) {
  SettledFrame frame{.facts = facts, .data = data};
  if (inspection == nullptr) return frame;
  frame.packet = &inspection->packet;
  frame.octets = inspection->octets;
  frame.checks = std::span(inspection->checks).first(inspection->packet.security_count);
  return frame;
}

// Who reads settled frames: dump, alerts. Called by one thread at a time.
class Tap {
 public:
  virtual ~Tap() = default;
  virtual void settled(const SettledFrame& frame) = 0;
};

// kStream: what its connection carries is not known; kMessage: ESP, but no message of its direction is known.
enum class HeldFor : std::uint8_t { kNothing, kDatagram, kClearSide, kStream, kMessage };

struct HeldFrame {
  FrameFacts facts;
  HeldFor held_for = HeldFor::kNothing;
  bool settled = false;
  std::uint64_t datagram = 0;              // kDatagram: id of the Fragments; kStream, kMessage: of the connection's direction
  std::uint64_t segment = 0;               // kStream, kMessage: its number
  std::uint64_t interface = 0;             // kClearSide
  Outcome outcome;                         // by what the frame shows alone; final once settled
  std::unique_ptr<Inspection> inspection;  // of the first fragment, or of every frame when there is a tap
  std::vector<std::uint8_t> data;          // captured octets, kept likewise
  std::vector<std::uint8_t> opened;        // the inspection's octets where they are not the captured ones
  std::vector<Assembled> completed;        // kept likewise
  PartOf part_of = PartOf::kNothing;
};

// A frame whose inspection and octets are kept.
inline Frame frame_of(const HeldFrame& held) {
  return {.data = held.data,
          .original_size = held.facts.original_size,
          .time = held.facts.time,
          .number = held.facts.number,
          .source = held.facts.source,
          .interface = held.facts.interface,
          .link_type = held.inspection->packet.link_type,
          .direction = held.inspection->packet.direction};
}

// One that waits, and where.
struct HeldSegment {
  std::uint64_t position = 0;
  HeldFrame* frame = nullptr;
};

// How long the near future is waited for, in frame time (V21).
inline constexpr base::Duration kHoldFor = base::seconds(1);

// A queue with stable positions: the first frame ever held has position 0.
class Hold {
 public:
  explicit Hold(std::size_t limit = base::Limits{}.held) : limit_(limit) {}

  bool empty() const { return frames_.empty(); }
  bool full() const { return frames_.size() >= limit_; }
  std::uint64_t begin_position() const { return base_; }
  std::uint64_t end_position() const { return base_ + frames_.size(); }
  // nullptr when the frame has left already.
  HeldFrame* at(std::uint64_t position) { return position < base_ || position >= end_position() ? nullptr : &frames_[position - base_]; }
  HeldFrame& front() { return frames_.front(); }

  void push(HeldFrame frame) {
    if (waits(frame)) datagrams_[frame.datagram].push_back(end_position());
    completed_ += frame.completed.size();
    frames_.push_back(std::move(frame));
  }
  std::size_t size() const { return frames_.size(); }
  // Packets of a frame that are beyond it are not kept.
  bool has_room_for(std::size_t completed) const { return completed <= limit_ - completed_; }
  void pop() {
    completed_ -= frames_.front().completed.size();
    frames_.pop_front();
    ++base_;
  }
  // One more packet that a frame of this queue completed.
  void add_completed(HeldFrame& frame, Assembled one) {
    frame.completed.push_back(std::move(one));
    ++completed_;
  }
  // Whether a frame is settled with others.
  static bool waits(const HeldFrame& frame) {
    return frame.held_for == HeldFor::kDatagram || frame.held_for == HeldFor::kStream || frame.held_for == HeldFor::kMessage;
  }
  // They wait for more.
  void put_datagram(std::uint64_t id, std::vector<std::uint64_t> positions) { datagrams_[id] = std::move(positions); }
  // The positions of a datagram's (or a direction's) frames, which are forgotten by this.
  std::vector<std::uint64_t> take_datagram(std::uint64_t id) {
    const auto found = datagrams_.find(id);
    if (found == datagrams_.end()) return {};
    std::vector<std::uint64_t> positions = std::move(found->second);
    datagrams_.erase(found);
    return positions;
  }

 private:
  std::size_t limit_;
  std::deque<HeldFrame> frames_;
  std::uint64_t base_ = 0;
  std::size_t completed_ = 0;
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> datagrams_;
};

}  // namespace espy::verify
