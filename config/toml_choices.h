// Choices: the words that a key of espy's TOML may have, and what each means.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/toml_entry.h"

namespace espy::config {

template <class Id, std::size_t kSize>
struct Choices {
  std::array<std::pair<std::string_view, Id>, kSize> entries;

  // The meaning of `key`'s word; `otherwise` when it is absent, an error when it is none of the entries.
  Id read(TomlEntry& entry, std::string_view key, Id otherwise) const {
    const auto word = entry.text(key);
    if (!word) return otherwise;
    std::vector<std::string_view> names;
    for (const auto& [name, id] : entries) {
      if (name == *word) return id;
      names.push_back(name);
    }
    entry.error(key, fmt::format("'{}' is no {}", word->substr(0, 40), key), fmt::format("use one of {}", fmt::join(names, ", ")));
    return otherwise;
  }
};

inline constexpr Choices<ipsec::Protocol, 3> kProtocols{
    {{{"esp", ipsec::Protocol::kEsp}, {"ah", ipsec::Protocol::kAh}, {"ipcomp", ipsec::Protocol::kIpcomp}}}};
inline constexpr Choices<ipsec::Mode, 5> kModes{{{{"any", ipsec::Mode::kAny},
                                                  {"transport", ipsec::Mode::kTransport},
                                                  {"tunnel", ipsec::Mode::kTunnel},
                                                  {"beet", ipsec::Mode::kBeet},
                                                  {"iptfs", ipsec::Mode::kIptfs}}}};
inline constexpr Choices<ipsec::PolicyLevel, 2> kLevels{{{{"require", ipsec::PolicyLevel::kRequire}, {"use", ipsec::PolicyLevel::kUse}}}};

}  // namespace espy::config
