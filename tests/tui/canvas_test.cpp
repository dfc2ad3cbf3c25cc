#include "tui/canvas.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <clocale>
#include <cwchar>
#include <random>
#include <vector>

#include "tui/glyphs.h"
#include "tui/unicode.h"

namespace espy::tui {
namespace {

TEST(Canvas, CutsAtEveryEdge) {
  Canvas canvas(5, 2);
  EXPECT_EQ(canvas.put(0, 3, "abc"), 5);
  EXPECT_EQ(canvas.put(1, -2, "xyz"), 1);
  canvas.put(2, 0, "below");
  canvas.put(-1, 0, "above");
  canvas.set(1, 5, U'r');
  EXPECT_EQ(canvas.text(), "   ab\nz\n");
  EXPECT_EQ(canvas.at(7, 7).glyph, U' ');
}

TEST(Canvas, PutsUpToAnEndColumn) {
  Canvas canvas(10, 1);
  EXPECT_EQ(canvas.put(0, 2, 5, "abcdef", {}), 5);
  EXPECT_EQ(canvas.text(), "  abc\n");
}

TEST(Canvas, GivesWideCharactersTwoCells) {
  Canvas canvas(6, 1);
  EXPECT_EQ(canvas.put(0, 0, "a漢b"), 4);
  EXPECT_EQ(canvas.at(0, 2).glyph, U'\0');
  EXPECT_EQ(canvas.text(), "a漢b\n");
  EXPECT_EQ(width_of("a漢b"), 4);
}

TEST(Canvas, NeverShowsHalfAWideCharacter) {
  Canvas edge(4, 1);
  EXPECT_EQ(edge.put(0, 0, "abc漢"), 3);
  EXPECT_EQ(edge.text(), "abc\n");
  Canvas over(4, 1);
  over.put(0, 0, "漢漢");
  over.set(0, 1, U'x');
  EXPECT_EQ(over.text(), " x漢\n");
  over.set(0, 2, U'y');
  EXPECT_EQ(over.text(), " xy\n");
  Canvas outside(2, 1);
  outside.put(0, -1, "漢b");
  EXPECT_EQ(outside.text(), " b\n");
}

TEST(Canvas, SetsOnlyWhatFillsOneCell) {
  Canvas canvas(3, 1);
  canvas.set(0, 0, 0x1b);
  canvas.set(0, 1, U'漢');
  canvas.set(0, 2, U'█');
  EXPECT_EQ(canvas.text(), "??█\n");
}

TEST(Canvas, RestylesWithoutChangingText) {
  Canvas canvas(4, 1);
  canvas.put(0, 0, "abcd", {.role = Role::kLeak});
  canvas.restyle(0, 1, 1, {.role = Role::kOk});
  canvas.reverse(0, 2, 9);
  EXPECT_EQ(canvas.at(0, 0).style, Style{.role = Role::kLeak});
  EXPECT_EQ(canvas.at(0, 1).style, Style{.role = Role::kOk});
  EXPECT_EQ(canvas.at(0, 3).style, (Style{.role = Role::kLeak, .reverse = true}));
  EXPECT_EQ(canvas.text(), "abcd\n");
}

struct Escape {
  std::string_view raw, shown;
};

TEST(Canvas, EscapesWhatCouldActOnATerminal) {
  const Escape kCases[] = {
      {"plain ~", "plain ~"},
      {"\x1b[2J", "\\x1b[2J"},
      {"a\tb\r\n", "a\\x09b\\x0d\\x0a"},
      {"\x7f", "\\x7f"},
      {"\xc2\x9b"
       "31m",
       "\\x9b31m"},  // C1 CSI in UTF-8
      {"\x9b"
       "31m",
       "\\x9b31m"},  // and as a raw octet
      {"\xe2\x80\xae"
       "exe",
       "\\u202eexe"},               // right-to-left override
      {"\xe2\x81\xa6", "\\u2066"},  // isolate
      {"a\xe2\x80\x8b"
       "b",
       "a\\u200bb"},                                 // zero-width space
      {"\xef\xbb\xbf", "\\ufeff"},                   // byte order mark
      {"e\xcc\x81", "e\\u0301"},                     // combining acute
      {"\xd7\x90", "\\u05d0"},                       // Hebrew: would turn the line around
      {"\xc0\x80", "\\xc0\\x80"},                    // overlong NUL
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},           // surrogate
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // past U+10FFFF
      {"\xe2\x82", "\\xe2\\x82"},                    // cut off
      {"\xf3\xa0\x81\x81", "\\ue0041"},              // tag character
      {"\xc3\xa9\xe6\xbc\xa2", "é漢"},
  };
  for (const auto& [raw, shown] : kCases) EXPECT_EQ(escape(raw), shown);
  EXPECT_EQ(escape(std::string_view("\0", 1)), "\\x00");
}

TEST(Canvas, EscapingTwiceChangesNothing) {
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 40, ' ');
    for (char& octet : text) octet = static_cast<char>(random());
    EXPECT_EQ(escape(escape(text)), escape(text));
  }
}

