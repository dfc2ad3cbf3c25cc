#include "config/screen_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace espy::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ScreenSettings, AreEntriesWithTheirLines) {
  const auto settings = read_screen_settings(
      "[screen]\ntheme = \"light\"\ninterval = 2\nmouse = true\n\n[keys]\nnext-bad = [\"b\", \"F4\"]\n\n[theme.\"my own\"]\nok = \"39 "
      "bold\"\n");
  ASSERT_TRUE(settings) << settings.error().message;
  std::vector<std::string> shown;
  for (const ScreenSetting& each : *settings) {
    std::string line = each.table + "/" + each.name + "@" + std::to_string(each.line);
    for (const std::string& value : each.values) line += " " + value;
    shown.push_back(line);
  }
  EXPECT_THAT(shown, testing::UnorderedElementsAre("screen/theme@2 light", "screen/interval@3 2", "screen/mouse@4 on",
                                                   "keys/next-bad@7 b F4", "theme.my own/ok@10 39 bold"));
}

TEST(ScreenSettings, SayWhatIsWrongAndWhere) {
  const std::pair<std::string, std::pair<std::string, unsigned>> kCases[] = {
      {"[screen]\ntheme = 1979-05-27\n", {"theme is neither text", 2}},
      {"theme = \"x\"\n", {"stands in no table", 1}},
      {"[theme]\nok = \"1\"\n", {"needs a name", 2}},
      {"[keys]\nup = [[\"a\"]]\n", {"up is neither text", 2}},
  };
  for (const auto& [text, expected] : kCases) {
    const auto settings = read_screen_settings(text);
    ASSERT_FALSE(settings) << text;
    EXPECT_THAT(settings.error().message, HasSubstr(expected.first));
  }
  EXPECT_FALSE(read_screen_settings("[screen\n"));
}

TEST(ScreenSettings, AreReadFromAFileThatMayBeAbsent) {
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "espy_screen_settings.toml";
  std::filesystem::remove(path);
  const auto absent = load_screen_settings(path);
  ASSERT_TRUE(absent);
  EXPECT_TRUE(absent->empty());
  std::ofstream(path) << "[screen]\nclock = \"local\"\n";
  EXPECT_EQ(load_screen_settings(path)->at(0).values.at(0), "local");
  std::ofstream(path) << "[screen]\nclock\n";
  EXPECT_EQ(load_screen_settings(path).error().file, path.string());
  std::ofstream(path) << std::string(70'000, '#');
  EXPECT_THAT(load_screen_settings(path).error().message, HasSubstr("larger"));
  std::filesystem::remove(path);
}

TEST(ScreenSettings, StandWhereTheEnvironmentSays) {
  ::setenv("HOME", "/home/ana", 1);
  ::unsetenv("XDG_CONFIG_HOME");
  EXPECT_EQ(screen_settings_path(), "/home/ana/.config/espy/tui.toml");
  ::setenv("XDG_CONFIG_HOME", "/srv/config", 1);
  EXPECT_EQ(screen_settings_path(), "/srv/config/espy/tui.toml");
  ::unsetenv("XDG_CONFIG_HOME");
  ::unsetenv("HOME");
  EXPECT_EQ(screen_settings_path(), "");
}

}  // namespace
}  // namespace espy::config
