#include "config/toml_tree.h"

#include <stdexcept>

#include "config/included_files.h"
#include "ipsec/key.h"

namespace espy::config {

[[noreturn]] static void refuse_toml() { throw std::invalid_argument("malformed TOML"); }

}  // namespace espy::config

// toml++ 3.3 asserts on some malformed texts ("[[.") that it should refuse. Compiled here, its assertions are refusals, in release builds
// too.
#undef NDEBUG
#undef TOML_HEADER_ONLY
#undef TOML_SHARED_LIB
#define TOML_HEADER_ONLY 1
#define TOML_ASSERT(expression) ((expression) ? void() : ::espy::config::refuse_toml())
#include <toml++/toml.h>

namespace espy::config {
namespace {

TomlPlace place_of(const toml::source_region& region) { return {region.begin.line, region.begin.column}; }

// Moves the value over, and wipes the library's copy of each string.
TomlNode convert(toml::node& node) {
  TomlNode converted;
  converted.place = place_of(node.source());
  if (auto* text = node.as_string()) {
    converted.kind = TomlNode::Kind::kText;
    converted.text = text->get();
    ipsec::wipe(text->get().data(), text->get().size());
  } else if (const auto* number = node.as_integer()) {
    converted.kind = TomlNode::Kind::kNumber;
    converted.number = number->get();
  } else if (const auto* flag = node.as_boolean()) {
    converted.kind = TomlNode::Kind::kFlag;
    converted.flag = flag->get();
  } else if (auto* array = node.as_array()) {
    converted.kind = TomlNode::Kind::kList;
    for (toml::node& element : *array) converted.list.push_back(convert(element));
  } else if (auto* table = node.as_table()) {
    converted.kind = TomlNode::Kind::kTable;
    for (auto&& [key, below] : *table) {
      TomlNode& child = converted.table.emplace(key.str(), convert(below)).first->second;
      child.key_place = place_of(key.source());
    }
  }
  return converted;
}

// toml++ 3.3 has undefined behaviour for some letters beyond ASCII. In comments they are blanked; elsewhere the place of the first is
// returned.
TomlPlace blank_beyond_ascii(std::string& text) {
  TomlPlace place{1, 0};
  bool comment = false;
  for (char& letter : text) {
    ++place.column;
    if (letter == '#') comment = true;
    if (letter == '\n') {
      place = {place.line + 1, 0};
      comment = false;
    } else if (static_cast<unsigned char>(letter) > 0x7f) {
      if (!comment) return place;
      letter = '?';
    }
  }
  return {};
}

}  // namespace

base::Result<TomlNode> parse_toml(std::string_view text) {
  WipedText copy{std::string(text)};
  if (const TomlPlace place = blank_beyond_ascii(copy.text()); place.line != 0) {
    return std::unexpected(base::Error{.message = "a character here is not ASCII",
                                       .advice = "use such characters in comments alone",
                                       .file = {},
                                       .line = place.line,
                                       .column = place.column});
  }
  try {
    toml::table root = toml::parse(copy.view());
    return convert(root);
  } catch (const toml::parse_error& error) {
    const TomlPlace place = place_of(error.source());
    return std::unexpected(base::Error{.message = "this is not TOML",
                                       .advice = "strings stand in quotes, tables as [[sa]] or [hosts]",
                                       .file = {},
                                       .line = place.line,
                                       .column = place.column});
  } catch (const std::invalid_argument&) {
    return base::fail("this is not TOML", "look for a stray '.' or bracket in a table's name");
  }
}

void wipe(TomlNode& node) {
  ipsec::wipe(node.text.data(), node.text.size());
  for (TomlNode& element : node.list) wipe(element);
  for (auto& [key, below] : node.table) wipe(below);
}

}  // namespace espy::config
