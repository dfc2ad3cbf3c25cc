#include "config/setkey_lexer.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/words.h"

namespace espy::config {

namespace {

// A statement of setkey has a few dozen words at most.
constexpr std::size_t kMostWords = 1024;
constexpr std::string_view kWordEnds = " \t\r\n\v\f;#\"";

}  // namespace

const std::vector<std::string_view>& setkey_statements() {
  static const std::vector<std::string_view> statements{"add",       "update",    "delete",   "deleteall", "get", "getspi",
                                                        "flush",     "dump",      "exit",     "quit",      "bye", "spdadd",
                                                        "spdupdate", "spddelete", "spdflush", "spddump"};
  return statements;
}

SetkeyLexer::SetkeyLexer(Document& document) : document_(document), rest_(document.text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
}

void SetkeyLexer::advance(std::size_t count) {
  for (const char letter : rest_.substr(0, count)) {
    ++column_;
    if (letter != '\n') continue;
    ++line_;
    column_ = 1;
  }
  rest_.remove_prefix(std::min(count, rest_.size()));
}

Word SetkeyLexer::take(std::size_t count) {
  const Word word{.text = rest_.substr(0, count), .line = line_, .column = column_};
  advance(count);
  return word;
}

// False at the end of the text.
bool SetkeyLexer::skip_blanks() {
  while (!rest_.empty()) {
    if (rest_.front() == '#') {
      advance(std::min(rest_.find('\n'), rest_.size()));
    } else if (kBlanks.contains(rest_.front())) {
      advance(1);
    } else {
      return true;
    }
  }
  return false;
}

SetkeyWord SetkeyLexer::take_quoted() {
  const std::size_t close = rest_.find('"', 1);
  if (close == std::string_view::npos) {
    const Word open = take(1);
    error_at(document_, open, "this quote is never closed", "end the text with \" before the semicolon");
    return {Word{.text = take(std::min(rest_.find(';'), rest_.size())).text, .line = open.line, .column = open.column}, true};
  }
  const Word whole = take(close + 1);
  return {Word{.text = whole.text.substr(1, close - 1), .line = whole.line, .column = whole.column}, true};
}

SetkeyWord SetkeyLexer::take_word() {
  if (rest_.front() == '"') return take_quoted();
  const std::size_t end = std::min(rest_.find_first_of(kWordEnds), rest_.size());
  return {take(end), false};
}

bool SetkeyLexer::ended(SetkeyStatement& statement) {
  statement.ended = skip_blanks() && rest_.front() == ';';
  if (!rest_.empty() && !statement.ended) return false;
  statement.end = Word{.text = {}, .line = line_, .column = column_};
  if (statement.ended) advance(1);
  return true;
}

// A line that begins like a statement within another one.
bool SetkeyLexer::semicolon_missing(const SetkeyStatement& statement) {
  if (statement.words.empty() || statement.words.back().line == line_) return false;
  const std::string_view word = rest_.substr(0, rest_.find_first_of(kWordEnds));
  if (std::ranges::find(setkey_statements(), word) == setkey_statements().end()) return false;
  document_.error(line_, column_, fmt::format("there is no ';' before '{}'", word), "end the statement above with ';'");
  return true;
}

std::optional<SetkeyStatement> SetkeyLexer::next() {
  while (skip_blanks()) {
    SetkeyStatement statement;
    while (!ended(statement)) {
      if (semicolon_missing(statement)) {
        statement.ended = true;
        statement.end = Word{.text = {}, .line = line_, .column = column_};
        break;
      }
      const SetkeyWord word = take_word();
      if (statement.words.size() < kMostWords) {
        statement.words.push_back(word);
      } else {
        statement.too_long = true;
      }
    }
    if (!statement.words.empty()) return statement;
  }
  return std::nullopt;
}

bool SetkeyCursor::skip(std::string_view text) {
  const SetkeyWord* word = peek();
  if (word == nullptr || word->in_quotes || word->text != text) return false;
  ++index_;
  return true;
}

}  // namespace espy::config
