// dump_hex: a packet's octets in tcpdump's two layouts, and where the packet begins in a frame. For dump alone.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "decode/packet.h"

namespace espy::report {

// tcpdump's -x and -X.
enum class HexStyle : std::uint8_t { kHex, kHexAndAscii };

// Sixteen octets a line, each line indented by a tab and ended by a newline.
void append_hex(base::Bytes data, HexStyle style, std::string& out);

// The frame without what the link layer put in front: what tcpdump shows. `data` is the frame as it was captured.
base::Bytes without_link(const decode::Packet& packet, base::Bytes data);

}  // namespace espy::report
