// The layers of a packet in tcpdump's notation: "IP a > b: AH(…): ESP(…), length 104". For dump alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "decode/packet.h"

namespace espy::report {

// `data`: what the packet's offsets point into; `original_size`: the frame's octets on the wire.
void append_layers(const decode::Packet& packet, base::Bytes data, std::uint32_t original_size, std::string& out);

// Offset of what follows the link layer and its VLAN tags, where there is no IP in it. May lie behind the end of `data`.
std::size_t network_offset(const decode::Packet& packet, base::Bytes data);

}  // namespace espy::report
