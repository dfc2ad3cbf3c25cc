#include "tui/filter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "base/edit_distance.h"

namespace espy::tui {
namespace {

constexpr std::size_t kLongestSubject = 1024;  // of a field that an expression looks at

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& letter : result) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return result;
}

// Words are separated by blanks outside of "…" and /…/.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  char fence = 0;
  char before = ' ';
  for (const char letter : text) {
    const bool opens = letter == '"' || (letter == '/' && (before == ' ' || before == ':' || before == '!'));
    if (fence == 0 && opens) {
      fence = letter;
    } else if (fence == letter && before != '\\') {
      fence = 0;
    }
    if (letter == ' ' && fence == 0) {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    } else {
      word.push_back(letter);
    }
    before = letter;
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

bool is_key(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char letter) { return (letter >= 'a' && letter <= 'z') || letter == '_'; });
}

// Whether `value` has `pattern` in it, in which * stands for any text and ? for one letter. Linear in both but for the last star.
bool matches_wildcard(std::string_view pattern, std::string_view value) {
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  std::size_t p = 0;
  std::size_t v = 0;
  while (v < value.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = v;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == value[v])) {
      ++p;
      ++v;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      v = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::optional<double> whole_number(std::string_view text) {
  double number = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (trouble != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string nearest(std::string_view key, std::span<const std::string> keys) {
  const auto found = std::ranges::min_element(keys, {}, [&](const std::string& other) { return base::edit_distance(key, other); });
  if (found == keys.end()) return "no key is known here";
  return base::edit_distance(key, *found) <= 2 ? fmt::format("did you mean {}", *found)
                                               : fmt::format("keys here: {}", fmt::join(keys, " "));
}

}  // namespace

base::Result<void> Filter::read_expression(std::string_view value, Term& term) {
  if (value.size() < 2 || value.back() != '/') return base::fail("the regular expression has no closing /");
  auto expression = Expression::read(value.substr(1, value.size() - 2));
  if (!expression) return base::fail(fmt::format("{} is not a regular expression: {}", value, expression.error().message));
  term.expression = std::make_shared<const Expression>(std::move(*expression));
  return {};
}

base::Result<void> Filter::read_value(std::string_view value, Term& term) {
  if (value.starts_with('/')) return read_expression(value, term);
  if (value.starts_with('=')) {
    term.exact = true;
    value.remove_prefix(1);
  }
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
  const std::size_t dots = value.find("..");
  if (dots != std::string_view::npos && !term.key.empty()) {
    const std::string_view low = value.substr(0, dots), high = value.substr(dots + 2);
    term.low = low.empty() ? std::nullopt : shown_number(low);
    term.high = high.empty() ? std::nullopt : shown_number(high);
    if ((low.empty() && high.empty()) || term.low.has_value() == low.empty() || term.high.has_value() == high.empty()) {
      return base::fail(fmt::format("\"{}\" is not a range of numbers, like 1..50 or 10..", value));
    }
    if (term.low && term.high && *term.low > *term.high) return base::fail(fmt::format("the range {} is empty", value));
  }
  term.value = lower(value);
  if (term.value.empty()) return base::fail(fmt::format("{}: needs a value", term.key));
  return {};
}

base::Result<Filter::Term> Filter::read_term(std::string_view text) {
  Term term;
  if (text.starts_with('!')) {
    term.negated = true;
    text.remove_prefix(1);
  }
  if (text.empty()) return base::fail("! needs a term after it");
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos && is_key(text.substr(0, colon))) {
    term.key = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (auto read = read_value(text, term); !read) return std::unexpected(read.error());
  return term;
}

base::Result<Filter> Filter::read(std::string_view text) {
  if (text.size() > kLongestText) return base::fail(fmt::format("the filter is longer than {}", kLongestText));
  Filter filter;
  filter.text_ = text;
  for (const std::string& word : split(text)) {
    auto term = read_term(word);
    if (!term) return std::unexpected(term.error());
    filter.terms_.push_back(std::move(*term));
  }
  return filter;
}

base::Result<Filter> Filter::read(std::string_view text, std::span<const std::string> keys) {
  auto filter = read(text);
  if (!filter) return filter;
  for (const Term& term : filter->terms_) {
    if (term.key.empty() || std::ranges::find(keys, term.key) != keys.end()) continue;
    return base::fail(fmt::format("no key \"{}\"; {}", term.key, nearest(term.key, keys)));
  }
  return filter;
}

bool Filter::holds(const Term& term, std::string_view value) {
  if (term.expression) return term.expression->found_in(value.substr(0, kLongestSubject));
  if (term.low || term.high) {
    const auto number = shown_number(value);
    return number && (!term.low || *number >= *term.low) && (!term.high || *number <= *term.high);
  }
  const std::string shown = lower(value);
  if (term.exact) return shown == term.value;
  if (term.value.find_first_of("*?") == std::string::npos) return shown.find(term.value) != std::string::npos;
  return matches_wildcard(term.value, shown);
}

bool Filter::matches(const Fields& fields) const {
  return std::ranges::all_of(terms_, [&](const Term& term) {
    const bool found = std::ranges::any_of(
        fields, [&](const auto& field) { return (term.key.empty() || field.first == term.key) && holds(term, field.second); });
    return found != term.negated;
  });
}

std::optional<double> shown_number(std::string_view value) {
  const std::size_t digits = std::min(value.find_first_not_of("0123456789.-"), value.size());
  const auto number = whole_number(value.substr(0, digits));
  if (!number) return std::nullopt;
  switch (digits < value.size() ? value[digits] : ' ') {
    case 'k': return *number * 1e3;
    case 'K': return *number * 1024;
    case 'M': return *number * 1e6;
    case 'G': return *number * 1e9;
    case 'T': return *number * 1e12;
    default: return number;
  }
}

}  // namespace espy::tui
