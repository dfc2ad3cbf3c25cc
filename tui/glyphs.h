// Glyphs: the characters that stand for states, rates and frames, in three tiers (T7): ASCII, block elements, braille.
#pragma once

#include <cstdint>
#include <string_view>

namespace espy::tui {

enum class Tier : std::uint8_t { kAscii, kBlock, kBraille };

// What is told of a requirement, an SA, a flow or an event, worst first. Shown as sign, word and role: never by colour alone (T5).
enum class State : std::uint8_t { kLeak, kWarn, kNone, kOk, kAcked, kNote };

std::string_view sign(State state, Tier tier);  // "X" "!" "?" "+" "a" ".", or "✗" "!" "?" "✓" "a" "·"
std::string_view word(State state);             // "LEAK", "WARN", "NONE", "OK", "ACKED", ""

// A bar of a sparkline: `level` 0 (nothing) to 8 (full). ASCII: " _.-:=+*#".
char32_t bar(int level, Tier tier);
char32_t horizontal(Tier tier);  // of a pane's title line

// What nl_langinfo(CODESET) and TERM allow: ASCII for codesets other than UTF-8 and for terminals whose font is small (linux, vt*).
Tier choose_tier(std::string_view codeset, std::string_view terminal);

}  // namespace espy::tui
