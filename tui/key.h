// Key: what was pressed: a character, a control character, or a key with a name. No terminal's numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace espy::tui {

// Values below kUp are code points: Key{'a'}, Key{4} is ^d.
enum class Key : std::uint32_t {
  kNone = 0,
  kTab = 9,
  kEnter = 13,
  kEscape = 27,
  kSpace = 32,
  kBackspace = 127,
  kUp = 0x110000,
  kDown,
  kLeft,
  kRight,
  kHome,
  kEnd,
  kPageUp,
  kPageDown,
  kInsert,
  kDelete,
  kShiftTab,
  kF1,
  kF12 = kF1 + 11,
};

constexpr Key key(char letter) { return static_cast<Key>(static_cast<unsigned char>(letter)); }
// ^d is control('d').
constexpr Key control(char letter) { return static_cast<Key>(letter & 0x1f); }
constexpr Key function_key(int number) {
  return static_cast<Key>(static_cast<std::uint32_t>(Key::kF1) + static_cast<std::uint32_t>(number) - 1);
}

// "a", "^d", "Space", "S-Tab", "PgDn", "F10": as keys are written in help and in tui.toml.
std::string name(Key key);
std::optional<Key> find_key(std::string_view name);

}  // namespace espy::tui
