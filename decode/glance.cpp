#include "decode/glance.h"

#include "decode/esp_glance.h"
#include "decode/numbers.h"

namespace espy::decode {

namespace {

constexpr std::size_t kIpv6Header = 40;
constexpr std::size_t kTcpHeader = 20;
constexpr std::size_t kUdpHeader = 8;
constexpr std::size_t kEspHeader = 8;
constexpr std::uint8_t kIpv4WithoutOptions = 0x45;
constexpr std::uint16_t kFragmented = 0x3fff;  // more fragments, or an offset
constexpr std::uint32_t kWespIdentifier = 2;

// No bounds: the caller has checked them.
std::uint16_t u16(base::Bytes bytes, std::size_t at) { return __builtin_bswap16(load<std::uint16_t>(bytes.data() + at)); }
std::uint32_t u32(base::Bytes bytes, std::size_t at) { return __builtin_bswap32(load<std::uint32_t>(bytes.data() + at)); }

// Where the IP header begins; 0 when it is not for a glance to say.
std::size_t behind_ethernet(base::Bytes frame) {
  return frame.size() < kEthernetHeader + 2 * kEthernetTag ? 0 : ethernet_payload(frame.data());
}

inline bool says_esp(base::Bytes frame, std::size_t at, std::size_t end, Glance& glance) {
  if (end - at < kEspHeader) return false;
  glance.protocol = kEsp;
  glance.inner = static_cast<std::uint32_t>(at);
  glance.end = static_cast<std::uint32_t>(end);
  glance.spi = base::Spi{u32(frame, at)};
  glance.sequence = u32(frame, at + 4);
  return true;
}

}  // namespace

Glancer::Glancer(const Ports& ports) {
  special_.set(kPortIsakmp).set(kPortNatTraversal);
  for (const std::uint16_t port : ports.encapsulation) special_.set(port, port != 0);
  for (const std::uint16_t port : ports.ike) special_.set(port, port != 0);
  for_tunnels_.set(kPortVxlan).set(kPortOldVxlan).set(kPortGeneve).set(kPortGtp);
}

bool Glancer::glance(base::Bytes captured, std::uint32_t original_size, base::LinkType link_type, Glance& glance) const noexcept {
  if (captured.size() != original_size) return false;
  if (link_type == base::LinkType::kRaw) return !captured.empty() && internet(captured, 0, captured[0] >> 4, glance);
  const std::size_t at = link_type == base::LinkType::kEthernet ? behind_ethernet(captured) : 0;
  if (at == 0) return false;
  const std::uint16_t type = u16(captured, at - 2);
  return internet(captured, at, type == kEtherTypeIpv4 ? 4 : type == kEtherTypeIpv6 ? 6 : 0, glance);
}

bool Glancer::glance_content(base::Bytes content, std::uint8_t next_header, Glance& glance) const noexcept {
  if (next_header == kTcp || next_header == kUdp) {
    glance.protocol = next_header;
    glance.end = static_cast<std::uint32_t>(content.size());
    return upper(content, 0, glance) && glance.protocol == next_header;
  }
  const int version = next_header == kIpv4InIp ? 4 : next_header == kIpv6InIp ? 6 : 0;
  return internet(content, 0, version, glance) && glance.protocol != kEsp;
}

// What claims to be of this version.
bool Glancer::internet(base::Bytes frame, std::size_t at, int version, Glance& glance) const {
  if (frame.size() < at + kIpv6Header) return false;  // no IPv4 packet of interest is smaller
  return version == 4 ? ipv4(frame, at, glance) : version == 6 && ipv6(frame, at, glance);
}

inline bool Glancer::ipv4(base::Bytes frame, std::size_t at, Glance& glance) const {
  const std::uint8_t* header = frame.data() + at;
  const std::size_t size = u16(frame, at + 2);
  const bool plain = header[0] == kIpv4WithoutOptions && (u16(frame, at + 6) & kFragmented) == 0;
  if (!plain || size < kIpv4Header || size > frame.size() - at) return false;
  glance.protocol = header[9];
  glance.size = static_cast<std::uint32_t>(size);
  glance.end = static_cast<std::uint32_t>(at + size);
  glance.source = base::make_ipv4({header + 12, 4});
  glance.destination = base::make_ipv4({header + 16, 4});
  return upper(frame, at + kIpv4Header, glance);
}

inline bool Glancer::ipv6(base::Bytes frame, std::size_t at, Glance& glance) const {
  const std::uint8_t* header = frame.data() + at;
  const std::size_t length = u16(frame, at + 4);
  const std::size_t size = length + kIpv6Header;
  if (header[0] >> 4 != 6 || length == 0 || size > frame.size() - at) return false;
  glance.protocol = header[6];
  glance.size = static_cast<std::uint32_t>(size);
  glance.end = static_cast<std::uint32_t>(at + size);
  glance.source = base::make_ipv6({header + 8, 16});
  glance.destination = base::make_ipv6({header + 24, 16});
  return upper(frame, at + kIpv6Header, glance);
}

inline bool Glancer::upper(base::Bytes frame, std::size_t at, Glance& glance) const {
  glance.in_udp = false;
  if (glance.protocol == kEsp) return says_esp(frame, at, glance.end, glance);
  if (glance.protocol == kUdp) return udp(frame, at, glance);
  if (glance.protocol != kTcp || glance.end - at < kTcpHeader) return false;
  const std::size_t header_size = (frame[at + 12] >> 4) * std::size_t{4};
  if (header_size < kTcpHeader || header_size > glance.end - at) return false;
  glance.source_port = u16(frame, at);
  glance.destination_port = u16(frame, at + 2);
  glance.inner = static_cast<std::uint32_t>(at + header_size);
  return !is_special(glance);
}

bool Glancer::udp(base::Bytes frame, std::size_t at, Glance& glance) const {
  if (glance.end - at < kUdpHeader) return false;
  const std::size_t size = u16(frame, at + 4);
  if (size < kUdpHeader || size > glance.end - at) return false;
  glance.source_port = u16(frame, at);
  glance.destination_port = u16(frame, at + 2);
  glance.inner = static_cast<std::uint32_t>(at + kUdpHeader);
  if (!is_special(glance)) return !for_tunnels_[glance.destination_port];
  const bool traversal = glance.source_port == kPortNatTraversal || glance.destination_port == kPortNatTraversal;
  if (!traversal || size <= kUdpHeader + kEspHeader) return false;
  const std::uint32_t word = u32(frame, at + kUdpHeader);
  glance.in_udp = true;
  return word != 0 && word != kWespIdentifier && says_esp(frame, at + kUdpHeader, at + size, glance);
}

}  // namespace espy::decode
