// TransportGlance: the quickest look at TCP or UDP that ESP hid in transport mode. Where Glancer::glance_content() has accepted one packet
// with these ports, it accepts every other of which this says the same.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "decode/esp_glance.h"
#include "decode/numbers.h"

namespace espy::decode {

struct TransportGlance {
  std::uint32_t ports = 0;  // source and destination, four octets in memory order
  std::uint8_t protocol = 0;

  bool operator==(const TransportGlance&) const = default;
};

// False: nothing is said. Total, no allocation; thread-safe.
inline bool glance_transport(base::Bytes content, std::uint8_t next_header, TransportGlance& glance) noexcept {
  constexpr std::size_t kTcpHeader = 20;
  constexpr std::size_t kUdpHeader = 8;
  if (content.size() < kTcpHeader) return false;
  glance.ports = load<std::uint32_t>(content.data());
  glance.protocol = next_header;
  const std::size_t datagram = __builtin_bswap16(load<std::uint16_t>(content.data() + 4));
  if (next_header == kUdp) return datagram >= kUdpHeader && datagram <= content.size();
  const std::size_t header = (content[12] >> 4) * std::size_t{4};
  return next_header == kTcp && header >= kTcpHeader && header <= content.size();
}

}  // namespace espy::decode
