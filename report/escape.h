// Escape: text from captures, files and command lines made safe for a terminal, an XML file or a log. Hostile input is normal: what
// comes out is valid UTF-8 without control characters, direction marks or invisible characters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace espy::report {

enum class Alphabet : bool { kUnicode, kAscii };

// Control characters and broken UTF-8 become \x1b, characters that hide or reorder text \u{202e}; with kAscii everything beyond ASCII
// does. A backslash stays as it is.
std::string escape(std::string_view text, Alphabet alphabet = Alphabet::kUnicode);

// Columns of a terminal that escaped text takes; never too few.
std::size_t columns(std::string_view text);

// Escaped text in at most `width` columns (at least 5), its middle replaced by an ellipsis where it is too long.
std::string shorten(std::string_view text, std::size_t width, Alphabet alphabet = Alphabet::kUnicode);

// Octets of the first character of `text` (1 for a broken one; 0 when empty) and its code point, 0xffffffff when broken.
struct Character {
  std::size_t size = 0;
  char32_t code = 0xffffffff;
};
Character first_character(std::string_view text);

// Columns of one character: 0 for the markers below 0x20, 2 for East Asian wide ones.
std::size_t columns(const Character& character);

}  // namespace espy::report
