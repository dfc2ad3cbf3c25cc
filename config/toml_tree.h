// TomlNode: a TOML text as a tree of plain values with their places, so that only one file knows the parser's library.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace espy::config {

struct TomlPlace {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct TomlNode {
  enum class Kind : std::uint8_t { kText, kNumber, kFlag, kList, kTable, kOther };
  Kind kind = Kind::kOther;  // kOther: dates and fractions, of which espy has none
  TomlPlace place;
  TomlPlace key_place;  // of the key before it, in a table
  std::string text;
  std::int64_t number = 0;
  bool flag = false;
  std::vector<TomlNode> list;
  std::map<std::string, TomlNode, std::less<>> table;
};

// The table of the whole file, or an error with its line and column.
base::Result<TomlNode> parse_toml(std::string_view text);

// Overwrites every string of the tree: some are keys.
void wipe(TomlNode& node);

}  // namespace espy::config
