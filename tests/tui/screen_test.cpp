// The screen over real pictures, by scripted keys. Sentences that are compared are those of TUI.md.
#include "tui/screen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tui/fake_terminal.h"
#include "tests/tui/pictures.h"

namespace espy::tui {
namespace {

using testing::FakeFeed;
using testing::FakeTerminal;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Recording;
using testing::recording;
using ::testing::StartsWith;

constexpr base::Time kWall{1'795'293'067'000'000'000};  // 2026-11-21T20:31:07Z by `date -u -d`

// A screen without a terminal, keys pressed one by one.
class Pressed {
 public:
  explicit Pressed(const testing::Showing& showing, Size size = {}) : Pressed(recording(showing), size) {}
  Pressed(const Recording& recorded, Size size) : feed(recorded.pictures.back(), *recorded.chronicle), screen(feed, {}) {
    screen.resize(size);
    look();
  }

  void look() {
    steady.nanoseconds += 1'000'000'000;
    screen.look({kWall.nanoseconds + steady.nanoseconds}, steady);
    draw();
  }
  const std::string& draw() { return text = screen.draw().canvas.text(); }
  Pressed& press(Key key) {
    screen.press(key);
    effects = screen.take_effects();
    draw();
    return *this;
  }
  Pressed& press(std::string_view letters) {
    for (const char letter : letters) press(key(letter));
    return *this;
  }
  std::string row(int number) const {
    std::size_t begin = 0;
    const int rows = static_cast<int>(std::ranges::count(text, '\n'));
    for (int i = 0; i < (number < 0 ? rows + number : number); ++i) begin = text.find('\n', begin) + 1;
    return text.substr(begin, text.find('\n', begin) - begin);
  }

