#include "config/toml_tree.h"

#include <algorithm>
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

// Keys never enter the library, which leaves copies behind while its strings grow: each is hidden behind as many of these letters, and put
// back from the text by its place.
constexpr char kHidden = 'x';

// The literal that follows `at`, the end of a key's name, up to its closing quote; empty where there is none, or one with escapes.
std::string_view literal_after(std::string_view text, std::size_t at) {
  std::string_view line = text.substr(at, text.find('\n', at) - at);
  const std::size_t quote = line.find_first_not_of("\"' \t", line.find_first_not_of("\"' \t"));
  if (quote == std::string_view::npos || line[quote] != '=') return {};
  line.remove_prefix(quote + 1);
  const std::size_t open = line.find_first_not_of(" \t");
  if (open == std::string_view::npos || (line[open] != '"' && line[open] != '\'')) return {};
  const std::string_view rest = line.substr(open + 1);
  const std::string_view literal = rest.substr(0, std::min(rest.find(line[open]), rest.size()));
  return literal.size() == rest.size() || literal.find('\\') != std::string_view::npos ? std::string_view() : literal;
}

void hide_keys(std::string& text) {
  constexpr std::string_view kName = "_key";
  for (std::size_t at = text.find(kName); at != std::string::npos; at = text.find(kName, at)) {
    at += kName.size();
    const std::string_view literal = literal_after(text, at);
    const auto first = static_cast<std::size_t>(literal.data() - text.data());
    if (!literal.empty()) std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(first), literal.size(), kHidden);
  }
}

// The text as it was written, and where its lines begin.
class Original {
 public:
  explicit Original(std::string_view text) : text_(text) {
    for (std::size_t at = 0; at != std::string_view::npos && at <= text.size();) {
      lines_.push_back(at);
      const std::size_t end = text.find('\n', at);
      at = end == std::string_view::npos ? end : end + 1;
    }
  }

  // Puts back what was hidden of the string whose quote stands at `place`.
  void reveal(const TomlPlace& place, std::string& value) const {
    const bool hidden = !value.empty() && value.find_first_not_of(kHidden) == std::string::npos;
    if (!hidden || place.line == 0 || place.line > lines_.size()) return;
    const std::size_t first = lines_[place.line - 1] + place.column;
    if (first + value.size() <= text_.size()) value.replace(0, value.size(), text_.substr(first, value.size()));
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> lines_;
};

TomlNode convert(const toml::node& node, const Original& original) {
  TomlNode converted;
  converted.place = place_of(node.source());
  if (const auto* text = node.as_string()) {
    converted.kind = TomlNode::Kind::kText;
    converted.text = text->get();
    original.reveal(converted.place, converted.text);
  } else if (const auto* number = node.as_integer()) {
    converted.kind = TomlNode::Kind::kNumber;
    converted.number = number->get();
  } else if (const auto* flag = node.as_boolean()) {
    converted.kind = TomlNode::Kind::kFlag;
    converted.flag = flag->get();
  } else if (const auto* array = node.as_array()) {
    converted.kind = TomlNode::Kind::kList;
    for (const toml::node& element : *array) converted.list.push_back(convert(element, original));
  } else if (const auto* table = node.as_table()) {
    converted.kind = TomlNode::Kind::kTable;
    for (auto&& [key, below] : *table) {
      TomlNode& child = converted.table.emplace(key.str(), convert(below, original)).first->second;
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
  hide_keys(copy.text());
  try {
    const toml::table root = toml::parse(copy.view());
    return convert(root, Original(text));
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
