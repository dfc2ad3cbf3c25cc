#include "tui/glyphs.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace espy::tui {
namespace {

struct StateWords {
  std::string_view ascii, drawn, word;
};

constexpr std::array<StateWords, 6> kStates = {{
    {"X", "✗", "LEAK"},
    {"!", "!", "WARN"},
    {"?", "?", "NONE"},
    {"+", "✓", "OK"},
    {"a", "a", "ACKED"},
    {".", "·", ""},
}};

constexpr std::u32string_view kAsciiBars = U" _.-:=+*#";
constexpr std::u32string_view kBlockBars = U" ▁▂▃▄▅▆▇█";

const StateWords& words(State state) { return kStates[static_cast<std::size_t>(state)]; }

}  // namespace

std::string_view sign(State state, Tier tier) { return tier == Tier::kAscii ? words(state).ascii : words(state).drawn; }

std::string_view word(State state) { return words(state).word; }

char32_t bar(int level, Tier tier) {
  const auto index = static_cast<std::size_t>(std::clamp(level, 0, 8));
  return tier == Tier::kAscii ? kAsciiBars[index] : kBlockBars[index];
}

char32_t horizontal(Tier tier) { return tier == Tier::kAscii ? U'-' : U'─'; }

Tier choose_tier(std::string_view codeset, std::string_view terminal) {
  const bool unicode = codeset == "UTF-8" || codeset == "utf8";
  const bool plain =
      terminal.empty() || terminal == "dumb" || terminal == "linux" || terminal.starts_with("vt") || terminal.starts_with("cons");
  return unicode && !plain ? Tier::kBraille : Tier::kAscii;
}

}  // namespace espy::tui
