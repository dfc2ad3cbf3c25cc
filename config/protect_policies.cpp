#include "config/protect_policies.h"

#include <utility>

#include <fmt/format.h>

#include "config/words.h"

namespace espy::config {
namespace {

// Inside first, as the kernel lists them: the innermost header opens the tunnel, those around it travel between the same ends.
std::vector<ipsec::Template> templates(const ProtectTerms& terms) {
  std::vector<ipsec::Template> headers;
  if (terms.action != ipsec::Action::kProtect) return headers;
  for (auto protocol = terms.require.rbegin(); protocol != terms.require.rend(); ++protocol) {
    ipsec::Template header{.protocol = *protocol, .mode = terms.mode, .source = {}, .destination = {}, .level = terms.level, .reqid = 0};
    if (terms.via && headers.empty()) {
      header.mode = ipsec::Mode::kTunnel;
      header.source = terms.via->from;
      header.destination = terms.via->to;
    } else if (terms.via || (terms.mode == ipsec::Mode::kTunnel && !headers.empty())) {
      header.mode = ipsec::Mode::kTransport;
    }
    headers.push_back(header);
  }
  return headers;
}

ipsec::Policy backwards(const ipsec::Policy& policy) {
  ipsec::Policy back = policy;
  back.selector = reversed(policy.selector);
  for (ipsec::Template& header : back.templates) std::swap(header.source, header.destination);
  return back;
}

}  // namespace

base::Result<std::vector<ipsec::Protocol>> read_require(std::string_view text) {
  std::vector<ipsec::Protocol> headers;
  for (const std::string_view word : split(text, ",")) {
    if (word != "esp" && word != "ah")
      return base::fail(fmt::format("'{}' is no header that can be required", word), "use esp, ah or ah,esp");
    headers.push_back(word == "esp" ? ipsec::Protocol::kEsp : ipsec::Protocol::kAh);
  }
  constexpr std::size_t kMostHeaders = 4;
  if (headers.empty() || headers.size() > kMostHeaders || text == "esp,ah")
    return base::fail(fmt::format("'{}' names no headers, or too many", text), "use esp, ah or ah,esp");
  return headers;
}

base::Result<TunnelPath> read_via(std::string_view from, std::string_view to) {
  const auto first = base::read_address(trim(from));
  if (!first) return std::unexpected(first.error());
  const auto second = base::read_address(trim(to));
  if (!second) return std::unexpected(second.error());
  if (first->family != second->family)
    return base::fail(fmt::format("the gateways {} and {} are of different families", from, to), "give two of one family");
  if (*first == *second) return base::fail(fmt::format("both gateways are {}", from), "give the gateway of each side");
  return TunnelPath{*first, *second};
}

base::Result<UpperLayer> read_service(std::string_view text) {
  if (!text.empty() && text.find_first_not_of("0123456789-") == std::string_view::npos) {
    return base::fail(fmt::format("'{}' has no protocol", text),
                      fmt::format("write tcp/{0} or udp/{0}; a protocol alone is {0}/any", text));
  }
  const auto layer = read_upper_layer(text);
  if (!layer) return base::fail(fmt::format("'{}' is no protocol with a port", text), "write it like tcp/23, udp/1000-2000 or icmp");
  if (!layer->port.any() && layer->protocol == 0)
    return base::fail(fmt::format("'{}' has a port without a protocol", text), "write tcp/23 or udp/23");
  return *layer;
}

base::Result<bool> check_sides(const base::Prefix& from, const base::Prefix& to) {
  if (from.address.family != to.address.family) {
    return base::fail(fmt::format("{} and {} are of different families", to_string(from), to_string(to)),
                      "give two IPv4 or two IPv6 prefixes");
  }
  if (from == to && from.is_host())
    return base::fail(fmt::format("both sides are {}", to_string(from)), "give the two hosts that talk to each other");
  return true;
}

void add_policies(const ProtectTerms& terms, std::vector<ipsec::Policy>& policies) {
  static const std::vector<UpperLayer> kEverything(1);
  for (const UpperLayer& service : terms.services.empty() ? kEverything : terms.services) {
    ipsec::Policy policy;
    policy.name = terms.name;
    policy.action = terms.action;
    policy.selector.source = terms.from;
    policy.selector.destination = terms.to;
    set_destination_service(policy.selector, service);
    policy.templates = templates(terms);
    policy.any_tunnel_ends = terms.action == ipsec::Action::kProtect && !terms.via && terms.mode != ipsec::Mode::kTransport &&
                             !(terms.from.is_host() && terms.to.is_host());
    policy.age = static_cast<std::uint32_t>(policies.size());
    policy.origin = terms.origin;
    policies.push_back(policy);
    policies.push_back(backwards(policy));
    policies.back().age = policy.age + 1;
  }
}

}  // namespace espy::config
