// policies: short ways to write configurations by hand for tests of requirements, worlds and verdicts.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "ipsec/configuration.h"
#include "ipsec/policy_lookup.h"

namespace espy::ipsec::testing {

inline base::Address address(std::string_view text) { return text.empty() ? base::Address{} : base::read_address(text).value(); }
inline base::Prefix prefix(std::string_view text) { return base::read_prefix(text).value(); }

inline Template transport(Protocol protocol, PolicyLevel level = PolicyLevel::kRequire) {
  return {.protocol = protocol, .mode = Mode::kTransport, .source = {}, .destination = {}, .level = level};
}
inline Template tunnel(Protocol protocol, std::string_view from, std::string_view to, Mode mode = Mode::kTunnel) {
  return {.protocol = protocol, .mode = mode, .source = address(from), .destination = address(to)};
}
inline const Template kEsp = transport(Protocol::kEsp);
inline const Template kAh = transport(Protocol::kAh);
inline const Template kIpcomp = transport(Protocol::kIpcomp);

inline Policy policy(PolicyDirection direction, std::string_view from, std::string_view to, std::vector<Template> templates = {kEsp}) {
  Policy made;
  made.direction = direction;
  made.selector.source = prefix(from);
  made.selector.destination = prefix(to);
  made.templates = std::move(templates);
  return made;
}
inline Policy out(std::string_view from, std::string_view to, std::vector<Template> templates = {kEsp}) {
  return policy(PolicyDirection::kOut, from, to, std::move(templates));
}
inline Policy in(std::string_view from, std::string_view to, std::vector<Template> templates = {kEsp}) {
  return policy(PolicyDirection::kIn, from, to, std::move(templates));
}
inline Policy with_action(Policy made, Action action) {
  made.action = action;
  if (action != Action::kProtect) made.templates.clear();
  return made;
}
inline Policy with_ports(Policy made, std::uint8_t protocol, PortRange source, PortRange destination) {
  made.selector.protocol = protocol;
  made.selector.source_port = source;
  made.selector.destination_port = destination;
  return made;
}
inline constexpr PortRange kAnyPort{};
constexpr PortRange port(std::uint16_t number) { return {number, number}; }

inline Spd spd(std::vector<Policy> policies, std::string name = "a.conf") {
  for (std::size_t index = 0; index < policies.size(); ++index) {
    policies[index].age = static_cast<std::uint32_t>(index);
    policies[index].origin = {.file = name, .line = static_cast<std::uint32_t>(index + 1)};
  }
  return {.name = std::move(name), .command_line = false, .policies = std::move(policies)};
}

inline Association esp_sa(std::uint32_t spi, std::string_view from, std::string_view to, Mode mode = Mode::kTransport) {
  Association association;
  association.spi = base::Spi{spi};
  association.source = prefix(from);
  association.destination = prefix(to);
  association.mode = mode;
  association.encryption = Encryption::kAesCbc;
  association.integrity = Integrity::kHmacSha256;
  return association;
}

inline PacketView packet(std::string_view from, std::string_view to, std::uint8_t protocol = 1) {
  return {.source = address(from), .destination = address(to), .protocol = protocol};
}
inline PacketView packet(std::string_view from, std::string_view to, std::uint8_t protocol, std::uint16_t source_port,
                         std::uint16_t destination_port) {
  return {.source = address(from),
          .destination = address(to),
          .protocol = protocol,
          .protocol_known = true,
          .ports_known = true,
          .source_port = source_port,
          .destination_port = destination_port};
}

}  // namespace espy::ipsec::testing
