// Frame and Inspection: what verify gets of one captured frame, and what can be found out about it alone, without those before it.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/frame.h"
#include "base/time.h"
#include "decode/packet.h"
#include "ipsec/world.h"
#include "verify/header_check.h"

namespace espy::verify {

// `data` must outlive the call that a frame is passed to.
using Frame = base::Frame;

// A frame's own facts without its octets.
struct FrameFacts {
  std::uint64_t number = 0;
  base::Time time;
  std::uint32_t source = 0;
  std::uint32_t interface = 0;
  std::uint32_t original_size = 0;
};

inline FrameFacts facts_of(const Frame& frame) { return {frame.number, frame.time, frame.source, frame.interface, frame.original_size}; }

struct Inspection {
  decode::Packet packet;
  // What the offsets of `packet` count in: the frame (or datagram) itself, or a copy of it with the content of its ESP and IPComp headers
  // readable, which lives in the arena that it was inspected with.
  base::Bytes octets;
  std::array<HeaderCheck, decode::kMaxSecurityHeaders> checks;  // of packet.security
  std::array<ipsec::Judgement, decode::kMaxLayers> judgements;  // of the layers whose inside is visible; others hold old values
};

// One number for an interface: of a source, as the capture numbers it, and what the frame's link layer itself says of one, or 0.
inline std::uint64_t interface_key(std::uint32_t source, std::uint32_t interface, std::uint32_t said) {
  return (std::uint64_t{source} << 48) | (std::uint64_t{interface & 0xffff} << 32) | said;
}
std::uint64_t interface_key(const FrameFacts& frame, const decode::Packet& packet);
// The same without what the link layer says, of a key too; and whether that says nothing, so that this half is all.
inline std::uint32_t upper_half(std::uint32_t source, std::uint32_t interface) { return (source << 16) | (interface & 0xffff); }
inline std::uint32_t upper_half(std::uint64_t interface) { return static_cast<std::uint32_t>(interface >> 32); }
inline bool is_upper_half(std::uint64_t interface) { return static_cast<std::uint32_t>(interface) == 0; }
// Of a key; of a source beyond 65,535 it is not the frame's.
inline std::uint32_t source_of(std::uint64_t interface) { return static_cast<std::uint32_t>(interface >> 48); }

// True when what layer `index` carries can be judged by its selector's fields: it is not opaque and not quoted.
bool is_visible(const decode::Packet& packet, std::size_t index);

// The selector's fields of layer `index`.
ipsec::PacketView view_of(const decode::Packet& packet, std::size_t index);

}  // namespace espy::verify
