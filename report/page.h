// Page: lines of at most 80 columns with words in colour where that is asked for. It wraps; it does not know what it says.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

#include "report/report.h"
#include "verdict/summary.h"

namespace espy::report {

inline constexpr std::size_t kPageWidth = 80;

// Written into text as one octet below 0x20, which escaped text never holds, so that hostile text cannot colour anything.
enum class Style : char { kPlain = 1, kStrong, kGood, kBad, kDoubt, kFaint };

// `text` must be escaped.
std::string styled(Style style, std::string_view text);

Style style_of(verdict::Verdict verdict);
Style style_of(verdict::Severity severity);

// `text` filled up to `width` columns with spaces that do not break; longer text stays.
std::string column(std::string_view text, std::size_t width);
std::string right_column(std::string_view text, std::size_t width);

class Page {
 public:
  Page(const TextOptions& options, std::ostream& out) : options_(options), out_(out) {}

  const TextOptions& options() const { return options_; }

  // Foreign text made safe, whole or in at most `width` columns.
  std::string safe(std::string_view text) const;
  std::string safe(std::string_view text, std::size_t width) const;

  void blank();
  // An empty line and a title.
  void heading(std::string_view title);
  // Words wrapped at spaces; the first line starts at column `indent`, the others at `hanging`. Both must be below 60.
  void write(std::size_t indent, std::size_t hanging, std::string_view text);
  // "and 12 more …" where a table was cut; nothing when `left` is 0.
  void more(std::size_t indent, std::size_t left, std::string_view noun);
  // How many of `rows` a table shows.
  std::size_t shown(std::size_t rows) const;

 private:
  void put_word(std::string_view word, std::size_t hanging);
  void start_line(std::size_t indent);
  void end_line();
  void put(std::string_view text);
  void put_style(char marker);

  TextOptions options_;
  std::ostream& out_;
  std::string line_;
  std::size_t column_ = 0;
  bool fresh_ = true;  // no word on this line yet
  char active_ = static_cast<char>(Style::kPlain);
};

}  // namespace espy::report
