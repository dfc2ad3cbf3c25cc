#include "tui/prompt.h"

#include <algorithm>
#include <utility>

#include "tui/unicode.h"

namespace espy::tui {
namespace {

bool continues(char octet) { return (static_cast<unsigned char>(octet) & 0xc0U) == 0x80; }

}  // namespace

void Prompt::insert(char32_t letter) {
  std::string octets;
  append_utf8(octets, letter);
  if (text_.size() + octets.size() > kLongest) return;
  text_.insert(cursor_, octets);
  cursor_ += octets.size();
}

void Prompt::move(int direction) {
  const auto blocked = [&] { return direction < 0 ? cursor_ == 0 : cursor_ == text_.size(); };
  if (blocked()) return;
  do {
    cursor_ = direction < 0 ? cursor_ - 1 : cursor_ + 1;
  } while (!blocked() && continues(text_[cursor_]));
}

void Prompt::erase_after() {
  const std::size_t begin = cursor_;
  move(1);
  text_.erase(begin, cursor_ - begin);
  cursor_ = begin;
}

void Prompt::erase_before() {
  if (cursor_ == 0) return;
  move(-1);
  erase_after();
}

void Prompt::complete(const Completions& completions) {
  if (offered_.empty()) {
    offered_ = completions(text_);
    next_ = 0;
  }
  if (offered_.empty()) return;
  text_ = offered_[next_].substr(0, kLongest);
  next_ = (next_ + 1) % offered_.size();
  cursor_ = text_.size();
}

PromptStep Prompt::press(Key key, const Completions& completions) {
  if (key == Key::kTab) {
    complete(completions);
    return PromptStep::kGoesOn;
  }
  offered_.clear();
  switch (key) {
    case Key::kEnter: return PromptStep::kAccepted;
    case Key::kEscape: return PromptStep::kCancelled;
    case Key::kBackspace:
      if (text_.empty()) return PromptStep::kCancelled;
      erase_before();
      break;
    case Key::kDelete: erase_after(); break;
    case Key::kLeft: move(-1); break;
    case Key::kRight: move(1); break;
    case Key::kHome: cursor_ = 0; break;
    case Key::kEnd: cursor_ = text_.size(); break;
    default:
      if (key == control('u')) text_.erase(0, std::exchange(cursor_, 0));
      if (std::to_underlying(key) >= ' ' && key < Key::kUp && cell_count(std::to_underlying(key)) > 0) insert(std::to_underlying(key));
  }
  return PromptStep::kGoesOn;
}

int Prompt::draw(Canvas& canvas, int row) const {
  const Style style{.role = trouble_.empty() ? Role::kTitle : Role::kLeak};
  canvas.put(row, 0, std::string(static_cast<std::size_t>(canvas.width()), ' '), style);
  const int begin = canvas.put(row, 0, kind_ == PromptKind::kFilter ? "/ " : ": ", style);
  // The end of a text that is longer than the row is what is being typed.
  const int room = std::max(canvas.width() - begin - 1, 1);
  std::size_t from = 0;
  while (width_of(std::string_view(text_).substr(from, cursor_ - from)) > room)
    from += first_code_point(std::string_view(text_).substr(from)).size;
  const std::string_view shown = std::string_view(text_).substr(from);
  const int end = canvas.put(row, begin, shown, style);
  const int reason = canvas.width() - width_of(trouble_) - 1;
  if (!trouble_.empty()) canvas.put(row, std::max(reason, end + 2), trouble_, style);
  return begin + width_of(shown.substr(0, cursor_ - from));
}

}  // namespace espy::tui
