#include "config/upper_layer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "config/words.h"

namespace espy::config {
namespace {

struct NamedNumber {
  std::string_view name;
  std::uint16_t number;
};

constexpr std::array kProtocols = std::to_array<NamedNumber>({
    {"any", 0},    {"%any", 0},   {"icmp", 1},        {"igmp", 2},         {"ipencap", 4},
    {"ip4", 4},    {"ipip", 4},   {"tcp", 6},         {"egp", 8},          {"udp", 17},
    {"dccp", 33},  {"ipv6", 41},  {"ip6", 41},        {"rsvp", 46},        {"gre", 47},
    {"esp", 50},   {"ah", 51},    {"icmp6", kIcmpv6}, {"icmpv6", kIcmpv6}, {"ipv6-icmp", kIcmpv6},
    {"eigrp", 88}, {"ospf", 89},  {"etherip", 97},    {"pim", 103},        {"ipcomp", 108},
    {"vrrp", 112}, {"l2tp", 115}, {"sctp", 132},      {"udplite", 136},
});

constexpr std::array kServices = std::to_array<NamedNumber>({
    {"ftp", 21},           {"ssh", 22},      {"telnet", 23},     {"smtp", 25},    {"domain", 53}, {"tftp", 69},
    {"http", 80},          {"kerberos", 88}, {"pop3", 110},      {"sunrpc", 111}, {"ntp", 123},   {"imap", 143},
    {"imap2", 143},        {"snmp", 161},    {"snmp-trap", 162}, {"bgp", 179},    {"ldap", 389},  {"https", 443},
    {"microsoft-ds", 445}, {"isakmp", 500},  {"syslog", 514},    {"nfs", 2049},   {"ldaps", 636}, {"iscsi", 3260},
    {"l2tp", 1701},        {"l2f", 1701},    {"radius", 1812},   {"mysql", 3306}, {"rdp", 3389},  {"ipsec-nat-t", 4500},
    {"postgresql", 5432},  {"vxlan", 4789},  {"geneve", 6081},
});

template <std::size_t kSize>
std::optional<std::uint16_t> find_name(const std::array<NamedNumber, kSize>& table, std::string_view text) {
  const auto found = std::ranges::find(table, text, &NamedNumber::name);
  if (found == table.end()) return std::nullopt;
  return found->number;
}

std::optional<std::uint16_t> read_number(std::string_view digits, std::uint16_t largest) {
  std::uint16_t number = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (code != std::errc{} || end != digits.data() + digits.size() || number > largest) return std::nullopt;
  return number;
}

// RFC 4301 section 4.4.1.1: type and code share the sixteen bits that a port has.
void set_icmp(UpperLayer& layer, ipsec::PortRange ports) {
  constexpr std::uint16_t kLargestType = 0xff;
  if (ports.any()) return;
  const bool type_alone = ports.last <= kLargestType;
  const auto type = [&](std::uint16_t port) { return static_cast<std::uint16_t>(type_alone ? port : port >> 8); };
  layer.port = {type(ports.first), type(ports.last)};
  if (!type_alone && layer.port.first == layer.port.last) {
    layer.code = {static_cast<std::uint16_t>(ports.first & kLargestType), static_cast<std::uint16_t>(ports.last & kLargestType)};
  }
}

}  // namespace

bool is_icmp(std::uint8_t protocol) { return protocol == kIcmp || protocol == kIcmpv6; }

std::optional<std::uint8_t> read_protocol(std::string_view text) {
  const std::string word = lower(trim(text));
  const auto number = find_name(kProtocols, word);
  const auto value = number ? number : read_number(word, 0xff);
  if (!value) return std::nullopt;
  return static_cast<std::uint8_t>(*value);
}

std::optional<ipsec::PortRange> read_ports(std::string_view text) {
  const std::string word = lower(trim(text));
  if (word == "any" || word == "%any") return ipsec::PortRange{};
  if (const auto service = find_name(kServices, word)) return ipsec::PortRange{*service, *service};
  const std::size_t dash = word.find('-');
  const auto first = read_number(std::string_view(word).substr(0, dash), 0xffff);
  const auto last = dash == std::string::npos ? first : read_number(std::string_view(word).substr(dash + 1), 0xffff);
  if (!first || !last || *first > *last) return std::nullopt;
  return ipsec::PortRange{*first, *last};
}

std::optional<UpperLayer> read_upper_layer(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto protocol = slash == 0 ? std::optional<std::uint8_t>{0} : read_protocol(text.substr(0, slash));
  if (!protocol) return std::nullopt;
  UpperLayer layer{.protocol = *protocol, .port = {}, .code = {}};
  if (slash == std::string_view::npos) return layer;
  const auto ports = read_ports(text.substr(slash + 1));
  if (!ports) return std::nullopt;
  if (is_icmp(*protocol)) {
    set_icmp(layer, *ports);
  } else {
    layer.port = *ports;
  }
  return layer;
}

void set_destination_service(ipsec::Selector& selector, const UpperLayer& service) {
  selector.protocol = service.protocol;
  if (is_icmp(service.protocol)) {
    selector.source_port = service.port;
    selector.destination_port = service.code;
  } else {
    selector.destination_port = service.port;
  }
}

ipsec::Selector reversed(const ipsec::Selector& selector) {
  ipsec::Selector back = selector;
  std::swap(back.source, back.destination);
  if (!is_icmp(selector.protocol)) std::swap(back.source_port, back.destination_port);
  return back;
}

}  // namespace espy::config
