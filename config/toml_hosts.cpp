#include "config/toml_hosts.h"

namespace espy::config {

void TomlHosts::read(Document& document, const TomlNode& names) {
  TomlEntry entry(document, names, "[hosts]");
  for (const auto& [name, node] : names.table) {
    const auto word = entry.text(name);
    const auto address = base::read_address(word.value_or(""));
    if (address) {
      hosts_.emplace(name, *address);
    } else if (word) {
      entry.error(name, address.error().message, address.error().advice);
    }
  }
}

const base::Address* TomlHosts::find(std::string_view name) const {
  const auto found = hosts_.find(name);
  return found == hosts_.end() ? nullptr : &found->second;
}

std::optional<base::Prefix> TomlHosts::side(TomlEntry& entry, std::string_view key) const {
  const std::string word = entry.required(key);
  if (const base::Address* const host = find(word)) return base::host_prefix(*host);
  const auto prefix = base::read_prefix(word);
  if (prefix) return *prefix;
  if (!word.empty()) entry.error(key, prefix.error().message, "give an address, a prefix, or a name of [hosts]");
  return std::nullopt;
}

}  // namespace espy::config
