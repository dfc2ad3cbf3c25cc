// unicode: one code point out of UTF-8, into it, and how many cells a terminal gives it. Own tables, so that no locale changes a screen.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace espy::tui {

inline constexpr char32_t kNoCodePoint = 0xffffffff;

struct CodePoint {
  char32_t value = kNoCodePoint;  // kNoCodePoint: the octets are not UTF-8
  std::size_t size = 1;           // octets it took; 1 where they are not UTF-8
};

// The first code point of `text`, which must not be empty. Overlong forms, surrogates and values past U+10FFFF are not UTF-8.
CodePoint first_code_point(std::string_view text);

void append_utf8(std::string& text, char32_t value);

// 1 or 2 cells; 0 for what must not reach a terminal as it is: control, combining, zero-width and bidi characters, letters that run from
// right to left, and whatever the table does not know.
int cell_count(char32_t value);

}  // namespace espy::tui
