#include "config/swanctl_tree.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "config/words.h"

namespace espy::config {
namespace {

constexpr std::size_t kDeepest = 32;
constexpr std::size_t kMostParts = 16;  // sections that one view inherits from
constexpr std::size_t kMostBases = 16;

const SwanctlSection* find_section(const SwanctlSection& parent, std::string_view name) {
  const auto found = parent.sections.find(name);
  return found == parent.sections.end() ? nullptr : found->second.get();
}

const SwanctlSection* find_path(const SwanctlSection& root, std::string_view path) {
  const SwanctlSection* section = &root;
  for (const std::string_view name : split(path, ".")) {
    section = find_section(*section, name);
    if (section == nullptr) return nullptr;
  }
  return section == &root ? nullptr : section;
}

// Position in one file, with its line.
class Cursor {
 public:
  Cursor(std::string name, std::string_view text) : text_(text), line_(text.data()), origin_{std::move(name), 1} {}
  bool at_end() const { return text_.empty(); }
  char peek() const { return text_.empty() ? '\0' : text_.front(); }
  const ipsec::Origin& origin() const { return origin_; }
  std::uint32_t column() const { return static_cast<std::uint32_t>(text_.data() - line_) + 1; }

  char take() {
    const char letter = text_.front();
    text_.remove_prefix(1);
    if (letter == '\n') {
      ++origin_.line;
      line_ = text_.data();
    }
    return letter;
  }
  std::string_view take_until(std::string_view stops) {
    const std::string_view word = text_.substr(0, std::min(text_.find_first_of(stops), text_.size()));
    text_.remove_prefix(word.size());
    origin_.line += static_cast<std::uint32_t>(std::ranges::count(word, '\n'));
    if (const std::size_t end = word.rfind('\n'); end != std::string_view::npos) line_ = word.data() + end + 1;
    return word;
  }
  void skip_blanks() {
    while (!at_end() && (peek() == ' ' || peek() == '\t' || peek() == '\r')) take();
  }
  // Blanks, line ends and comments.
  void skip_space() {
    while (!at_end() && (kBlanks.contains(peek()) || peek() == '#')) {
      if (peek() == '#') take_until("\n");
      if (!at_end()) take();
    }
  }

 private:
  std::string_view text_;
  const char* line_;  // where the current line begins
  ipsec::Origin origin_;
};

class TreeReader {
 public:
  explicit TreeReader(Document& document) : document_(document), files_(document) {}

  void read_text(const std::string& name, std::string_view text, SwanctlSection& into, std::size_t depth) {
    Cursor cursor(name, text);
    read_body(cursor, into, depth, true);
  }

 private:
  // The items of a section up to its closing brace, or of a file up to its end.
  void read_body(Cursor& cursor, SwanctlSection& into, std::size_t depth, bool is_file) {
    const ipsec::Origin start = cursor.origin();
    const std::uint32_t start_column = cursor.column();
    for (cursor.skip_space(); !cursor.at_end(); cursor.skip_space()) {
      if (cursor.peek() == '}') {
        const ipsec::Origin brace = cursor.origin();
        const std::uint32_t column = cursor.column();
        cursor.take();
        if (!is_file) return;
        error_at(document_, brace, "this '}' closes no section", "remove it", column);
      } else {
        read_item(cursor, into, depth);
      }
    }
    if (!is_file) error_at(document_, start, fmt::format("section '{}' is not closed", into.name), "add a '}'", start_column);
  }

  void read_item(Cursor& cursor, SwanctlSection& into, std::size_t depth) {
    const ipsec::Origin origin = cursor.origin();
    const std::uint32_t column = cursor.column();
    const std::string name(cursor.take_until("#{}:,=\" \t\r\n"));
    cursor.skip_blanks();
    if (name == "include" && cursor.peek() != '=' && cursor.peek() != '{') return read_include(cursor, into, origin, depth);
    if (!name.empty() && cursor.peek() == '=') return read_setting(cursor, into, name, origin);
    cursor.skip_space();
    if (!name.empty() && (cursor.peek() == '{' || cursor.peek() == ':')) return read_section(cursor, into, name, origin, depth);
    error_at(
        document_, origin,
        name.empty() ? std::string("a name is missing here") : fmt::format("'{}' is neither a setting nor a section", name.substr(0, 40)),
        "write: name = value, or name { … }", column);
    if (name.empty() && !cursor.at_end() && cursor.peek() != '}') cursor.take();
    cursor.take_until("\n}");
  }

  void read_include(Cursor& cursor, SwanctlSection& into, const ipsec::Origin& origin, std::size_t depth) {
    WipedText pattern;
    if (cursor.peek() == '"') {
      read_quoted(cursor, pattern);
    } else {
      pattern.append(cursor.take_until(" \t\r\n#}"));
    }
    files_.each(pattern.view(), origin, [&](const std::string& name, std::string_view content) { read_text(name, content, into, depth); });
  }

