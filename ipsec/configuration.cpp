#include "ipsec/configuration.h"

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

}  // namespace espy::ipsec
