#include "config/toml_policy.h"

#include "config/toml_choices.h"
#include "config/upper_layer.h"

namespace espy::config {

namespace {

constexpr std::int64_t kLargest32 = 0xffffffff;

constexpr Choices<ipsec::PolicyDirection, 3> kDirections{
    {{{"in", ipsec::PolicyDirection::kIn}, {"out", ipsec::PolicyDirection::kOut}, {"fwd", ipsec::PolicyDirection::kForward}}}};
constexpr Choices<ipsec::Action, 3> kActions{
    {{{"protect", ipsec::Action::kProtect}, {"bypass", ipsec::Action::kBypass}, {"discard", ipsec::Action::kDiscard}}}};

ipsec::PortRange read_range(TomlEntry& entry, std::string_view key) {
  const auto word = entry.text(key);
  if (!word) return {};
  if (const auto range = read_ports(*word)) return *range;
  entry.error(key, fmt::format("'{}' is no port", word->substr(0, 40)), "give a number, a range like 1000-2000, or any");
  return {};
}

base::Address read_end(TomlEntry& entry, std::string_view key) {
  const auto word = entry.text(key);
  if (!word) return {};
  const auto address = base::read_address(*word);
  if (address) return *address;
  entry.error(key, address.error().message, address.error().advice);
  return {};
}

std::optional<ipsec::OpenEnd> read_open_end(TomlEntry& entry, std::string_view key) {
  auto word = entry.text(key);
  if (!word) return std::nullopt;
  return ipsec::OpenEnd{.text = std::move(*word)};
}

ipsec::Template read_header(TomlEntry& entry) {
  return {.protocol = kProtocols.read(entry, "protocol", ipsec::Protocol::kEsp),
          .mode = kModes.read(entry, "mode", ipsec::Mode::kAny),
          .source = read_end(entry, "source"),
          .destination = read_end(entry, "destination"),
          .level = kLevels.read(entry, "level", ipsec::PolicyLevel::kRequire),
          .reqid = static_cast<std::uint32_t>(entry.number("reqid", 0, kLargest32).value_or(0))};
}

void read_headers(TomlEntry& entry, const TomlNode& node, std::vector<ipsec::Template>& headers) {
  if (!entry.has("headers")) return;
  for (const TomlNode& element : node.table.find("headers")->second.list) {
    if (element.kind != TomlNode::Kind::kTable) {
      return entry.error("headers", "headers is not a list of tables", R"(write headers = [{ protocol = "esp", mode = "transport" }])");
    }
    TomlEntry below(entry.document(), element, "headers");
    headers.push_back(read_header(below));
    below.refuse_unknown();
  }
}

void read_selector(TomlEntry& entry, ipsec::Selector& selector) {
  selector.protocol = static_cast<std::uint8_t>(entry.number("protocol", 0, 0xff).value_or(0));
  selector.source_port = read_range(entry, "source_port");
  selector.destination_port = read_range(entry, "destination_port");
}

void read_ike(TomlEntry& entry, ipsec::Policy& policy) {
  policy.from_ike = entry.flag("from_ike").value_or(false);
  policy.any_tunnel_ends = entry.flag("any_tunnel_ends").value_or(false);
  policy.open_source = read_open_end(entry, "open_source");
  policy.open_destination = read_open_end(entry, "open_destination");
  policy.source_dynamic = entry.flag("source_dynamic").value_or(false);
  policy.destination_dynamic = entry.flag("destination_dynamic").value_or(false);
}

}  // namespace

std::optional<base::Prefix> read_toml_prefix(TomlEntry& entry, std::string_view key) {
  const std::string word = entry.required(key);
  if (word == "any") return base::Prefix{};
  const auto prefix = base::read_prefix(word);
  if (prefix) return *prefix;
  if (!word.empty()) entry.error(key, prefix.error().message, "give an address, a prefix, or any");
  return std::nullopt;
}

std::optional<TomlPolicy> read_toml_policy(TomlEntry& entry, const TomlNode& node) {
  TomlPolicy read{.host = entry.text("host").value_or(""), .policy = {}};
  ipsec::Policy& policy = read.policy;
  policy.name = entry.text("name").value_or("");
  policy.origin = entry.origin();
  policy.direction = kDirections.read(entry, "direction", ipsec::PolicyDirection::kOut);
  policy.action = kActions.read(entry, "action", ipsec::Action::kProtect);
  const auto source = read_toml_prefix(entry, "source");
  const auto destination = read_toml_prefix(entry, "destination");
  read_selector(entry, policy.selector);
  policy.priority = static_cast<std::uint32_t>(entry.number("priority", 0, kLargest32).value_or(0));
  policy.socket = entry.flag("socket").value_or(false);
  policy.marked = entry.flag("marked").value_or(false);
  read_ike(entry, policy);
  read_headers(entry, node, policy.templates);
  if (!source || !destination) return std::nullopt;
  policy.selector.source = *source;
  policy.selector.destination = *destination;
  return read;
}

}  // namespace espy::config
