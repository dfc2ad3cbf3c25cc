#include "tui/expression.h"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace espy::tui {
namespace {

using Set = std::bitset<256>;

unsigned char octet(char letter) { return static_cast<unsigned char>(letter); }

// A range in both cases.
void add_range(Set& set, unsigned char first, unsigned char last) {
  for (unsigned value = first; value <= last; ++value) {
    set.set(value);
    if ((value | 0x20U) >= 'a' && (value | 0x20U) <= 'z') set.set(value ^ 0x20U);
  }
}

void add_class(Set& set, char name) {
  switch (name) {
    case 'd': return add_range(set, '0', '9');
    case 's': add_range(set, '\t', '\r'); return add_range(set, ' ', ' ');
    case 'w':
      add_range(set, '0', '9');
      add_range(set, '_', '_');
      return add_range(set, 'a', 'z');
    default: add_range(set, octet(name), octet(name));
  }
}

}  // namespace

// Recursive descent: alternatives > sequence > repetition > atom. Built backwards: every part is given the state that follows it.
class ExpressionReader {
 public:
  using Kind = Expression::Kind;
  using Index = std::uint16_t;

  explicit ExpressionReader(std::string_view text) : text_(text) {}

  base::Result<Expression> read() {
    if (text_.size() > Expression::kLongest) return base::fail(fmt::format("it is longer than {}", Expression::kLongest));
    const Part part = alternatives();
    if (trouble_.empty() && !text_.empty()) trouble_ = "a ) has no ( before it";
    if (!trouble_.empty()) return base::fail(trouble_);
    close(part, add({.kind = Kind::kMatch}));
    built_.start_ = part.start;
    return std::move(built_);
  }

 private:
  // Its exits are states whose `next` (kFork: `other`) is still to be filled in.
  struct Part {
    Index start = 0;
    std::vector<Index> exits;
  };

  Index add(Expression::State state) {
    built_.states_.push_back(state);
    return static_cast<Index>(built_.states_.size() - 1);
  }

  void close(const Part& part, Index target) {
    for (const Index exit : part.exits) {
      Expression::State& state = built_.states_[exit];
      (state.kind == Kind::kFork ? state.other : state.next) = target;
    }
  }

  Part single(Expression::State state) {
    const Index index = add(state);
    return {index, {index}};
  }

  bool take(char letter) {
    if (text_.empty() || text_.front() != letter) return false;
    text_.remove_prefix(1);
    return true;
  }

  char take_any() {
    const char letter = text_.front();
    text_.remove_prefix(1);
    return letter;
  }

  Part alternatives() {
    Part part = sequence();
    while (take('|')) {
      const Part right = sequence();
      const Index fork = add({.kind = Kind::kFork, .next = part.start, .other = right.start});
      part.start = fork;
      part.exits.insert(part.exits.end(), right.exits.begin(), right.exits.end());
    }
    return part;
  }

  // An empty sequence is a fork both of whose ways lead on.
  Part empty() {
    const Index gate = add({.kind = Kind::kFork});
    built_.states_[gate].next = gate;
    return {gate, {gate}};
  }

  Part sequence() {
    std::optional<Part> part;
    while (trouble_.empty() && !text_.empty() && text_.front() != '|' && text_.front() != ')') {
      Part next = repetition();
      if (part) {
        close(*part, next.start);
        part->exits = std::move(next.exits);
      } else {
        part = std::move(next);
      }
    }
    return part ? *part : empty();
  }

  Part repetition() {
    Part part = atom();
    while (trouble_.empty() && !text_.empty()) {
      if (take('*')) {
        part = looped(part, Loop::kFromNone);
      } else if (take('+')) {
        part = looped(part, Loop::kFromOne);
      } else if (take('?')) {
        const Index fork = add({.kind = Kind::kFork, .next = part.start});
        part.start = fork;
        part.exits.push_back(fork);
      } else {
        break;
      }
    }
    return part;
  }

  enum class Loop : std::uint8_t { kFromNone, kFromOne };

  Part looped(const Part& part, Loop loop) {
    const Index fork = add({.kind = Kind::kFork, .next = part.start});
    close(part, fork);
    return {loop == Loop::kFromNone ? fork : part.start, {fork}};
  }

