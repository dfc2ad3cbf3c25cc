// Prompt: a line of text while it is typed: a filter or a command. Keys mean themselves here (T9).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tui/canvas.h"
#include "tui/key.h"

namespace espy::tui {

enum class PromptKind : std::uint8_t { kFilter, kCommand };
enum class PromptStep : std::uint8_t { kGoesOn, kAccepted, kCancelled };

class Prompt {
 public:
  static constexpr std::size_t kLongest = 200;

  Prompt(PromptKind kind, std::string text) : kind_(kind), text_(std::move(text)), cursor_(text_.size()) {}

  // What Tab offers for the text so far: whole texts that continue it.
  using Completions = std::function<std::vector<std::string>(std::string_view text)>;
  PromptStep press(Key key, const Completions& completions);

  PromptKind kind() const { return kind_; }
  const std::string& text() const { return text_; }
  // Red and with its reason while the text means nothing.
  void judge(std::string trouble) { trouble_ = std::move(trouble); }
  const std::string& trouble() const { return trouble_; }
  // Draws over a whole row; returns the cursor's column.
  int draw(Canvas& canvas, int row) const;

 private:
  void insert(char32_t letter);
  void erase_before();
  void erase_after();
  void move(int direction);
  void complete(const Completions& completions);

  PromptKind kind_;
  std::string text_;
  std::size_t cursor_;  // octets before it
  std::string trouble_;
  std::vector<std::string> offered_;  // by the last Tab
  std::size_t next_ = 0;
};

}  // namespace espy::tui
