#include "config/ipsec_conf_sections.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/words.h"

namespace espy::config {
namespace {

using Kind = IpsecConfSection::Kind;

bool is_blank(char letter) { return kBlanks.find(letter) != std::string_view::npos; }

// A comment begins at a # that starts the line or follows a blank, outside of quotes.
std::string_view without_comment(std::string_view line) {
  bool quoted = false;
  for (std::size_t index = 0; index < line.size(); ++index) {
    if (line[index] == '"') quoted = !quoted;
    if (line[index] == '#' && !quoted && (index == 0 || is_blank(line[index - 1]))) return line.substr(0, index);
  }
  return line;
}

std::string unquoted(std::string_view value) {
  if (value.size() < 2 || !value.starts_with('"') || !value.ends_with('"')) return std::string(value);
  std::string text;
  for (std::size_t index = 1; index + 1 < value.size(); ++index) {
    if (value[index] == '\\' && index + 2 < value.size()) ++index;
    text += value[index];
  }
  return text;
}

// The first word of `line`, and what follows it.
std::pair<std::string_view, std::string_view> first_word(std::string_view line) {
  const std::size_t end = std::min(line.find_first_of(kBlanks), line.size());
  return {line.substr(0, end), trim(line.substr(end))};
}

class SectionReader {
 public:
  explicit SectionReader(Document& document) : document_(document), files_(document) {}

  void read_text(const std::string& name, std::string_view text) {
    in_section_ = false;
    std::uint32_t number = 0;
    while (!text.empty()) {
      ipsec::Origin origin{name, ++number};
      std::string joined(cut_line(text));
      while (joined.ends_with('\\') && !text.empty()) {
        joined.pop_back();
        joined += trim(cut_line(text));
        ++number;
      }
      read_line(joined, origin);
    }
    in_section_ = false;
  }

  std::vector<IpsecConfSection> take() { return std::move(sections_); }

 private:
  static std::string_view cut_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  void read_line(std::string_view line, const ipsec::Origin& origin) {
    const std::string_view content = trim(without_comment(line));
    if (content.empty()) return;
    const auto [word, rest] = first_word(content);
    if (word == "conn" || word == "ca" || word == "config") {
      start_section(word, rest, origin);
    } else if (word == "include" && !rest.starts_with('=')) {
      files_.each(unquoted(rest), origin, [this](const std::string& file, std::string_view text) { read_text(file, text); });
    } else if (word != "version") {
      read_parameter(content, origin, static_cast<std::uint32_t>(content.data() - line.data()) + 1);
    }
  }

  void start_section(std::string_view word, std::string_view name, const ipsec::Origin& origin) {
    in_section_ = true;
    if (name.empty() || (word == "config" && name != "setup")) {
      error_at(document_, origin, fmt::format("'{}' needs a name", word), word == "config" ? "write: config setup" : "write: conn NAME");
    }
    const Kind kind = word == "conn" ? Kind::kConn : word == "ca" ? Kind::kAuthority : Kind::kSetup;
    sections_.push_back({kind, unquoted(name), origin, {}});
  }

  void read_parameter(std::string_view content, const ipsec::Origin& origin, std::uint32_t column) {
    const std::size_t equals = content.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      error_at(document_, origin, fmt::format("'{}' is no parameter", content.substr(0, 40)), "write: name=value", column);
    } else if (!in_section_) {
      error_at(document_, origin, fmt::format("'{}' stands before any section", trim(content.substr(0, equals))),
               "put it behind a conn NAME", column);
    } else {
      const std::string_view value = trim(content.substr(equals + 1));
      const std::size_t offset = value.empty() ? equals + 1 : static_cast<std::size_t>(value.data() - content.data());
      sections_.back().parameters.push_back(
          {lower(trim(content.substr(0, equals))), unquoted(value), origin, column + static_cast<std::uint32_t>(offset)});
    }
  }

  Document& document_;
  IncludedFiles files_;
  std::vector<IpsecConfSection> sections_;
  bool in_section_ = false;
};

}  // namespace

std::vector<IpsecConfSection> read_ipsec_conf_sections(Document& document) {
  SectionReader reader(document);
  reader.read_text(document.name, document.text);
  return reader.take();
}

}  // namespace espy::config
