// The real Terminal on a pseudo-terminal, watched by libvterm.
#include "tui/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <termios.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <random>

#include "tests/tui/vterm_screen.h"

// ncurses keeps what it prepared for a terminal that it then does not know.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:new_prescr"; }

namespace espy::tui {
namespace {

class TerminalOnPty : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TERM", "xterm-256color", 1);
    ::setenv("LC_ALL", "C.UTF-8", 1);
    ::unsetenv("NO_COLOR");
    ::unsetenv("TMUX");
  }

  std::unique_ptr<Terminal> open(VtermScreen& screen, ColourChoice colour = ColourChoice::kAuto) {
    auto terminal = open_terminal({.input = screen.slave(), .output = screen.slave(), .colour = colour});
    EXPECT_TRUE(terminal) << terminal.error().message;
    return std::move(*terminal);
  }

  std::unique_ptr<Terminal> start(VtermScreen& screen, ColourChoice colour = ColourChoice::kAuto) {
    auto terminal = open(screen, colour);
    EXPECT_TRUE(terminal->start());
    terminal->set_theme(built_in_themes().front());
    return terminal;
  }
};

Input key_from(Terminal& terminal) {
  for (int i = 0; i < 100; ++i) {
    if (const Input input = terminal.read(base::milliseconds(100)); input.kind != InputKind::kNone) return input;
  }
  return {};
}

TEST_F(TerminalOnPty, ShowsWhatTheCanvasHolds) {
  VtermScreen screen({.width = 40, .height = 6});
  auto terminal = start(screen);
  Canvas canvas(40, 6);
  canvas.put(0, 0, "plain ▁▂▃ é 漢字 ⣿ end");
  canvas.put(5, 34, "corner");
  canvas.put(2, 3, "bad", {.role = Role::kLeak});
  canvas.put(3, 3, "picked", {.reverse = true});
  terminal->draw(canvas, 3, 0);
  screen.settle();
  EXPECT_EQ(screen.text(), canvas.text());
  EXPECT_TRUE(screen.bold(2, 3));
  EXPECT_TRUE(screen.reversed(3, 4));
  EXPECT_FALSE(screen.reversed(2, 3));
  EXPECT_TRUE(screen.alternate_screen());
  EXPECT_EQ(screen.cursor_row(), 3);
}

TEST_F(TerminalOnPty, TakesNoScreenBeforeStart) {
  VtermScreen screen({});
  termios before{}, after{};
  ::tcgetattr(screen.slave(), &before);
  auto terminal = open(screen);
  EXPECT_EQ(terminal->size(), (Size{80, 24}));
  EXPECT_EQ(terminal->read(base::milliseconds(1)).kind, InputKind::kNone);
  ::tcgetattr(screen.slave(), &after);
  EXPECT_EQ(before.c_lflag, after.c_lflag);
  screen.settle();
  EXPECT_EQ(screen.octets(), 0U);
  screen.type("\n");
  EXPECT_EQ(key_from(*terminal).kind, InputKind::kKey);
}

TEST_F(TerminalOnPty, SendsOnlyWhatChanged) {
  VtermScreen screen({});
  auto terminal = start(screen);
  Canvas canvas(80, 24);
  for (int row = 0; row < 24; ++row) canvas.put(row, 0, std::string(80, static_cast<char>('a' + row)));
  terminal->draw(canvas, 0, 0);
  screen.settle();
  const std::size_t first = screen.octets();
  terminal->draw(canvas, 0, 0);
  screen.settle();
  EXPECT_EQ(screen.octets(), first);
  canvas.put(12, 40, "XY");
  terminal->draw(canvas, 0, 0);
  screen.settle();
  EXPECT_LT(screen.octets() - first, 40U);
  EXPECT_EQ(screen.text(), canvas.text());
}