  void read_setting(Cursor& cursor, SwanctlSection& into, const std::string& name, const ipsec::Origin& origin) {
    cursor.take();
    cursor.skip_blanks();
    const std::uint32_t column = cursor.column();
    into.settings.insert_or_assign(name, SwanctlSetting{read_value(cursor), origin, column});
  }

  // Words up to the end of the line, a comment or a brace, with one blank between.
  ipsec::Key read_value(Cursor& cursor) {
    WipedText value;
    for (cursor.skip_blanks(); !cursor.at_end() && !std::string_view("#}\n").contains(cursor.peek()); cursor.skip_blanks()) {
      if (!value.view().empty()) value.append(" ");
      if (cursor.peek() == '"') {
        read_quoted(cursor, value);
      } else {
        value.append(cursor.take_until("#}\" \t\r\n"));
      }
    }
    return ipsec::Key::take({value.view().begin(), value.view().end()});
  }

  void read_quoted(Cursor& cursor, WipedText& value) {
    const ipsec::Origin origin = cursor.origin();
    const std::uint32_t column = cursor.column();
    cursor.take();
    while (!cursor.at_end() && cursor.peek() != '"') {
      value.append(cursor.take_until("\"\\"));
      if (cursor.peek() == '\\') read_escape(cursor, value);
    }
    if (cursor.at_end()) return error_at(document_, origin, "the quotes of this value are not closed", "end it with a \"", column);
    cursor.take();
  }

  static void read_escape(Cursor& cursor, WipedText& value) {
    cursor.take();
    if (cursor.at_end()) return;
    const char letter = cursor.take();
    if (letter == '\n') return;
    const char meant = letter == 'n' ? '\n' : letter == 'r' ? '\r' : letter == 't' ? '\t' : letter;
    value.append({&meant, 1});
  }

  void read_section(Cursor& cursor, SwanctlSection& into, const std::string& name, const ipsec::Origin& origin, std::size_t depth) {
    std::unique_ptr<SwanctlSection>& slot = into.sections[name];
    if (!slot)
      slot = std::make_unique<SwanctlSection>(SwanctlSection{.name = name, .origin = origin, .bases = {}, .settings = {}, .sections = {}});
    SwanctlSection* section = slot.get();
    if (cursor.peek() == ':') {
      cursor.take();
      for (const std::string_view base : split(cursor.take_until("{}="), ", \t\r\n")) {
        if (section->bases.size() < kMostBases) section->bases.emplace_back(base);
      }
    }
    if (cursor.peek() != '{') return error_at(document_, origin, fmt::format("section '{}' has no '{{'", name), "write: name : base { … }");
    cursor.take();
    if (depth >= kDeepest) {
      error_at(document_, origin, fmt::format("sections are nested deeper than {}", kDeepest));
      cursor.take_until({});
      return;
    }
    read_body(cursor, *section, depth + 1, false);
  }

  Document& document_;
  IncludedFiles files_;
};

void check_bases(Document& document, const SwanctlSection& root, const SwanctlSection& section) {
  for (const std::string& base : section.bases) {
    if (find_path(root, base) != nullptr) continue;
    error_at(document, section.origin, fmt::format("section '{}' builds on '{}', which is not there", section.name, base),
             "give the file that has it");
  }
  for (const auto& [name, below] : section.sections) check_bases(document, root, *below);
}

}  // namespace

SwanctlView::SwanctlView(const SwanctlSection& root, const SwanctlSection& section) : root_(&root) { add(section, 0); }

void SwanctlView::add(const SwanctlSection& section, std::size_t depth) {
  if (depth > kDeepest || parts_.size() >= kMostParts || std::ranges::find(parts_, &section) != parts_.end()) return;
  parts_.push_back(&section);
  for (const std::string& base : section.bases) {
    if (const SwanctlSection* found = find_path(*root_, base)) add(*found, depth + 1);
  }
}

const SwanctlSetting* SwanctlView::find(std::string_view key) const {
  for (const SwanctlSection* part : parts_) {
    if (const auto found = part->settings.find(key); found != part->settings.end()) return &found->second;
  }
  return nullptr;
}

std::string_view SwanctlView::value(std::string_view key) const {
  const SwanctlSetting* setting = find(key);
  if (setting == nullptr) return {};
  return {reinterpret_cast<const char*>(setting->value.secret().data()), setting->value.size()};
}

SwanctlView SwanctlView::below(std::string_view name) const {
  SwanctlView view(*root_);
  for (const SwanctlSection* part : parts_) {
    if (const SwanctlSection* found = find_section(*part, name)) view.add(*found, 0);
  }
  return view;
}

std::vector<std::string> SwanctlView::names() const {
  std::set<std::string_view> names;
  for (const SwanctlSection* part : parts_) {
    for (const auto& [name, section] : part->sections) names.insert(name);
  }
  return {names.begin(), names.end()};
}

SwanctlSection read_swanctl_tree(Document& document) {
  SwanctlSection root;
  TreeReader(document).read_text(document.name, document.text, root, 0);
  check_bases(document, root, root);
  return root;
}

}  // namespace espy::config
