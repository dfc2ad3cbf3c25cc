// The layers of a packet in tcpdump's notation: "IP a > b: AH(…): ESP(…), length 104". For dump alone.
#pragma once

#include <string>

#include "base/bytes.h"
#include "decode/packet.h"

namespace espy::report {

// `data`: the captured octets that the packet's offsets point into; `original_size`: the frame's octets on the wire.
void append_layers(const decode::Packet& packet, base::Bytes data, std::uint32_t original_size, std::string& out);

}  // namespace espy::report
