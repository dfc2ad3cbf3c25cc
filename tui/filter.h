// Filter: what `/` narrows the rows to (T10). Terms are separated by blanks, and all must hold:
//   word            some field holds it, in any case           key:value    that field holds it; * and ? stand for text and a letter
//   "two words"     with blanks                                key:=value   that field is exactly it
//   /expression/    some field matches, key:/expression/ too   key:a..b     that field's number is in the range; an end may be missing
//   !term           the term does not hold
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tui/expression.h"

namespace espy::tui {

// The columns of a row by name, as shown: {"state", "leak"}, {"pair", "10.0.0.1 > 10.0.0.2"}, {"packets", "31"} …
using Fields = std::vector<std::pair<std::string_view, std::string>>;

class Filter {
 public:
  static constexpr std::size_t kLongestText = 256;

  Filter() = default;
  // Errors: an unknown form, a bad regular expression or range; the sentence says which.
  static base::Result<Filter> read(std::string_view text);
  // The same for rows that have these fields only: any other key is an error that names the nearest.
  static base::Result<Filter> read(std::string_view text, std::span<const std::string> keys);

  bool empty() const { return terms_.empty(); }
  const std::string& text() const { return text_; }
  bool matches(const Fields& fields) const;

 private:
  struct Term {
    std::string key;    // "" is any field
    std::string value;  // in lower case
    bool negated = false;
    bool exact = false;
    std::shared_ptr<const Expression> expression;
    std::optional<double> low, high;  // of a range
  };
  static base::Result<Term> read_term(std::string_view text);
  static base::Result<void> read_value(std::string_view value, Term& term);
  static base::Result<void> read_expression(std::string_view value, Term& term);
  static bool holds(const Term& term, std::string_view value);

  std::string text_;
  std::vector<Term> terms_;
};

// The number that a shown value begins with, its unit taken into account: "1.5k" is 1500, "4.2K" 4300.8, "99.79%" 99.79; nullopt: none.
std::optional<double> shown_number(std::string_view value);

}  // namespace espy::tui
