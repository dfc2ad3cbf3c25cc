// Link-layer words that a capture file, a decoder and a verdict share: the link type and a packet's direction.
#pragma once

#include <cstdint>
#include <string>

namespace espy::base {

// The LINKTYPE_ registry of the Tcpdump Group; a value outside the names below is kept as it is and cannot be decoded.
enum class LinkType : std::uint32_t {
  kNull = 0,
  kEthernet = 1,
  kPpp = 9,
  kRawOld12 = 12,
  kRawOld14 = 14,
  kPppHdlc = 50,
  kPppEther = 51,
  kRaw = 101,
  kLoop = 108,
  kEnc = 109,
  kLinuxSll = 113,
  kPppWithDirection = 204,
  kMpls = 219,
  kIpv4 = 228,
  kIpv6 = 229,
  kNflog = 239,
  kLinuxSll2 = 276,
};

// tcpdump's name: "EN10MB", "LINUX_SLL2", or the number.
std::string to_string(LinkType type);

// Which way a frame went, seen from the capturing host; kUnknown where the capture does not say.
enum class Direction : std::uint8_t { kUnknown, kIn, kOut };

}  // namespace espy::base
