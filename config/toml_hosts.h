// TomlHosts: the names for addresses that [hosts] of espy's TOML gives, and the ends of SAs and policies, which may be such names.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "config/toml_entry.h"

namespace espy::config {

class TomlHosts {
 public:
  void read(Document& document, const TomlNode& names);
  // nullptr where nobody has that name.
  const base::Address* find(std::string_view name) const;
  // What `key` names, which must be there: an address, a prefix, or a name of [hosts]. nullopt after an error.
  std::optional<base::Prefix> side(TomlEntry& entry, std::string_view key) const;

 private:
  std::map<std::string, base::Address, std::less<>> hosts_;
};

}  // namespace espy::config
