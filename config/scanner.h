// Scanner: what the key formats share: words with their places, numbers, keys, and how a word may be quoted in a message. It knows no
// format. Views into the text of the document; nothing but keys is copied.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/document.h"
#include "ipsec/key.h"

namespace espy::config {

// A piece of text and its place, both counted from 1.
struct Word {
  std::string_view text;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

// Cuts a text into lines without their ends (LF or CRLF). A byte order mark before the first line is skipped.
class Lines {
 public:
  explicit Lines(std::string_view text);
  // The next line, or nullopt at the end.
  std::optional<Word> next();

 private:
  std::string_view rest_;
  std::uint32_t line_ = 0;
};

// The words of a line, between blanks.
std::vector<Word> words_of(const Word& line);

// A part of `word` from `offset`, with its place.
Word part(const Word& word, std::size_t offset, std::size_t size = std::string_view::npos);

// Decimal, or hexadecimal after 0x; nullopt for anything else and above `largest`.
std::optional<std::uint64_t> read_number(std::string_view text, std::uint64_t largest);
std::optional<std::uint32_t> read_number32(std::string_view text);

// The digits of a key without their 0x. Errors name the count of digits, never a digit.
base::Result<ipsec::Key> read_hex_key(std::string_view digits);
ipsec::Key key_from_text(std::string_view text);

bool starts_with_0x(std::string_view text);

// `word` in quotes for a message; what is long or looks like a key is described by its length instead.
std::string quoted(std::string_view word);

// "did you mean 'x'?" when a candidate is near, else `otherwise`.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates, std::string otherwise = {});

// Adds an error at the place of `word`.
void error_at(Document& document, const Word& word, std::string message, std::string advice = {});
void error_at(Document& document, const Word& word, const base::Error& error);

// Sorts the policies as the kernel matches them and hands them to the document as one Spd; without policies there is none.
void add_spd(Document& document, std::vector<ipsec::Policy> policies);

// "0x201", as people write SPIs.
std::string short_spi(const std::optional<base::Spi>& spi);

// Whether the keys of `association` fit its algorithms; else errors at `place` that name SPI and sizes. Hidden keys fit.
bool check_key_sizes(Document& document, const Word& place, const ipsec::Association& association);

}  // namespace espy::config
