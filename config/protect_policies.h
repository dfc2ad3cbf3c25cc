// ProtectTerms: a policy in espy's own words (--protect, and the TOML's [[protect]], [[bypass]], [[discard]]), and the kernel-like policies
// of both directions that it stands for (VERDICT.md V7).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/upper_layer.h"

namespace espy::config {

struct TunnelPath {
  base::Address from;  // the gateway on the side of `from`
  base::Address to;
};

struct ProtectTerms {
  std::string name;
  ipsec::Action action = ipsec::Action::kProtect;
  base::Prefix from;
  base::Prefix to;
  std::vector<UpperLayer> services;      // of `to`; empty: everything
  std::vector<ipsec::Protocol> require;  // outermost first
  ipsec::Mode mode = ipsec::Mode::kAny;
  std::optional<TunnelPath> via;
  ipsec::PolicyLevel level = ipsec::PolicyLevel::kRequire;
  ipsec::Origin origin;
};

// "esp", "ah", "ah,esp": the headers, outermost first.
base::Result<std::vector<ipsec::Protocol>> read_require(std::string_view text);

// Two gateways of one family.
base::Result<TunnelPath> read_via(std::string_view from, std::string_view to);

// "tcp/23", "udp/1000-2000", "icmp".
base::Result<UpperLayer> read_service(std::string_view text);

// Two prefixes of one family that are not the same.
base::Result<bool> check_sides(const base::Prefix& from, const base::Prefix& to);

// Appends the policies, there and back, for each service.
void add_policies(const ProtectTerms& terms, std::vector<ipsec::Policy>& policies);

}  // namespace espy::config
