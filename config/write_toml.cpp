// Writes espy's own TOML, from which the reader makes the same Configuration again.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/writing.h"

namespace espy::config {

namespace {

// What is not printable ASCII becomes '?': such letters stand in names alone.
std::string quoted_text(std::string_view text) {
  std::string literal = "\"";
  for (const char letter : printable(text)) {
    if (letter == '"' || letter == '\\') literal += '\\';
    literal += letter;
  }
  return literal + '"';
}

std::string prefix_or_any(const base::Prefix& prefix) { return prefix.address.known() ? base::to_string(prefix) : "any"; }

class TomlTable {
 public:
  explicit TomlTable(Writing& writing) : writing_(writing) {}
  void text(std::string_view key, std::string_view value) { writing_.text += fmt::format("{} = {}\n", key, quoted_text(value)); }
  void number(std::string_view key, std::uint64_t value) { writing_.text += fmt::format("{} = {}\n", key, value); }
  // SPIs, as everyone writes them.
  void hexadecimal(std::string_view key, std::uint32_t value) { writing_.text += fmt::format("{} = {:#010x}\n", key, value); }
  void number_but_zero(std::string_view key, std::uint64_t value) {
    if (value != 0) number(key, value);
  }
  void flag(std::string_view key, bool value) {
    if (value) writing_.text += fmt::format("{} = true\n", key);
  }
  void key(std::string_view name, const ipsec::Key& key) {
    if (key.empty()) return;
    writing_.text += fmt::format("{} = \"", name);
    append_hex(writing_.text, key);
    writing_.text += "\"\n";
  }

