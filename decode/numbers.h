// The assigned numbers that the parsers know, by the names of their registries.
#pragma once

#include <cstdint>

namespace espy::decode {

inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherTypeVlan = 0x8100;
inline constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;
inline constexpr std::uint16_t kEtherTypeMpls = 0x8847;
inline constexpr std::uint16_t kEtherTypeMplsMulticast = 0x8848;
inline constexpr std::uint16_t kEtherTypePppoe = 0x8864;
inline constexpr std::uint16_t kEtherTypePpp = 0x880b;
inline constexpr std::uint16_t kEtherTypeServiceVlan = 0x88a8;
inline constexpr std::uint16_t kEtherTypeOldVlan = 0x9100;
inline constexpr std::uint16_t kEtherTypeOldestVlan = 0x9200;
inline constexpr std::uint16_t kEtherTypeBridged = 0x6558;
// Smaller values of the field are a length, and an LLC header follows (IEEE 802.3).
inline constexpr std::uint16_t kSmallestEtherType = 0x0600;

enum Protocol : std::uint8_t {
  kHopByHop = 0,
  kIcmp = 1,
  kIpv4InIp = 4,
  kTcp = 6,
  kUdp = 17,
  kDccp = 33,
  kIpv6InIp = 41,
  kRouting = 43,
  kFragmentHeader = 44,
  kGre = 47,
  kEsp = 50,
  kAh = 51,
  kIcmpv6 = 58,
  kNoNextHeader = 59,
  kDestinationOptions = 60,
  kBeet = 94,
  kIpcomp = 108,
  kSctp = 132,
  kMobility = 135,
  kUdpLite = 136,
  kHip = 139,
  kShim6 = 140,
  kWesp = 141,
  kAggfrag = 144,
};

// Types of IPv6's routing header.
inline constexpr std::uint8_t kRouteOfSource = 0;      // RFC 2460
inline constexpr std::uint8_t kRouteOfMobileHost = 2;  // RFC 6275
inline constexpr std::uint8_t kRouteOfSegments = 4;    // RFC 8754

inline constexpr std::uint16_t kPortIsakmp = 500;
inline constexpr std::uint16_t kPortNatTraversal = 4500;
inline constexpr std::uint16_t kPortGtp = 2152;
inline constexpr std::uint16_t kPortVxlan = 4789;
inline constexpr std::uint16_t kPortGeneve = 6081;
inline constexpr std::uint16_t kPortOldVxlan = 8472;

}  // namespace espy::decode
