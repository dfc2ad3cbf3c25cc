// TomlPolicy: a [[policy]] of espy's TOML: one policy of one direction as a kernel or a daemon's file holds it, for what `espy convert`
// writes. People write [[protect]].
#pragma once

#include <optional>
#include <string>

#include "config/toml_entry.h"

namespace espy::config {

struct TomlPolicy {
  std::string host;  // policies of one host are one Spd; empty: the file's own
  ipsec::Policy policy;
};

// nullopt after an error.
std::optional<TomlPolicy> read_toml_policy(TomlEntry& entry, const TomlNode& node);

// "any", an address or a prefix; nullopt after an error.
std::optional<base::Prefix> read_toml_prefix(TomlEntry& entry, std::string_view key);

}  // namespace espy::config
