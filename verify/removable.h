// removable: which AH, ESP and IPComp headers of a packet can be taken away, because keys opened or proved them. It removes nothing.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "decode/packet.h"
#include "verify/header_check.h"

namespace espy::verify {

// The headers of the packet itself come first; those that an ICMP error quotes are somebody else's.
std::size_t own_headers(const decode::Packet& packet);

// What it carries is readable: AH is good, ESP decrypted, IPComp inflated.
bool is_opened(const decode::SecurityHeader& header, const HeaderCheck& check);

// How many headers, from the outside in, can be taken away. AH in front of what stays closed stays too: the packet is left as it is.
std::size_t removable_headers(const decode::Packet& packet, std::span<const HeaderCheck> checks);

// The IP packet that the headers which can be taken away hid, in `room`, which grows as needed. Empty: nothing was encrypted or compressed,
// or it cannot be put together.
base::Bytes inner_packet(const decode::Packet& packet, base::Bytes octets, std::span<const HeaderCheck> checks,
                         std::vector<std::uint8_t>& room);

}  // namespace espy::verify
