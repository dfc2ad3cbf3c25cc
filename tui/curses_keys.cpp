#include "tui/curses_keys.h"

#define NCURSES_NOMACROS 1
#include <ncurses.h>

#include <algorithm>
#include <array>

namespace espy::tui {
namespace {

struct NamedKey {
  int curses;
  Key key;
};

constexpr auto kNamedKeys = std::to_array<NamedKey>({
    {KEY_UP, Key::kUp},
    {KEY_DOWN, Key::kDown},
    {KEY_LEFT, Key::kLeft},
    {KEY_RIGHT, Key::kRight},
    {KEY_HOME, Key::kHome},
    {KEY_END, Key::kEnd},
    {KEY_PPAGE, Key::kPageUp},
    {KEY_NPAGE, Key::kPageDown},
    {KEY_IC, Key::kInsert},
    {KEY_DC, Key::kDelete},
    {KEY_BTAB, Key::kShiftTab},
    {KEY_ENTER, Key::kEnter},
    {KEY_BACKSPACE, Key::kBackspace},
});

}  // namespace

Key key_of_function(wint_t code) {
  const auto number = static_cast<int>(code);
  if (number > KEY_F(0) && number <= KEY_F(12)) return function_key(number - KEY_F(0));
  const auto found = std::ranges::find(kNamedKeys, number, &NamedKey::curses);
  return found == kNamedKeys.end() ? Key::kNone : found->key;
}

Key key_of_character(wint_t code) {
  if (code == '\n' || code == '\r') return Key::kEnter;
  if (code == 8 || code == 127) return Key::kBackspace;
  return static_cast<Key>(code);
}

}  // namespace espy::tui
