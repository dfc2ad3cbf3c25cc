// Packet: what one frame says, as a fixed-size value that points into the frame by offsets. It holds every IP header from the
// outside in, the AH, ESP and IPComp headers between them, and the ports and types of what is visible inside. It is not the
// meaning: whether a header should be there is verify's business.
#pragma once

#include <array>
#include <cstdint>

#include "base/address.h"
#include "base/bytes.h"
#include "base/link.h"
#include "base/spi.h"

namespace espy::decode {

// Why a packet ends before its last layer. cut_short: the capture ended early (snaplen). malformed: the sender's bytes are wrong.
// too_deep: more nested headers than Packet can hold. unknown_link: a link type that espy does not read.
enum class Trouble : std::uint8_t { kNone, kCutShort, kMalformed, kTooDeep, kUnknownLink };

// How the IP header of a Layer came to be inside what is before it.
enum class Carrier : std::uint8_t { kLink, kIpInIp, kGre, kVxlan, kGeneve, kGtpU, kMpls, kAhTunnel, kEspTunnel, kIcmpQuote };

enum class SecurityProtocol : std::uint8_t { kAh, kEsp, kIpcomp };
enum class Encapsulation : std::uint8_t { kNone, kUdp, kTcp };

// What an IP payload is, beyond its protocol number.
enum class Payload : std::uint8_t {
  kNone,
  kClear,       // an upper-layer protocol, ports where it has them
  kEsp,         // opaque from here on (ESP or WESP) until parse_opened(); the last SecurityHeader describes it
  kCompressed,  // IPComp: opaque from here on until parse_opened()
  kIke,         // an ISAKMP header with a sane length: UDP 500, UDP 4500 behind the non-ESP marker, or a configured port
  kKeepalive,   // RFC 3948 section 2.3: one octet 0xff on UDP 4500
  kFragment,    // a fragment other than the first: nothing of the upper layer is here
};

inline constexpr std::size_t kMaxLayers = 6;
inline constexpr std::size_t kMaxSecurityHeaders = 8;

// One AH, ESP or IPComp header. Offsets count from the start of the bytes that were parsed.
struct SecurityHeader {
  SecurityProtocol protocol = SecurityProtocol::kEsp;
  Encapsulation encapsulation = Encapsulation::kNone;
  bool wrapped = false;          // ESP behind a WESP header (RFC 5840)
  std::uint8_t layer = 0;        // index of the IP layer that carries it
  std::uint8_t next_header = 0;  // AH and IPComp; ESP: 0 until it is opened
  std::uint16_t icv_size = 0;    // AH: octets after the sequence number, padding included; 0 for ESP
  base::Spi spi;                 // IPComp: the CPI
  std::uint32_t sequence = 0;    // low 32 bits; 0 for IPComp
  std::uint32_t offset = 0;      // of the header itself (of WESP's where wrapped)
  std::uint32_t size = 0;        // octets from the header to the end of its IP payload, on the wire
  std::uint32_t captured = 0;    // of those, how many were captured
  // ESP and IPComp once they are opened: what they hid, without padding and trailer. The offset is 0 until then.
  std::uint32_t content_offset = 0;
  std::uint32_t content_size = 0;
};

// One IP header with its extension headers, outside in.
struct Layer {
  base::Address source;
  base::Address destination;  // the final one where an IPv6 routing header has segments left
  Carrier carrier = Carrier::kLink;
  Payload payload = Payload::kNone;
  std::uint8_t protocol = 0;       // the upper-layer protocol after AH, where visible: 6, 17, 50 … ; unopened ESP and WESP stay 50
  std::uint8_t hop_limit = 0;      // or TTL
  std::uint8_t traffic_class = 0;  // or TOS
  bool ports_known = false;        // source_port and destination_port hold; for ICMP they hold type and code
  bool fragment = false;           // part of a fragmented datagram
  bool more_fragments = false;
  std::uint8_t tcp_flags = 0;
  std::uint8_t first_security = 0;  // this layer's SecurityHeaders are [first, first + count)
  std::uint8_t security_count = 0;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t fragment_offset = 0;  // octets
  std::uint32_t fragment_id = 0;
  std::uint32_t offset = 0;          // of the IP header
  std::uint32_t upper_offset = 0;    // of the first header after IP and its extension headers (AH, ESP, UDP …); 0 when not reached
  std::uint32_t fragment_data = 0;   // fragments: offset of the fragment's data (after the Fragment header in IPv6); else 0
  std::uint32_t payload_offset = 0;  // of the upper-layer protocol's own payload (after TCP's or UDP's header); 0 when not reached
  std::uint32_t size = 0;            // total octets of the IP packet by its own length field (captured may be less)
  std::uint32_t tcp_sequence = 0;
};

struct Packet {
  base::LinkType link_type = base::LinkType::kEthernet;
  base::Direction direction = base::Direction::kUnknown;  // SLL, SLL2, PPP with direction, NFLOG's hook
  Trouble trouble = Trouble::kNone;
  bool has_mac = false;         // both addresses hold
  bool has_mac_source = false;  // the sender's alone too: SLL and SLL2
  bool non_ip = false;          // ARP, LLDP … : decoded, but there is no IP in it
  bool quotes = false;          // the innermost layer is the packet quoted in an ICMP error (carrier kIcmpQuote)
  std::uint8_t layer_count = 0;
  std::uint8_t security_count = 0;
  std::uint16_t ether_type = 0;
  std::uint16_t vlan = 0;             // outermost tag, 0 when none
  std::uint32_t interface_index = 0;  // SLL2's and NFLOG's own, else 0
  std::array<std::uint8_t, 6> mac_source{};
  std::array<std::uint8_t, 6> mac_destination{};
  std::uint32_t parsed_size = 0;  // octets that were given to the parser
  std::array<Layer, kMaxLayers> layers;
  std::array<SecurityHeader, kMaxSecurityHeaders> security;
};

// UDP and TCP ports, besides 500 and 4500, that carry IKE or encapsulated ESP because a configuration says so.
struct Ports {
  std::array<std::uint16_t, 8> encapsulation{};  // 0: unused
  std::array<std::uint16_t, 4> ike{};
};

// Parses a frame from its link layer on. Total: any bytes give a Packet, layers decoded before the trouble stay. No allocation, no
// exception, thread-safe. `captured` may be shorter than `original_size`; what lies beyond it is cut_short, not malformed.
void parse_frame(base::Bytes captured, std::uint32_t original_size, base::LinkType link_type, const Ports& ports, Packet& packet) noexcept;

// The same for bytes that begin with an IPv4 or IPv6 header: a reassembled datagram, the inside of a tunnel.
void parse_datagram(base::Bytes captured, std::uint32_t original_size, const Ports& ports, Packet& packet) noexcept;

}  // namespace espy::decode
