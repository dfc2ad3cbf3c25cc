#include "tui/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/screen_settings.h"
#include "tui/saving.h"

namespace espy::tui {
namespace {

base::Result<Settings> read(std::string_view toml) {
  const auto parsed = config::read_screen_settings(toml);
  if (!parsed) return std::unexpected(parsed.error());
  std::vector<SettingEntry> entries;
  for (const auto& each : *parsed) entries.push_back({each.table, each.name, each.values, each.line});
  return read_settings(entries);
}

TEST(Settings, AreReadFromToml) {
  const auto settings = read(
      "[screen]\ntheme = \"mine\"\nclock = \"local\"\nunits = \"octets\"\ninterval = 2\nmouse = \"on\"\npayload = \"off\"\n"
      "glyphs = \"ascii\"\nscreen-reader = \"on\"\n[layout]\nthree-lines-below = 8\n[keys]\nnext-bad = [\"b\"]\n[theme.mine]\nok = \"39 bold\"\n");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->theme, "mine");
  EXPECT_FALSE(settings->display.utc);
  EXPECT_FALSE(settings->display.bits);
  EXPECT_FALSE(settings->display.payload);
  EXPECT_TRUE(settings->display.names);
  EXPECT_EQ(settings->interval, base::seconds(2));
  EXPECT_EQ(settings->mouse, Mouse::kOn);
  EXPECT_EQ(settings->glyphs, Tier::kAscii);
  EXPECT_EQ(settings->display.tier, Tier::kAscii);
  EXPECT_TRUE(settings->display.plain);
  EXPECT_EQ(settings->display.layout.three_lines_below, 8);
  EXPECT_EQ(*settings->keymap.find(key('b')), Action::kNextBad);
  EXPECT_EQ(paint(*find_theme(settings->themes, "mine"), Role::kOk, 256), (Paint{.foreground = 39, .bold = true}));
}

TEST(Settings, AreWrittenAsTheyAreRead) {
  const auto settings = read(
      "[screen]\ntheme = \"a \\\"b\\\"\"\ninterval = \"0.5\"\n[layout]\npanes-from = \"90x30\"\n[keys]\nmark = [\"\\\\\", \"Ins\"]\nup = "
      "[]\n[theme.\"a \\\"b\\\"\"]\nleak = "
      "\"white on red\"\n");
  ASSERT_TRUE(settings) << settings.error().message;
  const auto again = read(to_toml(*settings));
  ASSERT_TRUE(again) << again.error().message << "\n" << to_toml(*settings);
  EXPECT_EQ(to_toml(*again), to_toml(*settings));
  EXPECT_EQ(again->interval, base::milliseconds(500));
  EXPECT_EQ(*again->keymap.find(key('\\')), Action::kMark);
  EXPECT_TRUE(read(to_toml(Settings{})));
}

TEST(Settings, SayWhatIsWrong) {
  const std::pair<std::string, std::string> kCases[] = {
      {"[screen]\nclock = \"mars\"\n", "clock is utc or local, not \"mars\""},
      {"[screen]\ninterval = 0\n", "interval is 0.25 to 60 seconds, not \"0\""},
      {"[screen]\ninterval = \"nan\"\n", "interval is 0.25 to 60 seconds, not \"nan\""},
      {"[screen]\ntheme = \"gone\"\n", "no theme is called \"gone\""},
      {"[screen]\ncolour = \"red\"\n", "no setting is called \"colour\""},
      {"[keys]\nfly = [\"a\"]\n", "no action is called \"fly\""},
      {"[theme.light]\nok = \"1\"\n", "the theme light is built in"},
      {"[theme.mine]\nok = \"3 on 3\"\n", "\"3 on 3\" is a colour on itself and cannot be read"},
      {"[screen]\nglyphs = \"emoji\"\n", "glyphs is auto, ascii, block or braille, not \"emoji\""},
      {"[layout]\nwide-from = \"huge\"\n", "wide-from is columns and rows, 60x24 to 1000x1000, not \"huge\""},
      {"[colours]\nok = \"3\"\n", "no table is called [colours]"},
  };
  for (const auto& [toml, message] : kCases) {
    const auto settings = read(toml);
    ASSERT_FALSE(settings) << toml;
    EXPECT_EQ(settings.error().message, message);
  }
  EXPECT_EQ(read("[layout]\nthree-lines-below = 4\npanes-from = 80\n").error().line, 3U);
  EXPECT_EQ(read("[screen]\nmouse = \"on\"\n[keys]\nfly = [\"a\"]\n").error().line, 4U);
}

class Folder : public ::testing::Test {
 protected:
  void SetUp() override {
    before = std::filesystem::current_path();
    folder = std::filesystem::path(::testing::TempDir()) / "espy_saving_test";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    std::filesystem::current_path(folder);
  }
  void TearDown() override {
    std::filesystem::current_path(before);
    std::filesystem::remove_all(folder);
  }
  static std::string contents(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  std::filesystem::path before, folder;
};

TEST_F(Folder, SavesUnderNewNames) {
  const base::Time now{1'795'293'067'000'000'000};
  EXPECT_EQ(*save_text("espy-leak", now, "one"), "espy-leak-20261121T203107Z.txt");
  EXPECT_EQ(*save_text("espy-leak", now, "two"), "espy-leak-20261121T203107Z-2.txt");
  EXPECT_EQ(contents("espy-leak-20261121T203107Z.txt"), "one");
  const auto permissions = std::filesystem::status("espy-leak-20261121T203107Z.txt").permissions();
  EXPECT_EQ(permissions, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Folder, NeverWritesThroughALink) {
  const base::Time now{1'795'293'067'000'000'000};
  std::filesystem::create_symlink("elsewhere", "espy-leak-20261121T203107Z.txt");
  EXPECT_NE(save_text("espy-leak", now, "x").value_or("failed"), "espy-leak-20261121T203107Z.txt");
  EXPECT_FALSE(std::filesystem::exists("elsewhere"));
}

TEST_F(Folder, ReplacesAFileWhole) {
  ASSERT_TRUE(replace_file((folder / "new" / "tui.toml").string(), "first"));
  ASSERT_TRUE(replace_file((folder / "new" / "tui.toml").string(), "second"));
  EXPECT_EQ(contents("new/tui.toml"), "second");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator("new"), {}), 1) << "no draft is left";
  EXPECT_FALSE(replace_file("/proc/none/tui.toml", "x"));
}

}  // namespace
}  // namespace espy::tui
