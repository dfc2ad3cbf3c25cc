// SetkeyLexer: setkey.conf as statements of words. White space, newlines and # comments separate words; a semicolon ends a statement.
#pragma once

#include <optional>
#include <vector>

#include "config/scanner.h"

namespace espy::config {

struct SetkeyWord : Word {
  bool in_quotes = false;  // `text` stands without its quotes
};

struct SetkeyStatement {
  std::vector<SetkeyWord> words;
  Word end;               // the semicolon, or the end of the text
  bool ended = false;     // by a semicolon
  bool too_long = false;  // words were left out
};

// "add", "spdadd" … "bye".
const std::vector<std::string_view>& setkey_statements();

class SetkeyLexer {
 public:
  explicit SetkeyLexer(Document& document);
  // The next statement that has words; nullopt at the end of the text.
  std::optional<SetkeyStatement> next();

 private:
  bool skip_blanks();
  void advance(std::size_t count);
  Word take(std::size_t count);
  SetkeyWord take_quoted();
  SetkeyWord take_word();
  bool ended(SetkeyStatement& statement);
  bool semicolon_missing(const SetkeyStatement& statement);

  Document& document_;
  std::string_view rest_;
  std::uint32_t line_ = 1;
  std::uint32_t column_ = 1;
};

// Reads the words of one statement in order.
class SetkeyCursor {
 public:
  explicit SetkeyCursor(const SetkeyStatement& statement) : statement_(statement) {}

  // The next word, or nullptr at the end of the statement.
  const SetkeyWord* peek() const { return index_ < statement_.words.size() ? &statement_.words[index_] : nullptr; }
  const SetkeyWord* next() { return index_ < statement_.words.size() ? &statement_.words[index_++] : nullptr; }
  // Skips the next word when it is `text`.
  bool skip(std::string_view text);
  // The place of the next word, or of the end.
  Word place() const { return peek() != nullptr ? static_cast<Word>(*peek()) : statement_.end; }

 private:
  const SetkeyStatement& statement_;
  std::size_t index_ = 0;
};

}  // namespace espy::config
