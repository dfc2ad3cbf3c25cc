// Expression: a regular expression whose search takes time linear in the text, whatever it is: it steps a set of states and never goes
// back. Letters (in any case), ., [a-z], [^a-z], \d \w \s, ^, $, (…), |, *, +, ?. No back-references and no counts, which could run away.
#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace espy::tui {

class Expression {
 public:
  static constexpr std::size_t kLongest = 128;

  static base::Result<Expression> read(std::string_view pattern);
  // Whether it matches somewhere in `text`.
  bool found_in(std::string_view text) const;

 private:
  friend class ExpressionReader;
  enum class Kind : std::uint8_t { kSet, kBegin, kEnd, kFork, kMatch };
  struct State {
    Kind kind = Kind::kMatch;
    std::uint16_t next = 0;
    std::uint16_t other = 0;    // kFork: the second way
    std::bitset<256> set = {};  // kSet: the octets that lead on
  };
  struct Walk;

  std::vector<State> states_;
  std::uint16_t start_ = 0;
};

}  // namespace espy::tui
