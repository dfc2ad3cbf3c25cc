// What the screen sends: not too much (T18), and nothing that came from the wire as it came (T20).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "tests/tui/fake_terminal.h"
#include "tests/tui/pictures.h"
#include "tests/tui/vterm_screen.h"
#include "tui/screen.h"
#include "tui/unicode.h"

namespace espy::tui {
namespace {

using testing::FakeFeed;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Recording;
using testing::recording;

constexpr std::size_t kBudget = 4096;  // octets a second at 80x24

class Traffic : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TERM", "xterm-256color", 1);
    ::setenv("LC_ALL", "C.UTF-8", 1);
  }

  std::unique_ptr<Terminal> start(VtermScreen& screen) {
    auto terminal = open_terminal({.input = screen.slave(), .output = screen.slave()});
    EXPECT_TRUE((*terminal)->start());
    (*terminal)->set_theme(built_in_themes().front());
    return std::move(*terminal);
  }

  void show(Screen& screen, Terminal& terminal) {
    const Screen::Picture& picture = screen.draw();
    terminal.draw(picture.canvas, picture.cursor_row, picture.cursor_column);
  }
};

// A minute in which every number changes every second.
verdict::Picture busier(verdict::Picture picture, std::uint64_t second) {
  picture.now.nanoseconds += static_cast<std::int64_t>(second) * 1'000'000'000;
  picture.summary.packets.total += second * 84'211;
  for (auto& source : picture.summary.sources) source.bytes += second * second * 51'003'917;
  for (auto& requirement : picture.summary.requirements) {
    requirement.packets.protected_ += second * 1'507;
    requirement.packets.leaked += second * second % 97 * 3;
  }
  for (auto& association : picture.summary.associations) {
    association.packets += second * 1'507;
    if (association.sequence.highest) *association.sequence.highest += static_cast<std::uint32_t>(second * 1'507);
    association.last = picture.now;
  }
  for (auto& leak : picture.summary.leaks) {
    leak.packets += second * second % 97 * 3;
    leak.last = picture.now;
  }
  picture.memory_size += second * 4096;
  return picture;
}

TEST_F(Traffic, StaysUnderFourKilobytesASecond) {
  for (const std::string_view keys : {"", "44", "t", "3\r", "2\rv"}) {
    const Recording& recorded = recording({"leak-telnet", true, 60});
    FakeFeed feed(recorded.pictures.back(), *recorded.chronicle);
    VtermScreen vterm({.width = 80, .height = 24});
    auto terminal = start(vterm);
    Screen screen(feed, {});
    screen.resize(terminal->size());
    base::Time now = recorded.whole().now;
    screen.look(now, now);
    for (const char letter : keys) screen.press(letter == '\r' ? Key::kEnter : key(letter));
    show(screen, *terminal);
    vterm.settle();
    const std::size_t first = vterm.octets();
    for (std::uint64_t second = 1; second <= 60; ++second) {
      feed.show(busier(recorded.whole(), second));
      now.nanoseconds += 1'000'000'000;
      screen.look(now, now);
      show(screen, *terminal);
    }
    vterm.settle();
    const std::size_t each = (vterm.octets() - first) / 60;
    EXPECT_LT(each, kBudget) << "keys: " << keys;
    EXPECT_GT(each, 0U);
    RecordProperty("octets_a_second" + std::string(keys.begin(), std::ranges::find(keys, '\r')), static_cast<int>(each));
    EXPECT_EQ(vterm.text(), screen.draw().canvas.text());
  }
}

TEST_F(Traffic, SurvivesResizesKeysAndNewPicturesAtOnce) {
  const Recording& recorded = recording({"leak-telnet", true, 60});
  FakeFeed feed(recorded.pictures.back(), *recorded.chronicle);
  VtermScreen vterm({.width = 80, .height = 24});
  auto terminal = start(vterm);
  Screen screen(feed, {});
  std::mt19937 random(3);
  const std::string_view kKeys =
      "jk\r\x1b"
      "eEfouzd13244tvi?sn[]+-";
  base::Time now = recorded.whole().now;
  for (std::uint64_t round = 1; round <= 100; ++round) {
    const Size size{.width = 1 + static_cast<int>(random() % 200), .height = 1 + static_cast<int>(random() % 60)};
    vterm.resize(size);
    ::raise(SIGWINCH);
    ASSERT_EQ(terminal->read(base::seconds(5)).kind, InputKind::kResize);
    feed.show(busier(recorded.whole(), round));
    now.nanoseconds += 1'000'000'000;
    screen.look(now, now);
    screen.resize(terminal->size());
    for (int i = 0; i < 3; ++i) {
      screen.press(key(kKeys[random() % kKeys.size()]));
      show(screen, *terminal);
    }
    vterm.settle();
    ASSERT_EQ(vterm.text(), screen.draw().canvas.text()) << "round " << round << ", " << size.width << 'x' << size.height;
  }
}

constexpr std::string_view kHostile[] = {
    "\x1b]0;taken over\x07",
    "\x1b[2J\x1b[31mred",
    "\x9b"
    "31mred",
    "\xc2\x9b"
    "31mred",
    "\xe2\x80\xae"
    "fdp.exe",
    "a\xe2\x80\x8b"
    "b",
    "\xff\xfe\xc0\x80",
    "tab\tline\nreturn\rbell\x07",
    "\x1bP+q544e\x1b\\",
    "\x1b]52;c;cm0gLXJmIC8=\x07",
};

// Every text of the picture that could come from a file or from the wire.
verdict::Picture hostile(verdict::Picture picture, std::string_view text) {
  const std::string word(text);
  for (auto& source : picture.summary.sources) source.name = source.damage = word;
  for (auto& capture : picture.captures) capture.name = capture.note = word;
  for (auto& requirement : picture.summary.requirements) {
    requirement.name = requirement.from = requirement.to = word;
    requirement.origins = {word};
  }
  for (auto& association : picture.summary.associations) {
    association.origin = association.encryption = association.integrity = association.diagnosis = word;
  }
  for (auto& leak : picture.summary.leaks) leak.application = leak.protocol = word;
  for (auto& finding : picture.summary.findings) finding.message = finding.advice = word;
  picture.summary.verdict_line = word;
  picture.summary.filter = word;
  return picture;
}

TEST_F(Traffic, NothingFromOutsideReachesTheTerminalAsItIs) {
  const Recording& recorded = recording({"leak-telnet", true, 60});
  for (const std::string_view text : kHostile) {
    FakeFeed feed(recorded.pictures.back(), *recorded.chronicle);
    feed.feed_name = text;
    feed.show(hostile(recorded.whole(), text));
    VtermScreen vterm({.width = 120, .height = 40});
    auto terminal = start(vterm);
    for (const std::string_view keys : {"", "\r", "2\r", "2\rv", "3\r", "3\r\r", "44", "t", "i", "?"}) {
      Screen screen(feed, {});
      screen.resize(terminal->size());
      screen.look(recorded.whole().now, recorded.whole().now);
      for (const char letter : keys) screen.press(letter == '\r' ? Key::kEnter : key(letter));
      show(screen, *terminal);
      vterm.settle();
      const std::string shown = screen.draw().canvas.text();
      EXPECT_EQ(vterm.text(), shown) << "keys " << keys;
      for (std::string_view rest = shown; !rest.empty();) {
        const CodePoint point = first_code_point(rest);
        ASSERT_TRUE(point.value == U'\n' || cell_count(point.value) > 0) << "keys " << keys;
        rest.remove_prefix(point.size);
      }
    }
    EXPECT_THAT(vterm.raw(), Not(HasSubstr(std::string(text))));
    for (const std::string_view part : {"\x1b]0;", "\x1bP", "\x1b]52", "\xc2\x9b", "\xe2\x80\xae", "\xe2\x80\x8b",
                                        "\x07"
                                        "x"}) {
      EXPECT_THAT(vterm.raw(), Not(HasSubstr(std::string(part))));
    }
  }
}

}  // namespace
}  // namespace espy::tui
