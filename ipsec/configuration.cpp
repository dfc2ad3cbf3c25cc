#include "ipsec/configuration.h"

#include <algorithm>

#include <fmt/format.h>

namespace espy::ipsec {

std::string to_string(const Origin& origin) { return origin.line == 0 ? origin.file : fmt::format("{}:{}", origin.file, origin.line); }

std::string_view name(Protocol protocol) {
  switch (protocol) {
    case Protocol::kAh: return "ah";
    case Protocol::kEsp: return "esp";
    case Protocol::kIpcomp: break;
  }
  return "ipcomp";
}

std::string_view name(Mode mode) {
  switch (mode) {
    case Mode::kAny: return "any";
    case Mode::kTransport: return "transport";
    case Mode::kTunnel: return "tunnel";
    case Mode::kBeet: return "beet";
    case Mode::kIptfs: break;
  }
  return "iptfs";
}

base::Limits Configuration::limits_in_force() const {
  base::Limits in_force;
  for (const LimitSetting& setting : limits) {
    const auto known = std::ranges::find(base::kLimitFacts, setting.key, &base::LimitFacts::key);
    if (known != base::kLimitFacts.end()) in_force.*(known->value) = setting.value;
  }
  return in_force;
}

}  // namespace espy::ipsec
