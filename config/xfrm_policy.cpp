#include "config/xfrm_policy.h"

#include <bit>

#include <fmt/format.h>

#include "config/upper_layer.h"

namespace espy::config {

namespace {

std::optional<ipsec::PolicyDirection> direction_named(std::string_view name) {
  if (name == "in") return ipsec::PolicyDirection::kIn;
  if (name == "out") return ipsec::PolicyDirection::kOut;
  if (name == "fwd") return ipsec::PolicyDirection::kForward;
  return std::nullopt;
}

// A mask whose set bits stand first describes a range; nullopt for one with holes.
std::optional<ipsec::PortRange> masked(std::uint16_t port, std::uint16_t mask) {
  const auto open = static_cast<std::uint16_t>(~mask);
  if (!std::has_single_bit(static_cast<std::uint32_t>(open) + 1)) return std::nullopt;
  const auto first = static_cast<std::uint16_t>(port & mask);
  return ipsec::PortRange{first, static_cast<std::uint16_t>(first | open)};
}

base::Address known_address(Document& document, const XfrmLine& line, std::string_view name, bool& usable) {
  const auto prefix = prefix_of(document, line, name);
  usable = usable && prefix;
  return prefix && !prefix->address.unspecified() ? prefix->address : base::Address{};
}

}  // namespace

XfrmPolicy::XfrmPolicy(Document& document, const XfrmLine& header) : document_(document), place_(header.front()) {
  policy_.origin = document.origin(place_.line);
  take_selector(header);
}

void XfrmPolicy::take_selector(const XfrmLine& header) {
  const auto source = prefix_of(document_, header, "src");
  const auto destination = source ? prefix_of(document_, header, "dst") : std::nullopt;
  usable_ = source && destination;
  if (!usable_) return;
  policy_.selector.source = *source;
  policy_.selector.destination = *destination;
  if (const Word* word = value_of(header, "proto")) {
    const auto protocol = read_protocol(word->text);
    if (!protocol) {
      error_at(document_, *word, fmt::format("{} is no upper-layer protocol that espy knows", quoted(word->text)), "write its number");
      usable_ = false;
      return;
    }
    policy_.selector.protocol = *protocol;
  }
  take_ports(header);
}

void XfrmPolicy::take_ports(const XfrmLine& header) {
  for (std::size_t index = 4; index + 1 < header.size(); ++index) {
    const std::string_view name = header[index].text;
    const bool source = name == "sport" || name == "type";
    if (!source && name != "dport" && name != "code") continue;
    const auto range = take_port(header[index + 1]);
    if (!range) continue;
    (source ? policy_.selector.source_port : policy_.selector.destination_port) = *range;
  }
  if (const Word* key = value_of(header, "key")) {
    const auto number = static_cast<std::uint32_t>(read_number32(key->text).value_or(0));
    policy_.selector.source_port = *masked(static_cast<std::uint16_t>(number >> 16), 0xffff);
    policy_.selector.destination_port = *masked(static_cast<std::uint16_t>(number), 0xffff);
  }
}

std::optional<ipsec::PortRange> XfrmPolicy::take_port(const Word& value) {
  const std::size_t slash = value.text.find('/');
  const auto port = read_number(value.text.substr(0, slash), 0xffff);
  const auto mask = slash == std::string_view::npos ? 0xffff : read_number(value.text.substr(slash + 1), 0xffff);
  if (port && mask) {
    if (const auto range = masked(static_cast<std::uint16_t>(*port), static_cast<std::uint16_t>(*mask))) return range;
  }
  error_at(document_, value, fmt::format("{} is no port that espy can select", quoted(value.text)),
           "give 0 to 65535, with a mask whose bits are set from the left");
  usable_ = false;
  return std::nullopt;
}

void XfrmPolicy::take(const XfrmLine& line) {
  const std::string_view first = line.front().text;
  if (first == "dir" || first == "socket") return take_direction(line);
  if (first == "tmpl") return take_template(line);
  if (first == "proto") return take_template_protocol(line);
  if (first == "mark" || first == "if_id") policy_.marked = policy_.marked || xfrm_mark(line) != 0;
  if (first == "security") policy_.marked = true;
  const Word* level = first == "level" && line.size() > 1 ? &line[1] : nullptr;
  if (level != nullptr && level->text == "use" && !policy_.templates.empty()) policy_.templates.back().level = ipsec::PolicyLevel::kUse;
}

void XfrmPolicy::take_direction(const XfrmLine& line) {
  policy_.socket = line.front().text == "socket";
  const auto direction = line.size() > 1 ? direction_named(line[1].text) : std::nullopt;
  if (!direction) {
    error_at(document_, line[line.size() > 1 ? 1 : 0], "the direction of this policy is missing or unknown",
             "it is one of 'in', 'out' and 'fwd'");
    usable_ = false;
    return;
  }
  policy_.direction = *direction;
  policy_.priority = number_of(line, "priority");
  const Word* action = value_of(line, "action");
  if (action != nullptr && action->text == "block") policy_.action = ipsec::Action::kDiscard;
}

void XfrmPolicy::take_template(const XfrmLine& line) {
  template_ = {};
  template_.source = known_address(document_, line, "src", usable_);
  template_.destination = known_address(document_, line, "dst", usable_);
}

void XfrmPolicy::take_template_protocol(const XfrmLine& line) {
  const auto protocol = line.size() > 1 ? xfrm_protocol(line[1].text) : std::nullopt;
  if (!protocol) {
    // Mobile IPv6 keeps its routing and destination options here.
    foreign_ = true;
    return;
  }
  template_.protocol = *protocol;
  template_.reqid = number_of(line, "reqid");
  template_.mode = xfrm_mode(line);
  if (template_.mode == ipsec::Mode::kTransport) template_.source = template_.destination = {};
  policy_.templates.push_back(template_);
}

void XfrmPolicy::finish(std::vector<ipsec::Policy>& policies) {
  if (!usable_ || (foreign_ && policy_.templates.empty())) return;
  if (policy_.templates.empty() && policy_.action == ipsec::Action::kProtect) policy_.action = ipsec::Action::kBypass;
  policies.push_back(std::move(policy_));
}

}  // namespace espy::config
