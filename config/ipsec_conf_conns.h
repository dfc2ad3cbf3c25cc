// Conns of an ipsec.conf with `also` and %default worked in, by the rules of the daemon that the file was written for: in Libreswan and
// Openswan the first definition of a parameter wins, in strongSwan the section's own.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/ipsec_conf_sections.h"

namespace espy::config {

enum class IpsecConfDialect : std::uint8_t { kUnknown, kLibreswan, kStrongswan };

struct IpsecConn {
  std::string name;
  ipsec::Origin origin;
  std::map<std::string, IpsecConfParameter, std::less<>> parameters;
  bool is_base = false;  // another conn names it in `also`

  // The value, or "" where the parameter is not given.
  std::string_view value(std::string_view key) const;
  bool has(std::string_view key) const { return parameters.contains(key); }
};

// Which daemon's file this is, from keywords that only one of them knows.
IpsecConfDialect find_dialect(const std::vector<IpsecConfSection>& sections);

// All conns but %default. With an unknown dialect Libreswan's rule is taken, and a conn that strongSwan would read differently gives
// config.also-order.
std::vector<IpsecConn> resolve_conns(Document& document, const std::vector<IpsecConfSection>& sections, IpsecConfDialect dialect);

}  // namespace espy::config