 private:
  Writing& writing_;
};

void write_identity(TomlTable& table, const ipsec::Association& association) {
  table.text("source", prefix_or_any(association.source));
  table.text("destination", prefix_or_any(association.destination));
  if (!association.spi) {
    table.text("spi", "any");
  } else {
    table.hexadecimal("spi", association.spi->value);
  }
  if (association.spi_mask != 0xffffffff) table.hexadecimal("spi_mask", association.spi_mask);
  table.text("protocol", ipsec::name(association.protocol));
  if (association.mode != ipsec::Mode::kAny) table.text("mode", ipsec::name(association.mode));
}

void write_name(TomlTable& table, std::string_view key, std::string_view written, std::string_view known) {
  if (!written.empty() && written != known) table.text(key, written);
}

void write_algorithms(TomlTable& table, const ipsec::Association& association, bool keys) {
  const std::string_view encryption = facts(association.encryption).name;
  const std::string_view integrity = facts(association.integrity).name;
  table.text("encryption", encryption);
  write_name(table, "encryption_name", association.encryption_name, encryption);
  if (keys) table.key("encryption_key", association.encryption_key);
  if (association.integrity != ipsec::Integrity::kNone) table.text("integrity", integrity);
  write_name(table, "integrity_name", association.integrity_name, integrity);
  if (keys) table.key("integrity_key", association.integrity_key);
  table.number("icv_bits", association.icv_bits);
  table.flag("keys_hidden", association.keys_hidden || (!keys && has_keys(association)));
  table.flag("key_from_text", association.key_from_text);
}

void write_traits(TomlTable& table, const ipsec::Association& association) {
  table.flag("old_header", association.old_header);
  table.flag("esn", association.esn);
  if (association.esn_high) table.number("esn_high", *association.esn_high);
  table.number_but_zero("replay_window", association.replay_window);
  table.number_but_zero("reqid", association.reqid);
  table.number_but_zero("tfc_padding", association.tfc_padding);
  table.flag("align4", association.align4);
  if (association.marked != 0) table.text("marked", fmt::format("0x{:x}", association.marked));
  if (association.encapsulation != ipsec::Encapsulation::kNone) {
    table.text("encapsulation", association.encapsulation == ipsec::Encapsulation::kUdp ? "udp" : "tcp");
  }
  table.number_but_zero("source_port", association.encapsulation_source_port);
  table.number_but_zero("destination_port", association.encapsulation_destination_port);
}

void write_origin(Writing& writing, const ipsec::Origin& origin) {
  if (!origin.file.empty()) writing.text += fmt::format("# {}\n", printable(to_string(origin)));
}

void write_association(Writing& writing, const ipsec::Association& association) {
  writing.text += "\n";
  write_origin(writing, association.origin);
  writing.text += "[[sa]]\n";
  TomlTable table(writing);
  write_identity(table, association);
  write_algorithms(table, association, writing.keys == Keys::kShown);
  write_traits(table, association);
}

std::string_view direction(ipsec::PolicyDirection direction) {
  if (direction == ipsec::PolicyDirection::kIn) return "in";
  return direction == ipsec::PolicyDirection::kOut ? "out" : "fwd";
}

std::string_view action(ipsec::Action action) {
  if (action == ipsec::Action::kProtect) return "protect";
  return action == ipsec::Action::kBypass ? "bypass" : "discard";
}

void write_ports(TomlTable& table, std::string_view key, const ipsec::PortRange& range) {
  if (!range.any()) table.text(key, fmt::format("{}-{}", range.first, range.last));
}

std::string header(const ipsec::Template& step) {
  std::string text = fmt::format("{{ protocol = \"{}\", mode = \"{}\"", ipsec::name(step.protocol), ipsec::name(step.mode));
  if (step.source.known()) text += fmt::format(", source = \"{}\"", base::to_string(step.source));
  if (step.destination.known()) text += fmt::format(", destination = \"{}\"", base::to_string(step.destination));
  if (step.level == ipsec::PolicyLevel::kUse) text += ", level = \"use\"";
  if (step.reqid != 0) text += fmt::format(", reqid = {}", step.reqid);
  return text + " }";
}

void write_ends(TomlTable& table, const ipsec::Policy& policy) {
  if (policy.open_source) table.text("open_source", policy.open_source->text);
  if (policy.open_destination) table.text("open_destination", policy.open_destination->text);
  table.flag("source_dynamic", policy.source_dynamic);
  table.flag("destination_dynamic", policy.destination_dynamic);
  table.flag("any_tunnel_ends", policy.any_tunnel_ends);
}

void write_policy(Writing& writing, const std::string& host, const ipsec::Policy& policy) {
  writing.text += "\n";
  write_origin(writing, policy.origin);
  writing.text += "[[policy]]\n";
  TomlTable table(writing);
  table.text("host", host);
  if (!policy.name.empty()) table.text("name", policy.name);
  table.text("direction", direction(policy.direction));
  table.text("action", action(policy.action));
  table.text("source", prefix_or_any(policy.selector.source));
  table.text("destination", prefix_or_any(policy.selector.destination));
  table.number_but_zero("protocol", policy.selector.protocol);
  write_ports(table, "source_port", policy.selector.source_port);
  write_ports(table, "destination_port", policy.selector.destination_port);
  table.number_but_zero("priority", policy.priority);
  table.flag("socket", policy.socket);
  table.flag("marked", policy.marked);
  table.flag("from_ike", policy.from_ike);
  write_ends(table, policy);
  std::vector<std::string> headers;
  for (const ipsec::Template& step : policy.templates) headers.push_back(header(step));
  if (!headers.empty()) writing.text += fmt::format("headers = [{}]\n", fmt::join(headers, ", "));
}

void write_limits(Writing& writing) {
  if (writing.configuration.limits.empty()) return;
  writing.text += "\n[limits]\n";
  TomlTable table(writing);
  for (const ipsec::LimitSetting& setting : writing.configuration.limits) table.number(setting.key, setting.value);
}

void write_lists(Writing& writing) {
  const ipsec::Configuration& configuration = writing.configuration;
  const auto& encapsulation = configuration.encapsulation_ports;
  const auto& ike = configuration.ike_ports;
  if (!encapsulation.empty() || !ike.empty()) writing.text += "\n[ports]\n";
  if (!encapsulation.empty()) writing.text += fmt::format("encapsulation = [{}]\n", fmt::join(encapsulation, ", "));
  if (!ike.empty()) writing.text += fmt::format("ike = [{}]\n", fmt::join(ike, ", "));
  if (configuration.clear_interfaces.empty()) return;
  std::vector<std::string> names;
  for (const std::string& name : configuration.clear_interfaces) names.push_back(quoted_text(name));
  writing.text += fmt::format("\n[capture]\nclear_interfaces = [{}]\n", fmt::join(names, ", "));
}

}  // namespace

void write_toml(Writing& writing) {
  const ipsec::Configuration& configuration = writing.configuration;
  TomlTable table(writing);
  table.flag("redact-payload", configuration.redact_payload.has_value());
  table.flag("ike_daemon", configuration.has_ike);
  table.number_but_zero("larval", configuration.ignored.larval);
  for (const ipsec::Association& association : configuration.associations) write_association(writing, association);
  for (const ipsec::Spd& spd : configuration.spds) {
    for (const ipsec::Policy& policy : spd.policies) write_policy(writing, spd.name, policy);
  }
  write_limits(writing);
  write_lists(writing);
}

}  // namespace espy::config
