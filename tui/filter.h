// Filter: what `/` narrows the rows to (T10): words, key:value, !negation, /re/, a..b ranges; all must hold.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace espy::tui {

// The columns of a row by name, as shown: {"state", "leak"}, {"pair", "10.0.0.1 > 10.0.0.2"}, {"packets", "31"} …
using Fields = std::vector<std::pair<std::string_view, std::string>>;

class Filter {
 public:
  Filter() = default;
  // Errors: an unknown form, a bad regular expression or range; the sentence says which.
  static base::Result<Filter> read(std::string_view text);

  bool empty() const { return terms_.empty(); }
  const std::string& text() const { return text_; }
  bool matches(const Fields& fields) const;

 private:
  struct Term {
    std::string key;  // "" is any field
    std::string value;
    bool negated = false;
    bool expression = false;  // a regular expression of a bounded size
    bool range = false;
    double low = 0, high = 0;
  };
  std::string text_;
  std::vector<Term> terms_;
};

}  // namespace espy::tui