TEST(Canvas, ShortensWithATilde) {
  EXPECT_EQ(shorten("abcdef", 6), "abcdef");
  EXPECT_EQ(shorten("abcdef", 5), "abcd~");
  EXPECT_EQ(shorten("漢漢漢", 5), "漢漢~");
  EXPECT_EQ(shorten("漢漢漢", 4), "漢~");
  EXPECT_EQ(shorten("abc", 1), "~");
  EXPECT_EQ(shorten("abc", 0), "");
}

TEST(Canvas, BoundsAnAbsurdSize) {
  EXPECT_EQ(Canvas(-3, 0).width(), 1);
  EXPECT_LE(Canvas(1 << 30, 1).width(), 4096);
}

TEST(Unicode, WritesWhatItReads) {
  for (char32_t value = 1; value < 0x110000; value += 7) {
    if (value >= 0xd800 && value < 0xe000) continue;
    std::string text;
    append_utf8(text, value);
    const CodePoint point = first_code_point(text);
    ASSERT_EQ(point.value, value);
    ASSERT_EQ(point.size, text.size());
  }
}

// The C library's table is what ncurses goes by: a difference would shift the rest of a row.
TEST(Unicode, AgreesWithTheCLibraryOnWidths) {
  if (std::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) GTEST_SKIP() << "no locale C.UTF-8";
  int shown = 0;
  for (char32_t value = 1; value < 0x110000; ++value) {
    const int cells = cell_count(value);
    if (cells == 0) continue;
    ++shown;
    ASSERT_EQ(::wcwidth(static_cast<wchar_t>(value)), cells) << std::hex << static_cast<std::uint32_t>(value);
  }
  EXPECT_GT(shown, 80'000);
  std::setlocale(LC_CTYPE, "C");
}

TEST(Glyphs, ChoosesTheTierByCodesetAndTerminal) {
  EXPECT_EQ(choose_tier("UTF-8", "xterm-256color"), Tier::kBraille);
  EXPECT_EQ(choose_tier("ANSI_X3.4-1968", "xterm"), Tier::kAscii);
  EXPECT_EQ(choose_tier("ISO-8859-1", "xterm"), Tier::kAscii);
  EXPECT_EQ(choose_tier("UTF-8", "linux"), Tier::kAscii);
  EXPECT_EQ(choose_tier("UTF-8", "vt220"), Tier::kAscii);
  EXPECT_EQ(choose_tier("UTF-8", ""), Tier::kAscii);
}

TEST(Glyphs, TellsStatesApartWithoutColour) {
  for (const Tier tier : {Tier::kAscii, Tier::kBlock}) {
    std::vector<std::string_view> seen;
    for (int state = 0; state <= static_cast<int>(State::kNote); ++state) {
      const std::string_view shown = sign(static_cast<State>(state), tier);
      EXPECT_EQ(width_of(shown), 1);
      EXPECT_EQ(std::ranges::find(seen, shown), seen.end()) << shown;
      seen.push_back(shown);
    }
  }
}

TEST(Glyphs, BarsRiseFromNothing) {
  EXPECT_EQ(bar(0, Tier::kAscii), U' ');
  EXPECT_EQ(bar(8, Tier::kAscii), U'#');
  EXPECT_EQ(bar(-4, Tier::kBlock), U' ');
  EXPECT_EQ(bar(99, Tier::kBlock), U'█');
}

}  // namespace
}  // namespace espy::tui
