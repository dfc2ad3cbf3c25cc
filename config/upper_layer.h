// Upper layer: protocols and ports as people write them in policies: "tcp", "17", "http", "1000-2000", "icmp". Numbers of the IANA
// registries from a small table of its own, so that a result never depends on the files of the host.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ipsec/configuration.h"

namespace espy::config {

inline constexpr std::uint8_t kIcmp = 1;
inline constexpr std::uint8_t kIcmpv6 = 58;

// What a selector says above IP. For ICMP `port` holds the type and `code` the code.
struct UpperLayer {
  std::uint8_t protocol = 0;  // 0: any
  ipsec::PortRange port;
  ipsec::PortRange code;
  bool operator==(const UpperLayer&) const = default;
};

// "any", "%any", a number from 0 to 255, or a name of the table.
std::optional<std::uint8_t> read_protocol(std::string_view text);

// "any", "%any", "23", "1000-2000", "telnet".
std::optional<ipsec::PortRange> read_ports(std::string_view text);

// "tcp/23", "udp/1000-2000", "icmp", "17/%any", "icmp/8" (one number up to 255 is the type; above, type * 256 + code, as IKE daemons
// write it).
std::optional<UpperLayer> read_upper_layer(std::string_view text);

bool is_icmp(std::uint8_t protocol);

// Puts what a policy says of the destination's service into `selector`: its port, or for ICMP type and code.
void set_destination_service(ipsec::Selector& selector, const UpperLayer& service);

// The selector of the packets that travel back: addresses and ports exchanged, ICMP type and code kept.
ipsec::Selector reversed(const ipsec::Selector& selector);

}  // namespace espy::config
