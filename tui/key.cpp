#include "tui/key.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tui/unicode.h"

namespace espy::tui {
namespace {

constexpr auto kNames = std::to_array<std::pair<Key, std::string_view>>({
    {Key::kTab, "Tab"},
    {Key::kEnter, "Enter"},
    {Key::kEscape, "Esc"},
    {Key::kSpace, "Space"},
    {Key::kBackspace, "Backspace"},
    {Key::kUp, "Up"},
    {Key::kDown, "Down"},
    {Key::kLeft, "Left"},
    {Key::kRight, "Right"},
    {Key::kHome, "Home"},
    {Key::kEnd, "End"},
    {Key::kPageUp, "PgUp"},
    {Key::kPageDown, "PgDn"},
    {Key::kInsert, "Ins"},
    {Key::kDelete, "Del"},
    {Key::kShiftTab, "S-Tab"},
});

std::optional<Key> find_function_key(std::string_view name) {
  for (int number = 1; number <= 12; ++number) {
    if (name == fmt::format("F{}", number)) return function_key(number);
  }
  return std::nullopt;
}

}  // namespace

std::string name(Key key) {
  const auto found = std::ranges::find(kNames, key, [](const auto& entry) { return entry.first; });
  if (found != kNames.end()) return std::string(found->second);
  if (key >= Key::kF1 && key <= Key::kF12) return fmt::format("F{}", std::to_underlying(key) - std::to_underlying(Key::kF1) + 1);
  const char32_t value = std::to_underlying(key);
  if (value < 0x20) return fmt::format("^{}", static_cast<char>(value + (value >= 1 && value <= 26 ? 0x60 : 0x40)));
  std::string text;
  append_utf8(text, value);
  return text;
}

std::optional<Key> find_key(std::string_view name) {
  const auto found = std::ranges::find(kNames, name, [](const auto& entry) { return entry.second; });
  if (found != kNames.end()) return found->first;
  if (const auto function = find_function_key(name)) return function;
  if (name.size() == 2 && name[0] == '^' && name[1] > ' ') return control(name[1]);
  if (name.empty()) return std::nullopt;
  const CodePoint point = first_code_point(name);
  if (point.size != name.size() || cell_count(point.value) == 0) return std::nullopt;
  return static_cast<Key>(point.value);
}

}  // namespace espy::tui
