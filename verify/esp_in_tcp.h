// EspInTcp: ESP and IKE messages inside TCP connections (RFC 9329) as packets that can be judged like any other. It feeds the stream
// assembler and remembers, for each direction of a connection, what its last message turned out to be.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "assemble/esp_stream.h"
#include "verify/frame.h"
#include "verify/outcome.h"

namespace espy::verify {

// True for a clear TCP segment on port 4500 or a configured port, which may be part of such a stream.
bool may_carry_esp(const decode::Packet& packet, const decode::Ports& ports);

class EspInTcp {
 public:
  explicit EspInTcp(const assemble::StreamLimits& limits = {}) : streams_(limits) {}

  // Connections that were given up for want of room.
  std::uint64_t evicted() const { return streams_.evicted(); }
  std::size_t connections() const { return streams_.connections(); }

  // `number` must grow from call to call. The outcome's messages are valid until the next call.
  assemble::StreamOutcome add(const Frame& frame, const decode::Packet& packet, std::uint64_t number);

  // The segment's packet with the message in place of TCP: ESP in the innermost layer, its octets at offset 0 of message.bytes.
  static void make_packet(const decode::Packet& segment, const assemble::StreamMessage& message, decode::Packet& packet);

  // Of the direction that a segment goes, and of the one against it; never 0. Their top bit is set, which ids of datagrams never have.
  static std::uint64_t direction_id(const decode::Packet& packet);
  static std::uint64_t opposite_id(const decode::Packet& packet);

  // As if the segment went the other way.
  static void turn(decode::Packet& segment);

  // The octets of TCP payload on the wire.
  static std::uint32_t payload_size(const decode::Packet& packet);

  // Of a direction, valid until remember(); null: no message of it is known, or it is forgotten.
  const Outcome* last_outcome(std::uint64_t direction) const;
  void remember(std::uint64_t direction, const Outcome& outcome);

 private:
  static constexpr std::size_t kRemembered = 4'096;

  assemble::EspStreams streams_;
  std::unordered_map<std::uint64_t, Outcome> last_;
};

}  // namespace espy::verify
