#include "config/ike_policies.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "config/included_files.h"
#include "config/words.h"

namespace espy::config {
namespace {

constexpr std::size_t kMostPolicies = 65'536;

// Numbers that a file gives (up to 65,535) come before all computed ones. Narrower selectors get smaller numbers: a bit of prefix outweighs
// ports and protocol together, as in both daemons' formulas.
std::uint32_t priority(const ipsec::Policy& policy, Rank rank) {
  constexpr std::uint32_t kComputed = 100'000, kRankStep = 2000, kPrefixStep = 4, kWidest = 1999;
  const auto width = [](const base::Prefix& prefix) -> std::uint32_t { return prefix.address.known() ? prefix.length : 32; };
  const ipsec::Selector& selector = policy.selector;
  std::uint32_t narrowness = kPrefixStep * (width(selector.source) + width(selector.destination));
  if (selector.protocol != 0) narrowness += 1;
  if (!selector.source_port.any()) narrowness += 1;
  if (!selector.destination_port.any()) narrowness += 1;
  return kComputed + static_cast<std::uint32_t>(rank) * kRankStep + kWidest - narrowness;
}

base::Prefix bind(const TrafficSelector& selector, const IkeEnd& end) {
  if (!selector.dynamic()) return selector.prefix;
  return end.address.known() ? base::host_prefix(end.address) : base::Prefix{};
}

std::optional<ipsec::OpenEnd> open_end(const IkeEnd& end) {
  if (end.address.known()) return std::nullopt;
  return ipsec::OpenEnd{end.text};
}

// Ports of both sides; false when the two sides name different protocols.
bool set_services(ipsec::Selector& selector, const UpperLayer& local, const UpperLayer& remote) {
  if (local.protocol != 0 && remote.protocol != 0 && local.protocol != remote.protocol) return false;
  set_destination_service(selector, remote);
  if (selector.protocol == 0) selector.protocol = local.protocol;
  if (!is_icmp(selector.protocol)) {
    selector.source_port = local.port;
  } else if (selector.source_port.any()) {
    selector.source_port = local.port;
    selector.destination_port = local.code;
  }
  return true;
}

bool families_fit(const base::Prefix& left, const base::Prefix& right) {
  return !left.address.known() || !right.address.known() || left.address.family == right.address.family;
}

std::vector<ipsec::Template> templates(const IkeChild& child) {
  if (child.action != ipsec::Action::kProtect) return {};
  ipsec::Template header{
      .protocol = child.protocol, .mode = child.mode, .source = {}, .destination = {}, .level = child.level, .reqid = child.reqid};
  if (child.mode != ipsec::Mode::kTransport && child.mode != ipsec::Mode::kAny) {
    header.source = child.local.address;
    header.destination = child.remote.address;
  }
  return {header};
}

ipsec::Policy backwards(const ipsec::Policy& policy) {
  ipsec::Policy back = policy;
  back.selector = reversed(policy.selector);
  for (ipsec::Template& header : back.templates) std::swap(header.source, header.destination);
  std::swap(back.open_source, back.open_destination);
  std::swap(back.source_dynamic, back.destination_dynamic);
  return back;
}

}  // namespace

IkeEnd make_end(std::string_view text) {
  const std::string word(trim(text));
  if (const auto address = base::read_address(word); address && !address->unspecified()) return {word, *address};
  return {word.empty() ? "%any" : word, {}};
}

bool is_misspelt_address(std::string_view text) {
  const std::string_view word = trim(text);
  const bool dotted = word.contains('.') && word.find_first_not_of("0123456789.") == std::string_view::npos;
  const bool colons = word.contains(':') && word.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
  return (dotted || colons) && !base::read_address(word);
}

bool IkePolicies::add_pair(const IkeChild& child, const TrafficSelector& local, const TrafficSelector& remote) {
  ipsec::Policy policy;
  policy.name = child.name;
  policy.action = child.action;
  policy.templates = templates(child);
  policy.marked = child.marked;
  policy.from_ike = true;
  policy.any_tunnel_ends = child.any_ends;
  policy.origin = child.origin;
  policy.selector.source = bind(local, child.local);
  policy.selector.destination = bind(remote, child.remote);
  if (!families_fit(policy.selector.source, policy.selector.destination)) return true;
  if (!set_services(policy.selector, local.layer, remote.layer)) return false;
  if (!child.any_ends || local.dynamic()) policy.open_source = open_end(child.local);
  if (!child.any_ends || remote.dynamic()) policy.open_destination = open_end(child.remote);
  policy.source_dynamic = local.dynamic() && !child.local.address.known();
  policy.destination_dynamic = remote.dynamic() && !child.remote.address.known();
  policy.priority = child.priority != 0 ? child.priority : priority(policy, child.rank);
  policies_.push_back(policy);
  policies_.push_back(backwards(policy));
  return true;
}

void IkePolicies::add(const IkeChild& child) {
  static const std::vector<TrafficSelector> kEndItself(1);
  for (const TrafficSelector& local : child.local_selectors.empty() ? kEndItself : child.local_selectors) {
    for (const TrafficSelector& remote : child.remote_selectors.empty() ? kEndItself : child.remote_selectors) {
      if (full_) return;
      if (policies_.size() >= kMostPolicies) {
        full_ = true;
        error_at(document_, child.origin,
                 fmt::format("more than {} policies; '{}' and what follows is not read", kMostPolicies, child.name));
      } else if (!add_pair(child, local, remote)) {
        error_at(document_, child.origin, fmt::format("the two sides of '{}' name different protocols", child.name),
                 "give both sides one protocol");
        return;
      }
    }
  }
}

void IkePolicies::finish() {
  std::uint32_t age = 0;
  for (ipsec::Policy& policy : policies_) policy.age = age++;
  std::ranges::sort(policies_, {}, [](const ipsec::Policy& policy) { return std::pair(policy.priority, policy.age); });
  if (policies_.empty()) return;
  document_.configuration.spds.push_back({.name = document_.name, .command_line = false, .policies = std::move(policies_)});
  policies_.clear();
}

}  // namespace espy::config
