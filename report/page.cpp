#include "report/page.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "report/escape.h"
#include "report/words.h"

namespace espy::report {

namespace {

constexpr char kHardSpace = 0x1f;

constexpr std::array<std::string_view, 7> kSequences{"", "\x1b[0m", "\x1b[1m", "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[2m"};

bool is_style(char octet) { return octet >= static_cast<char>(Style::kPlain) && octet <= static_cast<char>(Style::kFaint); }

Alphabet alphabet(const TextOptions& options) { return options.ascii ? Alphabet::kAscii : Alphabet::kUnicode; }

// The hard space is a marker that takes a column, unlike the others.
std::size_t visible(const Character& character) { return character.code == kHardSpace ? 1 : columns(character); }

std::size_t visible(std::string_view text) { return columns(text) + static_cast<std::size_t>(std::ranges::count(text, kHardSpace)); }

std::string padding(std::string_view text, std::size_t width) {
  const std::size_t taken = visible(text);
  return std::string(taken < width ? width - taken : 0, kHardSpace);
}

// Octets at the start of `word` that take at most `room` columns, at least one character.
std::size_t fitting(std::string_view word, std::size_t room) {
  std::size_t end = 0;
  std::size_t taken = 0;
  while (end < word.size()) {
    const Character next = first_character(word.substr(end));
    taken += visible(next);
    if (taken > room && end > 0) break;
    end += next.size;
  }
  return end;
}

}  // namespace

std::string styled(Style style, std::string_view text) {
  return fmt::format("{}{}{}", static_cast<char>(style), text, static_cast<char>(Style::kPlain));
}

Style style_of(verdict::Verdict verdict) {
  switch (verdict) {
    case verdict::Verdict::kProtected: return Style::kGood;
    case verdict::Verdict::kInconclusive: return Style::kDoubt;
    case verdict::Verdict::kViolated: return Style::kBad;
  }
  return Style::kPlain;
}

Style style_of(verdict::Severity severity) {
  switch (severity) {
    case verdict::Severity::kNote: return Style::kStrong;
    case verdict::Severity::kWarning: return Style::kDoubt;
    case verdict::Severity::kCritical: return Style::kBad;
  }
  return Style::kPlain;
}

std::string column(std::string_view text, std::size_t width) { return std::string(text) + padding(text, width); }

std::string right_column(std::string_view text, std::size_t width) { return padding(text, width) + std::string(text); }

std::string Page::safe(std::string_view text) const { return escape(text, alphabet(options_)); }

std::string Page::safe(std::string_view text, std::size_t width) const { return shorten(text, width, alphabet(options_)); }

void Page::blank() { out_ << '\n'; }

void Page::heading(std::string_view title) {
  blank();
  write(0, 0, styled(Style::kStrong, title));
}

void Page::write(std::size_t indent, std::size_t hanging, std::string_view text) {
  start_line(indent);
  while (true) {
    const std::size_t space = text.find(' ');
    put_word(text.substr(0, space), hanging);
    if (space == std::string_view::npos) break;
    text.remove_prefix(space + 1);
  }
  end_line();
}

void Page::put_word(std::string_view word, std::size_t hanging) {
  if (!fresh_ && column_ + 1 + visible(word) > kPageWidth) {
    end_line();
    start_line(hanging);
  }
  if (!fresh_) put(" ");
  while (visible(word) > kPageWidth - column_) {
    const std::size_t part = fitting(word, kPageWidth - column_);
    put(word.substr(0, part));
    word.remove_prefix(part);
    end_line();
    start_line(hanging);
  }
  put(word);
  fresh_ = false;
}

void Page::start_line(std::size_t indent) {
  line_.assign(indent, ' ');
  column_ = indent;
  fresh_ = true;
  if (const char style = active_; style != static_cast<char>(Style::kPlain)) put_style(style);
}

void Page::end_line() {
  if (options_.color == Color::kAlways && active_ != static_cast<char>(Style::kPlain)) line_ += kSequences[1];
  while (line_.ends_with(' ')) line_.pop_back();
  out_ << line_ << '\n';
}

void Page::put(std::string_view text) {
  column_ += visible(text);
  for (const char octet : text) {
    if (is_style(octet)) {
      put_style(octet);
    } else {
      line_ += octet == kHardSpace ? ' ' : octet;
    }
  }
}

void Page::put_style(char marker) {
  active_ = marker;
  if (options_.color == Color::kAlways) line_ += kSequences[static_cast<std::size_t>(marker)];
}

std::size_t Page::shown(std::size_t rows) const { return options_.rows == 0 ? rows : std::min(rows, options_.rows); }

void Page::more(std::size_t indent, std::size_t left, std::string_view noun) {
  if (left == 0) return;
  write(indent, indent, styled(Style::kFaint, fmt::format("and {} more; --rows 0 shows all", count(left, noun))));
}

}  // namespace espy::report
