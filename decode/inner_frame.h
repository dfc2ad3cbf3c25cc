// inner_frame: what a frame would have looked like had nobody secured it: its link header in front of the packet that AH, ESP and IPComp
// headers carried. For `espy decrypt`; it neither decrypts nor decides what is to be removed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/link.h"
#include "decode/packet.h"

namespace espy::decode {

struct InnerFrame {
  std::size_t size = 0;  // octets written
  base::LinkType link_type = base::LinkType::kRaw;
};

// Writes the frame without security header `last` of `packet` and those before it to `out`. Each of them is AH or opened; what follows
// them stays. `data` is what the packet's offsets count in; `link` the octets before the first IP header of the frame as it was captured.
// Tunnel mode: the inner packet as it is. Transport mode: the IP header with its protocol, length and checksum set right, UDP
// encapsulation gone, a BEET pseudo header skipped. The link type is kept and its protocol field corrected, Ethernet and SLL without what
// was between them and IP but VLAN tags; link types whose header cannot be kept become kRaw. nullopt: not whole in `data`, too large for
// IPv4, or too little room (link.size() + data.size() + kInnerFrameRoom always does).
inline constexpr std::size_t kInnerFrameRoom = 16;
std::optional<InnerFrame> rebuild_inner(base::Bytes link, base::Bytes data, const Packet& packet, std::size_t last,
                                        std::span<std::uint8_t> out) noexcept;

}  // namespace espy::decode
