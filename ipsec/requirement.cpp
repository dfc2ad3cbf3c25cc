#include "ipsec/requirement.h"

#include <algorithm>

namespace espy::ipsec {
namespace {

bool opens_tunnel(Mode mode) { return mode == Mode::kTunnel || mode == Mode::kBeet || mode == Mode::kIptfs; }

// A transport template takes its addresses from the tunnel template before it, else from the packet (V4).
std::vector<RequiredHeader> wire_headers(const std::vector<Template>& templates, PolicyLevel level) {
  std::vector<RequiredHeader> headers;
  base::Address source;
  base::Address destination;
  for (const Template& item : templates) {
    if (opens_tunnel(item.mode)) {
      source = item.source;
      destination = item.destination;
    }
    if (item.protocol == Protocol::kIpcomp || item.level != level) continue;
    headers.push_back({.protocol = item.protocol, .mode = item.mode, .source = source, .destination = destination});
  }
  std::reverse(headers.begin(), headers.end());
  return headers;
}

std::vector<std::uint32_t> known_reqids(const std::vector<Template>& templates) {
  std::vector<std::uint32_t> reqids;
  for (const Template& item : templates) {
    if (item.reqid != 0 && std::ranges::find(reqids, item.reqid) == reqids.end()) reqids.push_back(item.reqid);
  }
  return reqids;
}

}  // namespace

const RequiredHeader* Requirement::tunnel() const {
  const auto found = std::ranges::find_if(headers, [](const RequiredHeader& header) { return opens_tunnel(header.mode); });
  return found == headers.end() ? nullptr : &*found;
}

Mode Requirement::mode() const {
  if (const RequiredHeader* header = tunnel()) return header->mode;
  const bool unsaid = std::ranges::any_of(headers, [](const RequiredHeader& header) { return header.mode == Mode::kAny; });
  return unsaid ? Mode::kAny : Mode::kTransport;
}

Requirement make_requirement(const Policy& policy, bool command_line) {
  Requirement requirement;
  requirement.name = policy.name;
  requirement.action = policy.action;
  requirement.selector = policy.selector;
  requirement.from_ike = policy.from_ike;
  requirement.command_line = command_line;
  requirement.any_tunnel_ends = policy.any_tunnel_ends;
  requirement.source_open = policy.source_dynamic && policy.open_source.has_value();
  requirement.destination_open = policy.destination_dynamic && policy.open_destination.has_value();
  requirement.origins = {policy.origin};
  if (policy.action != Action::kProtect) return requirement;
  requirement.headers = wire_headers(policy.templates, PolicyLevel::kRequire);
  requirement.reqids = known_reqids(policy.templates);
  requirement.compressed = std::ranges::any_of(policy.templates, [](const Template& item) { return item.protocol == Protocol::kIpcomp; });
  if (requirement.headers.empty()) {
    requirement.headers = wire_headers(policy.templates, PolicyLevel::kUse);
    requirement.level = PolicyLevel::kUse;
  }
  if (requirement.headers.empty()) requirement.action = Action::kBypass;
  const bool tunnel_ends_open = std::ranges::any_of(
      requirement.headers, [](const RequiredHeader& header) { return opens_tunnel(header.mode) && !header.has_ends(); });
  requirement.any_tunnel_ends = requirement.any_tunnel_ends || tunnel_ends_open;
  return requirement;
}

bool same_requirement(const Requirement& left, const Requirement& right) {
  return left.action == right.action && left.level == right.level && left.selector == right.selector && left.headers == right.headers &&
         left.any_tunnel_ends == right.any_tunnel_ends && left.command_line == right.command_line &&
         left.source_open == right.source_open && left.destination_open == right.destination_open;
}

}  // namespace espy::ipsec
