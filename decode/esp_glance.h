// EspGlance: the quickest look there is, for the most common frame of all: whole, Ethernet with up to two tags, IPv4 without options and
// not fragmented, ESP alone in it. Of such a frame it says what a Glance says, with the addresses and the SPI as they stand there; every
// other frame it leaves to that.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"
#include "base/link.h"
#include "decode/numbers.h"

namespace espy::decode {

inline constexpr std::size_t kEthernetHeader = 14;
inline constexpr std::size_t kEthernetTag = 4;
inline constexpr std::uint32_t kIpv4Header = 20;  // without options

// Offsets count from the start of the frame.
struct EspGlance {
  std::uint64_t ends = 0;  // source and destination, eight octets in memory order
  std::uint32_t spi = 0;   // four octets in memory order
  std::uint32_t sequence = 0;
  std::uint32_t offset = 0;  // where ESP begins
  std::uint32_t size = 0;    // octets of ESP, all of them there, and at least kLeast

  static constexpr std::uint32_t kLeast = 44;  // what is smaller is rare, and needs more care of who reads its end
  std::uint32_t packet_size() const { return size + kIpv4Header; }
};

// In this machine's byte order. No bounds: the caller has checked them.
template <class Value>
Value load(const std::uint8_t* from) {
  Value value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// Where what an Ethernet frame carries begins. It has `kEthernetHeader + 2 * kEthernetTag` octets at least.
inline std::size_t ethernet_payload(const std::uint8_t* frame) {
  constexpr auto in_memory = [](std::uint16_t type) { return __builtin_bswap16(type); };
  static_assert(std::endian::native == std::endian::little);
  std::size_t at = kEthernetHeader;
  for (int tags = 0; tags < 2; ++tags, at += kEthernetTag) {
    const auto type = load<std::uint16_t>(frame + at - 2);
    if (type != in_memory(kEtherTypeVlan) && type != in_memory(kEtherTypeServiceVlan)) break;
  }
  return at;
}

// False: nothing is said. Total, no allocation; thread-safe.
inline bool glance_esp(base::Bytes captured, std::uint32_t original_size, base::LinkType link_type, EspGlance& glance) noexcept {
  constexpr std::size_t kLeast = kIpv4Header + EspGlance::kLeast;
  if (link_type != base::LinkType::kEthernet || captured.size() != original_size ||
      captured.size() < kEthernetHeader + 2 * kEthernetTag + kLeast)
    return false;
  const std::uint8_t* frame = captured.data();
  const std::size_t at = ethernet_payload(frame);
  const std::uint8_t* header = frame + at;
  // EtherType, version and header length; then length, identification, flags and fragment offset, time to live, protocol.
  constexpr std::uint32_t kIpv4 = 0x450008;
  constexpr std::uint64_t kDecisive = 0xff00'ff3f'0000'0000;
  const auto length_to_protocol = load<std::uint64_t>(header + 2);
  const bool plain = (load<std::uint32_t>(header - 2) & 0xffffff) == kIpv4 && (length_to_protocol & kDecisive) == std::uint64_t{kEsp} << 56;
  const std::size_t size = __builtin_bswap16(static_cast<std::uint16_t>(length_to_protocol));
  if (!plain || size > captured.size() - at || size < kLeast) return false;
  glance.ends = load<std::uint64_t>(header + 12);
  glance.spi = load<std::uint32_t>(header + 20);
  glance.sequence = __builtin_bswap32(load<std::uint32_t>(header + 24));
  glance.offset = static_cast<std::uint32_t>(at) + kIpv4Header;
  glance.size = static_cast<std::uint32_t>(size) - kIpv4Header;
  return true;
}

}  // namespace espy::decode
