// Glance: what the most common frames say, told in one straight line: Ethernet with up to two tags, or bare IP; IPv4 without options or
// IPv6 without extension headers, whole and not fragmented; in it ESP, alone or in UDP, or TCP or UDP with nothing of IPsec and no tunnel.
// Of such a frame it says what parse_frame() says; every other frame it leaves to that.
#pragma once

#include <bitset>
#include <cstdint>

#include "base/address.h"
#include "base/bytes.h"
#include "base/link.h"
#include "base/spi.h"
#include "decode/packet.h"

namespace espy::decode {

// Offsets count from the start of the frame.
struct Glance {
  base::Address source;
  base::Address destination;
  std::uint8_t protocol = 0;  // 50, also for ESP in UDP; 6 or 17
  bool in_udp = false;
  std::uint32_t size = 0;   // octets of the IP packet
  std::uint32_t inner = 0;  // where ESP begins, or the payload of TCP or UDP
  std::uint32_t end = 0;    // where that ends: ESP with its datagram, a payload with the IP packet
  base::Spi spi;            // ESP
  std::uint32_t sequence = 0;
  std::uint16_t source_port = 0;  // TCP and UDP
  std::uint16_t destination_port = 0;
};

class Glancer {
 public:
  explicit Glancer(const Ports& ports);
  // False: nothing is said, and `glance` is not to be used. Total, no allocation; thread-safe.
  bool glance(base::Bytes captured, std::uint32_t original_size, base::LinkType link_type, Glance& glance) const noexcept;
  // The same for what ESP hid, by its next header: an IP packet, behind which there may be padding, or TCP or UDP without addresses.
  // Offsets count from the start of `content`.
  bool glance_content(base::Bytes content, std::uint8_t next_header, Glance& glance) const noexcept;

 private:
  bool internet(base::Bytes frame, std::size_t at, int version, Glance& glance) const;
  bool ipv4(base::Bytes frame, std::size_t at, Glance& glance) const;
  bool ipv6(base::Bytes frame, std::size_t at, Glance& glance) const;
  bool upper(base::Bytes frame, std::size_t at, Glance& glance) const;
  bool udp(base::Bytes frame, std::size_t at, Glance& glance) const;
  bool is_special(const Glance& glance) const { return special_[glance.source_port] || special_[glance.destination_port]; }

  std::bitset<65'536> special_;      // ports on which IKE or ESP may be found
  std::bitset<65'536> for_tunnels_;  // destination ports by which a tunnel is guessed
};

}  // namespace espy::decode
