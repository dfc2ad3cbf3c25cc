// From which size on the screen shows more, by default and as tui.toml says (T1).
#include "tui/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tui/fake_terminal.h"
#include "tests/tui/pictures.h"
#include "tui/screen.h"

namespace espy::tui {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Layout with(std::initializer_list<std::pair<std::string_view, std::string_view>> entries) {
  Layout layout;
  for (const auto& [name, value] : entries) EXPECT_TRUE(read_layout(name, value, layout)) << name;
  return layout;
}

std::string drawn(const Layout& layout, Size size, ViewId view = ViewId::kOverview) {
  const testing::Recording& recorded = testing::recording({"leak-telnet", true, 60});
  testing::FakeFeed feed(recorded.pictures.back(), *recorded.chronicle);
  ScreenOptions options;
  options.settings.display.layout = layout;
  options.first.view = view;
  Screen screen(feed, std::move(options));
  screen.resize(size);
  screen.look({1'795'293'067'000'000'000}, {1'000'000'000});
  return screen.draw().canvas.text();
}

std::ptrdiff_t lines(const std::string& text) { return std::ranges::count(text, '\n'); }

TEST(Layout, PanesAreWhereTheSettingSays) {
  constexpr Size kSize{80, 24};
  EXPECT_THAT(drawn({}, kSize), HasSubstr("[2 SAs of "));
  const std::string alone = drawn(with({{"panes-from", "81x24"}}), kSize);
  EXPECT_THAT(alone, HasSubstr("[1 Requirements]"));
  EXPECT_THAT(alone, Not(HasSubstr("[2 SAs of ")));
  EXPECT_THAT(drawn({}, {60, 24}), Not(HasSubstr("[2 SAs of ")));
  EXPECT_THAT(drawn(with({{"panes-from", "60x24"}}), {60, 24}), HasSubstr("[2 SAs of "));
}

TEST(Layout, RatesAreWhereTheSettingSays) {
  EXPECT_THAT(drawn({}, {120, 40}), HasSubstr("[Packets/s of "));
  EXPECT_THAT(drawn(with({{"wide-from", "120x41"}}), {120, 40}), Not(HasSubstr("[Packets/s of ")));
  EXPECT_THAT(drawn(with({{"wide-from", "80x24"}}), {80, 24}), HasSubstr("[Packets/s of "));
  EXPECT_THAT(drawn({}, {80, 24}, ViewId::kLeak), Not(HasSubstr("Packets/s")));
  EXPECT_THAT(drawn(with({{"wide-from", "80x24"}}), {80, 60}, ViewId::kLeak), HasSubstr("Packets/s"));
}

TEST(Layout, TheFrameShrinksWhereTheSettingSays) {
  constexpr Size kSize{80, 14};
  EXPECT_THAT(drawn({}, kSize), HasSubstr("\n capture ok: "));
  EXPECT_THAT(drawn(with({{"merge-health-below", "15"}}), kSize), Not(HasSubstr("\n capture ok: ")));
  EXPECT_THAT(drawn(with({{"three-lines-below", "15"}}), kSize), StartsWith(" ✗ VIOLATED 2/2"));
}

// The least values leave no pane without room, whatever the size.
TEST(Layout, EverySettingFitsEverySize) {
  const Layout least = with({{"three-lines-below", "4"}, {"merge-health-below", "5"}, {"panes-from", "40x20"}, {"wide-from", "60x24"}});
  const Layout most = with({{"three-lines-below", "1000"}, {"merge-health-below", "1000"}, {"panes-from", "1000x1000"}});
  for (int width = 24; width < 130; width += 21) {
    for (int height = 3; height < 42; ++height) {
      const std::string text = drawn(least, {width, height});
      EXPECT_EQ(lines(text), height);
      const std::string keys = text.substr(text.rfind('\n', text.size() - 2) + 1);
      EXPECT_THAT(keys, HasSubstr(height < 4 ? "q quit" : "q Quit")) << width << 'x' << height;
      EXPECT_EQ(lines(drawn(most, {width, height})), height);
    }
  }
}

TEST(Layout, SaysWhatItTakes) {
  Layout layout;
  EXPECT_EQ(read_layout("three-lines-below", "3", layout).error().message, "three-lines-below is 4 to 1000 rows, not \"3\"");
  EXPECT_EQ(read_layout("merge-health-below", "twelve", layout).error().message, "merge-health-below is 5 to 1000 rows, not \"twelve\"");
  EXPECT_EQ(read_layout("panes-from", "80", layout).error().message, "panes-from is columns and rows, 40x20 to 1000x1000, not \"80\"");
  EXPECT_EQ(read_layout("wide-from", "59x24", layout).error().message, "wide-from is columns and rows, 60x24 to 1000x1000, not \"59x24\"");
  EXPECT_EQ(read_layout("wide", "80x24", layout).error().message, "nothing of the layout is called \"wide\"");
  EXPECT_EQ(layout, Layout{});
}

TEST(Layout, IsWrittenAsItIsRead) {
  EXPECT_EQ(to_toml(Layout{}), "");
  EXPECT_EQ(to_toml(with({{"merge-health-below", "20"}, {"wide-from", "112x34"}})), "merge-health-below = 20\nwide-from = \"112x34\"\n");
}

}  // namespace
}  // namespace espy::tui