  Part refuse(std::string_view why) {
    if (trouble_.empty()) trouble_ = why;
    return {};
  }

  Part atom() {
    const char letter = take_any();
    switch (letter) {
      case '(': return group();
      case '[': return bracket();
      case '.': return single({.kind = Kind::kSet, .set = Set().set()});
      case '^': return single({.kind = Kind::kBegin});
      case '$': return single({.kind = Kind::kEnd});
      case '*':
      case '+':
      case '?': return refuse(fmt::format("nothing stands before {}", letter));
      case '{': return refuse("counts in { } are not supported");
      case '\\': return escaped();
      default: return letters(letter);
    }
  }

  Part letters(char name) {
    Set set;
    add_range(set, octet(name), octet(name));
    return single({.kind = Kind::kSet, .set = set});
  }

  Part escaped() {
    if (text_.empty()) return refuse("nothing stands after the last \\");
    const char name = take_any();
    if (name >= '0' && name <= '9') return refuse("back-references are not supported");
    Set set;
    add_class(set, name);
    return single({.kind = Kind::kSet, .set = set});
  }

  Part group() {
    const Part part = alternatives();
    return take(')') ? part : refuse("a ( has no )");
  }

  Part bracket() {
    Set set;
    const bool inverted = take('^');
    bool first = true;
    while (!text_.empty() && (first || text_.front() != ']')) {
      first = false;
      if (!range(set)) return {};
    }
    if (!take(']')) return refuse("a [ has no ]");
    return single({.kind = Kind::kSet, .set = inverted ? ~set : set});
  }

  bool range(Set& set) {
    const char low = take_any();
    if (low == '\\' && !text_.empty()) {
      add_class(set, take_any());
      return true;
    }
    if (text_.size() < 2 || text_[0] != '-' || text_[1] == ']') {
      add_range(set, octet(low), octet(low));
      return true;
    }
    take('-');
    const char high = take_any();
    if (octet(high) < octet(low)) return refuse(fmt::format("the range {}-{} is empty", low, high)).start != 0;
    add_range(set, octet(low), octet(high));
    return true;
  }

  std::string_view text_;
  std::string trouble_;
  Expression built_;
};

base::Result<Expression> Expression::read(std::string_view pattern) { return ExpressionReader(pattern).read(); }

// The states that the text so far may have led to.
struct Expression::Walk {
  const Expression& expression;
  std::size_t text_size;
  std::vector<std::size_t> reached;  // by state: the position + 1 at which it was last added
  std::vector<std::uint16_t> now, next, pending;
  bool matched = false;

  // Follows what takes no octet, without recursion.
  void add(std::vector<std::uint16_t>& states, std::uint16_t start, std::size_t position) {
    pending.push_back(start);
    while (!pending.empty()) {
      const std::uint16_t index = pending.back();
      pending.pop_back();
      if (std::exchange(reached[index], position + 1) == position + 1) continue;
      const State& state = expression.states_[index];
      if (state.kind == Kind::kMatch) matched = true;
      if (state.kind == Kind::kSet) states.push_back(index);
      if (state.kind == Kind::kFork || (state.kind == Kind::kBegin && position == 0)) pending.push_back(state.next);
      if (state.kind == Kind::kEnd && position == text_size) pending.push_back(state.next);
      if (state.kind == Kind::kFork) pending.push_back(state.other);
    }
  }

  void step(unsigned char value, std::size_t position) {
    next.clear();
    for (const std::uint16_t index : now) {
      if (expression.states_[index].set[value]) add(next, expression.states_[index].next, position);
    }
    add(next, expression.start_, position);
    std::swap(now, next);
  }
};

bool Expression::found_in(std::string_view text) const {
  Walk walk{.expression = *this,
            .text_size = text.size(),
            .reached = std::vector<std::size_t>(states_.size()),
            .now = {},
            .next = {},
            .pending = {}};
  walk.add(walk.now, start_, 0);
  for (std::size_t i = 0; i < text.size() && !walk.matched; ++i) walk.step(octet(text[i]), i + 1);
  return walk.matched;
}

}  // namespace espy::tui