TEST_F(TerminalOnPty, KeepsToAttributesWithoutColour) {
  for (const bool by_environment : {false, true}) {
    if (by_environment) ::setenv("NO_COLOR", "1", 1);
    VtermScreen screen({});
    auto terminal = start(screen, by_environment ? ColourChoice::kAuto : ColourChoice::kNever);
    Canvas canvas(80, 24);
    for (std::size_t role = 0; role < kRoleCount; ++role) canvas.put(static_cast<int>(role), 0, "word", {.role = static_cast<Role>(role)});
    terminal->draw(canvas, 0, 0);
    screen.settle();
    EXPECT_EQ(terminal->colours(), 0);
    EXPECT_THAT(screen.raw(), testing::Not(testing::ContainsRegex("\x1b\\[[0-9;]*[34][0-9]")));
    EXPECT_TRUE(screen.reversed(static_cast<int>(Role::kLeak), 0));
    ::unsetenv("NO_COLOR");
  }
}

TEST_F(TerminalOnPty, ReadsKeys) {
  VtermScreen screen({});
  auto terminal = start(screen);
  const std::pair<std::string, Key> kCases[] = {{"j", key('j')},
                                                {"\x1bOA", Key::kUp},
                                                {"\x1b[6~", Key::kPageDown},
                                                {"\x1b[Z", Key::kShiftTab},
                                                {"\x1bOP", function_key(1)},
                                                {"\x1b[21~", function_key(10)},
                                                {"\r", Key::kEnter},
                                                {"\x7f", Key::kBackspace},
                                                {"\x0c", control('l')},
                                                {"\x1a", control('z')},
                                                {"\x1b", Key::kEscape},
                                                {"\xc3\xa9", static_cast<Key>(0xe9)}};
  for (const auto& [octets, key] : kCases) {
    screen.type(octets);
    const Input input = key_from(*terminal);
    EXPECT_EQ(input.kind, InputKind::kKey) << name(key);
    EXPECT_EQ(input.key, key) << name(key) << " was read as " << name(input.key);
  }
  screen.type("\x03");
  EXPECT_EQ(key_from(*terminal).signal, SIGINT);
}

TEST_F(TerminalOnPty, ReadsTheMouseOnlyWhenItIsOn) {
  VtermScreen screen({});
  auto terminal = start(screen);
  terminal->draw(Canvas(80, 24), 0, 0);
  screen.settle();
  EXPECT_THAT(screen.raw(), testing::Not(testing::HasSubstr("1000h")));
  terminal->set_mouse(Mouse::kOn);
  terminal->draw(Canvas(80, 24), 0, 0);
  screen.settle();
  EXPECT_THAT(screen.raw(), testing::HasSubstr("1000h"));
  screen.type("\x1b[<0;11;6M");
  const Input click = key_from(*terminal);
  EXPECT_EQ(click.kind, InputKind::kClick);
  EXPECT_EQ(click.row, 5);
  EXPECT_EQ(click.column, 10);
  screen.type("\x1b[<64;1;1M");
  EXPECT_EQ(key_from(*terminal).kind, InputKind::kWheelUp);
  screen.type("\x1b[<65;1;1M");
  EXPECT_EQ(key_from(*terminal).kind, InputKind::kWheelDown);
  terminal->finish(nullptr);
  screen.settle();
  EXPECT_THAT(screen.raw(), testing::HasSubstr("1000l"));
}

TEST_F(TerminalOnPty, SurvivesAHundredResizesUnderChange) {
  VtermScreen screen({});
  auto terminal = start(screen);
  std::mt19937 random(7);
  for (int round = 0; round < 100; ++round) {
    const Size size{.width = 1 + static_cast<int>(random() % 220), .height = 1 + static_cast<int>(random() % 70)};
    screen.resize(size);
    ::raise(SIGWINCH);
    ASSERT_EQ(key_from(*terminal).kind, InputKind::kResize);
    ASSERT_EQ(terminal->size(), size);
    for (int change = 0; change < 2; ++change) {
      Canvas canvas(size.width, size.height);
      for (int i = 0; i < 200; ++i) {
        const auto row = static_cast<int>(random() % static_cast<unsigned>(size.height));
        const auto column = static_cast<int>(random() % static_cast<unsigned>(size.width));
        canvas.put(row, column, i % 7 == 0 ? "漢" : "x▇", {.role = static_cast<Role>(random() % kRoleCount)});
      }
      terminal->draw(canvas, static_cast<int>(random() % static_cast<unsigned>(size.height)), 0);
      screen.settle();
      ASSERT_EQ(screen.text(), canvas.text()) << "round " << round << ", " << size.width << 'x' << size.height;
    }
  }
}

