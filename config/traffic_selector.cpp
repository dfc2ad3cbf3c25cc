#include "config/traffic_selector.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>

#include "config/words.h"

namespace espy::config {
namespace {

// The last address of a prefix: every bit beyond its length is one.
base::Address last_of(const base::Prefix& prefix) {
  base::Address last = prefix.address;
  for (std::size_t bit = prefix.length; bit < last.size() * 8; ++bit) last.octets[bit / 8] |= static_cast<std::uint8_t>(0x80 >> (bit % 8));
  return last;
}

// The address after `address`; nothing after the last one.
std::optional<base::Address> next(base::Address address) {
  for (std::size_t index = address.size(); index-- > 0;) {
    if (++address.octets[index] != 0) return address;
  }
  return std::nullopt;
}

base::Prefix widest_from(const base::Address& first, const base::Address& last) {
  base::Prefix widest = base::host_prefix(first);
  while (widest.length > 0) {
    const base::Prefix wider = base::make_prefix(first, static_cast<std::uint8_t>(widest.length - 1));
    if (wider.address != first || last_of(wider) > last) break;
    widest = wider;
  }
  return widest;
}

// The length that a netmask such as 255.255.0.0 stands for.
std::optional<std::uint8_t> mask_length(std::string_view text) {
  const auto netmask = base::read_address(text);
  if (!netmask) return std::nullopt;
  std::uint8_t length = 0;
  for (const std::uint8_t octet : netmask->bytes()) length = static_cast<std::uint8_t>(length + std::popcount(octet));
  base::Address ones{.octets = {}, .family = netmask->family};
  ones.octets.fill(0xff);
  if (base::mask(ones, length).octets != netmask->octets) return std::nullopt;
  return length;
}

std::optional<base::Prefix> read_subnet(std::string_view text) {
  if (const auto prefix = base::read_prefix(text)) return *prefix;
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = base::read_address(text.substr(0, slash));
  const auto length = mask_length(text.substr(slash + 1));
  if (!address || !length) return std::nullopt;
  return base::make_prefix(*address, *length);
}

std::vector<base::Prefix> read_prefixes(std::string_view text) {
  if (const auto subnet = read_subnet(text)) return {*subnet};
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return {};
  const auto first = base::read_address(trim(text.substr(0, dash)));
  const auto last = base::read_address(trim(text.substr(dash + 1)));
  if (!first || !last) return {};
  return cover(*first, *last);
}

// strongSwan's "[proto/port]" and Libreswan's "/proto/port" behind the subnet.
struct Cut {
  std::string_view subnet;
  std::string_view service;  // empty: none
  bool closed = true;
};

Cut cut(std::string_view text) {
  if (const std::size_t bracket = text.find('['); bracket != std::string_view::npos) {
    const std::string_view inside = text.substr(bracket + 1);
    if (!inside.ends_with(']')) return {.subnet = {}, .service = {}, .closed = false};
    return {.subnet = trim(text.substr(0, bracket)), .service = trim(inside.substr(0, inside.size() - 1)), .closed = true};
  }
  const std::size_t first = text.find('/');
  const std::size_t second = first == std::string_view::npos ? first : text.find('/', first + 1);
  if (second == std::string_view::npos) return {.subnet = text, .service = {}, .closed = true};
  return {.subnet = text.substr(0, second), .service = text.substr(second + 1), .closed = true};
}

std::optional<UpperLayer> read_service(std::string_view text) {
  constexpr std::string_view kOpaque = "/opaque";
  if (text.empty()) return UpperLayer{};
  if (text.ends_with(kOpaque)) text.remove_suffix(kOpaque.size());
  return read_upper_layer(text);
}

}  // namespace

std::vector<base::Prefix> cover(const base::Address& first, const base::Address& last) {
  std::vector<base::Prefix> prefixes;
  std::optional<base::Address> start = first;
  if (!first.known() || first.family != last.family) return prefixes;
  while (start && *start <= last) {
    prefixes.push_back(widest_from(*start, last));
    start = next(last_of(prefixes.back()));
  }
  return prefixes;
}

bool read_traffic_selector(std::string_view text, std::vector<TrafficSelector>& selectors) {
  const Cut parts = cut(trim(text));
  const auto layer = read_service(parts.service);
  if (!parts.closed || !layer) return false;
  const std::string subnet = lower(parts.subnet);
  if (subnet == "dynamic" || subnet == "%dynamic" || (subnet.empty() && !parts.service.empty())) {
    selectors.push_back({.prefix = {}, .layer = *layer});
    return true;
  }
  const std::vector<base::Prefix> prefixes = read_prefixes(subnet);
  for (const base::Prefix& prefix : prefixes) selectors.push_back({.prefix = prefix, .layer = *layer});
  return !prefixes.empty();
}

}  // namespace espy::config
