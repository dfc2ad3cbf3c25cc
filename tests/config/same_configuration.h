// A Configuration as lines of text, keys included: equal lines are equal SAs and policies, and an unequal one shows where. Origins and the
// order of creation are left out, because they belong to the file and not to what it says.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "ipsec/configuration.h"

namespace espy::config {

inline std::string visible(std::string text) {
  std::ranges::replace_if(
      text, [](char letter) { return letter < ' ' || letter > '~'; }, '?');
  return text;
}

inline std::string line_of(const base::Prefix& prefix) { return fmt::format("{}/{}", base::to_string(prefix.address), prefix.length); }

inline std::string line_of(const ipsec::Key& key) {
  std::string text;
  for (const std::uint8_t octet : key.secret()) text += fmt::format("{:02x}", octet);
  return text;
}

// The name that was written, where it is another than espy's own.
inline std::string other_name(const std::string& written, std::string_view own) { return written == own ? "" : visible(written); }

inline std::string line_of(const ipsec::Association& sa) {
  return fmt::format(
      "sa {} spi {} mask {:x} {} > {} mode {} reqid {} encap {} {} {} old {} enc {} '{}' {} auth {} '{}' {} icv {} hidden {} text {} esn "
      "{} {} "
      "window {} tfc {} align4 {} mark {}",
      ipsec::name(sa.protocol), sa.spi ? fmt::format("{:x}", sa.spi->value) : "*", sa.spi_mask, line_of(sa.source), line_of(sa.destination),
      ipsec::name(sa.mode), sa.reqid, static_cast<int>(sa.encapsulation), sa.encapsulation_source_port, sa.encapsulation_destination_port,
      sa.old_header, ipsec::facts(sa.encryption).name, other_name(sa.encryption_name, ipsec::facts(sa.encryption).name),
      line_of(sa.encryption_key), ipsec::facts(sa.integrity).name, other_name(sa.integrity_name, ipsec::facts(sa.integrity).name),
      line_of(sa.integrity_key), sa.icv_bits, sa.keys_hidden, sa.key_from_text, sa.esn, sa.esn_high ? fmt::format("{}", *sa.esn_high) : "-",
      sa.replay_window, sa.tfc_padding, sa.align4, sa.marked);
}

inline std::string line_of(const ipsec::Template& step) {
  return fmt::format("[{} {} {}>{} level {} reqid {}]", ipsec::name(step.protocol), ipsec::name(step.mode), base::to_string(step.source),
                     base::to_string(step.destination), static_cast<int>(step.level), step.reqid);
}

inline std::string line_of(const ipsec::Policy& policy) {
  const ipsec::Selector& selector = policy.selector;
  std::string text = fmt::format(
      "policy '{}' dir {} action {} {} > {} proto {} ports {}-{} {}-{} prio {} socket {} marked {} ike {} any {} open '{}' '{}' dynamic {} "
      "{}",
      visible(policy.name), static_cast<int>(policy.direction), static_cast<int>(policy.action), line_of(selector.source),
      line_of(selector.destination), selector.protocol, selector.source_port.first, selector.source_port.last,
      selector.destination_port.first, selector.destination_port.last, policy.priority, policy.socket, policy.marked, policy.from_ike,
      policy.any_tunnel_ends, policy.open_source ? visible(policy.open_source->text) : "-",
      policy.open_destination ? visible(policy.open_destination->text) : "-", policy.source_dynamic, policy.destination_dynamic);
  for (const ipsec::Template& step : policy.templates) text += " " + line_of(step);
  return text;
}

// Everything, in order: what espy's own TOML must keep.
inline std::vector<std::string> lines_of(const ipsec::Configuration& configuration) {
  std::vector<std::string> lines;
  for (const auto& association : configuration.associations) lines.push_back(line_of(association));
  for (const auto& spd : configuration.spds) {
    lines.push_back(fmt::format("spd '{}'", visible(spd.name)));
    for (const auto& policy : spd.policies) lines.push_back(line_of(policy));
  }
  lines.push_back(fmt::format("larval {} ike {} ports {} {}", configuration.ignored.larval, configuration.has_ike,
                              configuration.encapsulation_ports.size(), configuration.ike_ports.size()));
  for (const auto& limit : configuration.limits) lines.push_back(fmt::format("limit {} {}", limit.key, limit.value));
  lines.push_back(configuration.redact_payload ? "redacted" : "octets may be shown");
  for (const std::string& name : configuration.clear_interfaces) lines.push_back("clear " + visible(name));
  return lines;
}

}  // namespace espy::config