TEST_F(TerminalOnPty, CopiesByOsc52) {
  VtermScreen screen({});
  auto terminal = start(screen);
  EXPECT_EQ(*terminal->copy("10.0.0.1 > 10.0.0.2"), "the terminal's clipboard");
  screen.settle();
  EXPECT_THAT(screen.raw(), testing::HasSubstr("\x1b]52;c;MTAuMC4wLjEgPiAxMC4wLjAuMg==\x07"));  // coreutils' base64 agrees
  EXPECT_FALSE(terminal->copy(std::string(80'000, 'a')));
}

TEST_F(TerminalOnPty, ATmuxThatFailsIsNoReasonToEnd) {
  VtermScreen screen({});
  auto terminal = start(screen);
  const std::string path = std::getenv("PATH");
  ::setenv("TMUX", "/nowhere,1,0", 1);
  ::setenv("PATH", "/nowhere", 1);
  EXPECT_EQ(*terminal->copy("short"), "the terminal's clipboard");
  EXPECT_FALSE(terminal->copy(std::string(200'000, 'a'))) << "more than a pipe holds";
  ::setenv("PATH", path.c_str(), 1);
  ::unsetenv("TMUX");
}

TEST_F(TerminalOnPty, GivesTheScreenBack) {
  VtermScreen screen({});
  termios before{}, after{};
  ::tcgetattr(screen.slave(), &before);
  auto terminal = start(screen);
  terminal->draw(Canvas(80, 24), 0, 0);
  terminal.reset();
  screen.settle();
  ::tcgetattr(screen.slave(), &after);
  EXPECT_EQ(before.c_lflag, after.c_lflag);
  EXPECT_EQ(before.c_iflag, after.c_iflag);
  EXPECT_FALSE(screen.alternate_screen());
  EXPECT_TRUE(screen.cursor_visible());
}

TEST_F(TerminalOnPty, KeepsThePictureOnTheNormalScreen) {
  VtermScreen screen({});
  auto terminal = start(screen);
  Canvas canvas(80, 24);
  canvas.put(0, 1, "✗ VIOLATED");
  terminal->draw(canvas, 0, 0);
  terminal->finish(&canvas);
  screen.settle();
  EXPECT_FALSE(screen.alternate_screen());
  EXPECT_THAT(screen.text(), testing::HasSubstr("✗ VIOLATED"));
}

TEST_F(TerminalOnPty, WritesAsciiWhereTheLocaleHasNoMore) {
  ::setenv("LC_ALL", "C", 1);
  VtermScreen screen({});
  auto terminal = start(screen);
  Canvas canvas(80, 24);
  canvas.put(0, 0, "a▇b漢c");
  terminal->draw(canvas, 0, 0);
  screen.settle();
  EXPECT_THAT(screen.text(), testing::StartsWith("a?b?"));
}

TEST_F(TerminalOnPty, RefusesWhatIsNoScreen) {
  VtermScreen screen({});
  ::setenv("TERM", "dumb", 1);
  EXPECT_FALSE(open_terminal({.input = screen.slave(), .output = screen.slave()}));
  ::setenv("TERM", "xterm", 1);
  EXPECT_FALSE(open_terminal({.input = screen.slave(), .output = -1}));
  ::setenv("TERM", "no-such-terminal", 1);
  auto unknown = open_terminal({.input = screen.slave(), .output = screen.slave()});
  ASSERT_TRUE(unknown);
  EXPECT_FALSE((*unknown)->start());
}

}  // namespace
}  // namespace espy::tui
