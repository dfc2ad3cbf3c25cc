#include "report/escape.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>

namespace espy::report {

namespace {

struct CodeRange {
  char32_t first;
  char32_t last;
  constexpr bool contains(char32_t code) const { return first <= code && code <= last; }
};

// Soft hyphen, Arabic letter mark, zero-width and direction marks, separators, byte order mark, annotations, tags, private use.
constexpr auto kInvisible = std::to_array<CodeRange>({{0x80, 0x9f},
                                                      {0xad, 0xad},
                                                      {0x61c, 0x61c},
                                                      {0x180e, 0x180e},
                                                      {0x200b, 0x200f},
                                                      {0x2028, 0x202e},
                                                      {0x2060, 0x206f},
                                                      {0xe000, 0xf8ff},
                                                      {0xfe00, 0xfe0f},
                                                      {0xfeff, 0xfeff},
                                                      {0xfff0, 0xfffb},
                                                      {0xfffe, 0xffff},
                                                      {0xe0000, 0x10ffff}});

constexpr auto kWide = std::to_array<CodeRange>({{0x1100, 0x115f},
                                                 {0x2e80, 0xa4cf},
                                                 {0xa960, 0xa97f},
                                                 {0xac00, 0xd7a3},
                                                 {0xf900, 0xfaff},
                                                 {0xfe30, 0xfe6f},
                                                 {0xff00, 0xff60},
                                                 {0xffe0, 0xffe6},
                                                 {0x16fe0, 0x1b2ff},
                                                 {0x1f000, 0x1faff},
                                                 {0x20000, 0x3fffd}});

template <std::size_t size>
bool within(const std::array<CodeRange, size>& ranges, char32_t code) {
  return std::ranges::any_of(ranges, [code](const CodeRange& range) { return range.contains(code); });
}

// Octets that a lead octet announces; 0 for one that cannot lead.
std::size_t announced(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

bool well_formed(char32_t code, std::size_t size) {
  if (size == 3) return code >= 0x800 && (code < 0xd800 || code > 0xdfff);
  return size != 4 || (code >= 0x10000 && code <= 0x10ffff);
}

void append_escaped(std::string_view octets, const Character& character, Alphabet alphabet, std::string& out) {
  if (character.code == 0xffffffff || character.code < 0x20 || character.code == 0x7f) {
    out += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(octets[0]));
  } else if (within(kInvisible, character.code) || (alphabet == Alphabet::kAscii && character.code > 0x7e)) {
    out += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(character.code));
  } else {
    out += octets;
  }
}

// The longest beginning of `text` that takes at most `width` columns.
std::string_view head(std::string_view text, std::size_t width) {
  std::size_t end = 0;
  while (end < text.size()) {
    const Character next = first_character(text.substr(end));
    const std::size_t wide = columns(next);
    if (wide > width) break;
    width -= wide;
    end += next.size;
  }
  return text.substr(0, end);
}

std::string_view tail(std::string_view text, std::size_t width) {
  std::size_t rest = columns(text);
  while (rest > width && !text.empty()) {
    const Character next = first_character(text);
    rest -= columns(next);
    text.remove_prefix(next.size);
  }
  return text;
}

}  // namespace

Character first_character(std::string_view text) {
  if (text.empty()) return {};
  const auto octet = [text](std::size_t index) { return static_cast<std::uint8_t>(text[index]); };
  const std::size_t size = announced(octet(0));
  if (size == 0 || size > text.size()) return {.size = 1};
  if (size == 1) return {.size = 1, .code = octet(0)};
  auto code = static_cast<char32_t>(octet(0) & (0x7f >> size));
  for (std::size_t index = 1; index < size; ++index) {
    if ((octet(index) & 0xc0) != 0x80) return {.size = 1};
    code = code << 6 | static_cast<char32_t>(octet(index) & 0x3f);
  }
  return well_formed(code, size) ? Character{.size = size, .code = code} : Character{.size = 1};
}

std::size_t columns(const Character& character) {
  if (character.code < 0x20) return 0;
  return within(kWide, character.code) ? 2 : 1;
}

std::string escape(std::string_view text, Alphabet alphabet) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character next = first_character(text);
    append_escaped(text.substr(0, next.size), next, alphabet, out);
    text.remove_prefix(next.size);
  }
  return out;
}

std::size_t columns(std::string_view text) {
  std::size_t sum = 0;
  while (!text.empty()) {
    const Character next = first_character(text);
    sum += columns(next);
    text.remove_prefix(next.size);
  }
  return sum;
}

std::string shorten(std::string_view text, std::size_t width, Alphabet alphabet) {
  const std::string safe = escape(text, alphabet);
  if (columns(safe) <= width) return safe;
  const std::string_view ellipsis = alphabet == Alphabet::kAscii ? "..." : "…";
  const std::size_t room = width - columns(ellipsis);
  return fmt::format("{}{}{}", head(safe, (room + 1) / 2), ellipsis, tail(safe, room / 2));
}

}  // namespace espy::report