  FakeFeed feed;
  Screen screen;
  Effects effects;
  std::string text;
  base::Time steady{0};
};

const testing::Showing kLive{"leak-telnet", true, 60};
const testing::Showing kFile{"opened-flows"};

TEST(Screen, HasItsFourFixedRows) {
  Pressed pressed(kLive, {80, 24});
  EXPECT_THAT(pressed.row(0), StartsWith(" espy  LIVE eth0"));
  EXPECT_THAT(pressed.row(0), HasSubstr("2026-11-21 20:31:08Z  1.0s"));
  EXPECT_THAT(pressed.row(1), StartsWith(" ✗ VIOLATED  "));
  EXPECT_THAT(pressed.row(2), StartsWith(" capture ok: "));
  EXPECT_THAT(pressed.row(2), HasSubstr("lost 0"));
  EXPECT_THAT(pressed.row(-1), HasSubstr("? Help  q Quit"));
}

TEST(Screen, FitsEverySize) {
  const Recording& recorded = recording(kLive);
  for (int width = 1; width < 130; width += 3) {
    for (int height = 1; height < 45; ++height) {
      Pressed pressed(recorded, {width, height});
      EXPECT_EQ(std::ranges::count(pressed.text, '\n'), height);
    }
  }
  Pressed small(kLive, {24, 3});
  EXPECT_THAT(small.row(0), StartsWith(" ✗ VIOLATED 2/2"));
  EXPECT_EQ(small.row(2), " lost 0  ? help q quit");
  Pressed merged(kLive, {40, 11});
  EXPECT_THAT(merged.row(1), ::testing::EndsWith("lost 0"));
}

TEST(Screen, OpensAndGoesBackOneStepAtATime) {
  Pressed pressed(kLive);
  pressed.press(Key::kEnter);
  EXPECT_THAT(pressed.row(0), HasSubstr("> requirement r2"));
  pressed.press(Key::kEscape);
  EXPECT_THAT(pressed.row(0), Not(HasSubstr(">")));
  pressed.press("3").press(Key::kEnter);
  EXPECT_THAT(pressed.row(0), HasSubstr("> leak "));
  EXPECT_THAT(pressed.row(1), HasSubstr("LEAK"));
  pressed.press("?");
  EXPECT_THAT(pressed.row(0), HasSubstr("> help"));
  pressed.press("?");
  EXPECT_THAT(pressed.row(0), HasSubstr("> leak "));
  pressed.press(Key::kEscape).press(Key::kEscape);
  EXPECT_THAT(pressed.row(-2), HasSubstr("q quits"));
}

TEST(Screen, LossLowersOkToWarn) {
  const Recording& recorded = recording({"algorithm-aes-gcm", true, 60});
  Pressed pressed(recorded, {100, 24});
  ASSERT_EQ(recorded.whole().summary.verdict, verdict::Verdict::kProtected) << "the case is one that is protected";
  EXPECT_THAT(pressed.row(1), HasSubstr("✓ PROTECTED"));
  verdict::Picture lossy = recorded.whole();
  lossy.captures.at(0).dropped_by_kernel = 12;
  pressed.feed.show(std::move(lossy));
  pressed.look();
  EXPECT_THAT(pressed.row(1), HasSubstr("! WARN"));
  EXPECT_THAT(pressed.row(2), HasSubstr("capture LOST packets"));
  EXPECT_THAT(pressed.row(2), HasSubstr("lost kernel 12 interface 0"));
}

TEST(Screen, FreezesThePictureButNotTheHealth) {
  Pressed pressed(kLive, {100, 24});
  pressed.press(Key::kSpace);
  const std::string before = pressed.row(4);
  verdict::Picture changed = pressed.feed.picture();
  changed.summary.requirements.clear();
  changed.captures.at(0).dropped_by_kernel = 7;
  pressed.feed.show(std::move(changed));
  for (int second = 0; second < 12; ++second) pressed.look();
  EXPECT_THAT(pressed.row(0), HasSubstr("FROZEN 12 s eth0"));
  EXPECT_EQ(pressed.row(4), before);
  EXPECT_THAT(pressed.row(2), HasSubstr("kernel 7"));
  pressed.press(Key::kSpace);
  EXPECT_THAT(pressed.row(0), HasSubstr("LIVE eth0"));
  EXPECT_NE(pressed.row(4), before);
}

TEST(Screen, SelectionStaysWithItsItem) {
  Pressed pressed(kLive);
  pressed.press("1j");
  const int row = pressed.screen.draw().cursor_row;
  const std::string chosen = pressed.row(row);
  verdict::Picture turned = pressed.feed.picture();
  ASSERT_GE(turned.summary.requirements.size(), 2U);
  // The first one becomes harmless, so that the order changes.
  for (auto& requirement : turned.summary.requirements) {
    requirement.packets.leaked = requirement.packets.leaked > 0 ? 0 : 5;
    requirement.verdict = requirement.packets.leaked > 0 ? verdict::Verdict::kViolated : verdict::Verdict::kProtected;
  }
  pressed.feed.show(std::move(turned));
  pressed.look();
  EXPECT_NE(pressed.screen.draw().cursor_row, row);
  const auto name = [](const std::string& line) { return line.substr(line.find("10."), 12); };
  EXPECT_EQ(name(pressed.row(pressed.screen.draw().cursor_row)), name(chosen));
}

TEST(Screen, FiltersWhileTyping) {
  Pressed pressed(kLive);
  pressed.press("/state:le");
  EXPECT_THAT(pressed.row(3), StartsWith("/ state:le"));
  EXPECT_THAT(pressed.row(0), HasSubstr("filter: state:le"));
  pressed.press(Key::kEscape);
  EXPECT_THAT(pressed.row(0), Not(HasSubstr("filter")));
  pressed.press("/stat:x");
  EXPECT_THAT(pressed.row(3), HasSubstr("did you mean state"));
  EXPECT_EQ(pressed.screen.draw().canvas.at(3, 0).style.role, Role::kLeak);
  pressed.press(Key::kEnter);
  EXPECT_THAT(pressed.row(3), StartsWith("/ stat:x")) << "a wrong filter is not accepted";
  pressed.press(Key::kEscape).press("/state:leak").press(Key::kEnter);
  EXPECT_THAT(pressed.row(0), HasSubstr("filter: state:leak"));
  pressed.press(Key::kEscape);
  EXPECT_THAT(pressed.row(0), Not(HasSubstr("filter")));
}

TEST(Screen, LettersAreLiteralInAPrompt) {
  Pressed pressed(kLive);
  pressed.press("/qjkeg?");
  EXPECT_THAT(pressed.row(3), StartsWith("/ qjkeg?"));
  EXPECT_EQ(pressed.effects.end, Effects::End::kNot);
}

TEST(Screen, SaysWhyAKeyDoesNothing) {
  Pressed pressed(kLive);
  const std::pair<std::string, std::string> kCases[] = {
      {"a", "espy monitor"}, {">", "one speed"}, {"p", "open an SA first"}, {"x", "no packet is in this view"}, {"#", "# does nothing"}};
  for (const auto& [letter, reason] : kCases) {
    pressed.press(letter);
    EXPECT_THAT(pressed.row(-2), HasSubstr(reason)) << letter;
  }
}

TEST(Screen, JumpsToWhatIsBad) {
  Pressed pressed(testing::Showing{"algorithm-aes-gcm"});
  pressed.press("e");
  EXPECT_THAT(pressed.row(-2), HasSubstr("nothing bad"));
  Pressed leaking(kLive);
  leaking.press("e").press("e");
  const int row = leaking.screen.draw().cursor_row;
  EXPECT_THAT(leaking.row(row), ::testing::AnyOf(HasSubstr("✗"), HasSubstr("!")));
}

TEST(Screen, PlaysAFile) {
  Pressed pressed(kFile);
  EXPECT_THAT(pressed.row(0), HasSubstr("OFFLINE"));
  pressed.press("t").press(Key::kLeft);
  pressed.look();
  ASSERT_TRUE(pressed.feed.last_cursor);
  const base::Time before = *pressed.feed.last_cursor;
  EXPECT_LT(before, pressed.feed.picture().now);
  pressed.press(Key::kRight).press(Key::kRight);
  pressed.look();
  EXPECT_FALSE(pressed.feed.last_cursor) << "beyond the end is the end";
  pressed.press(Key::kSpace);
  EXPECT_THAT(pressed.row(0), HasSubstr("> x1"));
  pressed.press(">>");
  EXPECT_THAT(pressed.row(0), HasSubstr("> x4"));
  pressed.press("<").press(Key::kSpace);
  EXPECT_THAT(pressed.row(0), HasSubstr("|| x2"));
}

TEST(Screen, LooksMoreOftenWhileAFileIsRead) {
  Pressed pressed(kFile);
  EXPECT_EQ(pressed.screen.interval(), base::seconds(1));
  verdict::Picture part = pressed.feed.picture();
  part.complete = false;
  part.progress = 0.37;
  pressed.feed.show(std::move(part));
  pressed.look();
  EXPECT_EQ(pressed.screen.interval(), base::milliseconds(250));
  EXPECT_THAT(pressed.row(1), HasSubstr("so far (37% read): "));
}

TEST(Screen, TellsRequirementsByAddressWhenNamesAreOff) {
  Pressed pressed(kLive, {120, 24});
  verdict::Picture named = pressed.feed.picture();
  for (auto& requirement : named.summary.requirements) requirement.name = "office";
  const std::string from = named.summary.requirements.at(0).from;
  pressed.feed.show(std::move(named));
  pressed.look();
  EXPECT_THAT(pressed.row(5), HasSubstr("office"));
  pressed.press("d");
  EXPECT_THAT(pressed.row(5), Not(HasSubstr("office")));
  EXPECT_THAT(pressed.text, HasSubstr(from + " > "));
  pressed.press("d");
  EXPECT_THAT(pressed.row(5), HasSubstr("office"));
}

TEST(Screen, ObeysCommands) {
  Pressed pressed(kLive);
  pressed.press(":vi").press(Key::kTab);
  EXPECT_THAT(pressed.row(3), StartsWith(": view"));
  pressed.press("ev").press(Key::kTab).press(Key::kEnter);
  EXPECT_THAT(pressed.row(0), HasSubstr("> events"));
  pressed.press(":set clock local").press(Key::kEnter);
  EXPECT_FALSE(pressed.screen.display().utc);
  pressed.press(":set interval 5").press(Key::kEnter);
  EXPECT_EQ(pressed.screen.interval(), base::seconds(5));
  pressed.press(":fly").press(Key::kEnter);
  EXPECT_THAT(pressed.row(3), HasSubstr("no command \"fly\""));
  pressed.press(Key::kEscape).press(":q").press(Key::kEnter);
  EXPECT_EQ(pressed.effects.end, Effects::End::kQuit);
}

TEST(Screen, ChoosesFromMenus) {
  Pressed pressed(kLive);
  pressed.press("T").press(Key::kDown);
  EXPECT_TRUE(pressed.effects.theme);
  EXPECT_EQ(pressed.screen.theme().name, "deuteranopia");
  pressed.press(Key::kEscape);
  EXPECT_EQ(pressed.screen.theme().name, "default") << "Esc takes it back";
  pressed.press("T").press(Key::kDown).press(Key::kEnter);
  EXPECT_EQ(pressed.screen.theme().name, "deuteranopia");
  pressed.press("s");
  EXPECT_THAT(pressed.text, HasSubstr("[Sort by]"));
  pressed.press(Key::kDown).press(Key::kEnter);
  EXPECT_THAT(pressed.text, Not(HasSubstr("[Sort by]")));
}

TEST(Screen, CopiesTheRowAsShown) {
  Pressed pressed(kLive);
  pressed.press("y");
  ASSERT_TRUE(pressed.effects.copy);
  EXPECT_THAT(pressed.row(pressed.screen.draw().cursor_row), HasSubstr(*pressed.effects.copy));
  pressed.press("3Y");
  ASSERT_TRUE(pressed.effects.copy);
  EXPECT_THAT(*pressed.effects.copy, StartsWith("ip.src==10.0.0."));
}

TEST(Screen, SavesThePacketsOfWhatIsSelected) {
  Pressed pressed(kLive);
  pressed.press("3W");
  EXPECT_EQ(pressed.feed.saved, "r1 10.0.0.1:35584 > 10.0.0.2:5901 tcp plaintext");
  EXPECT_THAT(pressed.row(-2), HasSubstr("saved packets.pcapng"));
}

TEST(Screen, AClickSelectsAndASecondOpens) {
  Pressed pressed(kLive);
  const int row = pressed.screen.draw().cursor_row + 1;
  pressed.screen.click(row);
  EXPECT_EQ(pressed.screen.draw().cursor_row, row);
  pressed.screen.click(row);
  pressed.draw();
  EXPECT_THAT(pressed.row(0), HasSubstr("> requirement"));
}

// T12 and the issue: every key in every view, at every layout, and nothing breaks or leaves the canvas.
TEST(Screen, SurvivesEveryKeyInEveryView) {
  std::vector<Key> keys;
  for (const ActionFacts& fact : actions()) {
    for (const Key each : fact.keys) {
      if (each != Key::kNone && fact.action != Action::kSaveView && fact.action != Action::kSaveSettings) keys.push_back(each);
    }
  }
  const std::pair<testing::Showing, Size> kCases[] = {{kLive, {80, 24}}, {kFile, {24, 3}}};
  for (const auto& [showing, size] : kCases) {
    const Recording& recorded = recording(showing);
    {
      for (const std::string_view opening : {"", "\r", "2\r", "2\rv", "3\r", "3\r\r", "44", "t", "i", "?"}) {
        for (const Key first : keys) {
          Pressed pressed(recorded, size);
          for (const char letter : opening) pressed.screen.press(letter == '\r' ? Key::kEnter : key(letter));
          pressed.screen.press(first);
          EXPECT_EQ(std::ranges::count(pressed.draw(), '\n'), size.height);
          pressed.screen.press(Key::kDown);
          pressed.screen.press(Key::kEnter);
          pressed.draw();
        }
      }
    }
  }
}

}  // namespace
}  // namespace espy::tui
