#include "tui/prompt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tui/command.h"
#include "tui/health.h"
#include "tui/player.h"

namespace espy::tui {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> nothing(std::string_view) { return {}; }

TEST(Prompt, EditsWhatIsTyped) {
  Prompt prompt(PromptKind::kFilter, "ab");
  for (const Key each :
       {key('c'), Key::kLeft, Key::kLeft, static_cast<Key>(0xe9), Key::kDelete, Key::kEnd, Key::kBackspace, Key::kHome, key('x')}) {
    EXPECT_EQ(prompt.press(each, nothing), PromptStep::kGoesOn);
  }
  EXPECT_EQ(prompt.text(), "xaé");
  prompt.press(Key::kEnd, nothing);
  prompt.press(control('u'), nothing);
  EXPECT_EQ(prompt.text(), "");
  EXPECT_EQ(prompt.press(Key::kBackspace, nothing), PromptStep::kCancelled);
  EXPECT_EQ(prompt.press(Key::kEnter, nothing), PromptStep::kAccepted);
  EXPECT_EQ(prompt.press(Key::kEscape, nothing), PromptStep::kCancelled);
}

TEST(Prompt, TakesNoControlCharacterAndNoNovel) {
  Prompt prompt(PromptKind::kFilter, "");
  for (int i = 0; i < 1000; ++i) prompt.press(static_cast<Key>(0x6f22), nothing);
  EXPECT_LE(prompt.text().size(), Prompt::kLongest);
  Prompt other(PromptKind::kFilter, "");
  for (const Key each : {control('a'), static_cast<Key>(0x202e), Key::kUp, function_key(5)}) other.press(each, nothing);
  EXPECT_EQ(other.text(), "");
}

TEST(Prompt, GoesRoundTheCompletions) {
  Prompt prompt(PromptKind::kCommand, "th");
  const auto offers = [](std::string_view) { return std::vector<std::string>{"theme ", "thing"}; };
  prompt.press(Key::kTab, offers);
  EXPECT_EQ(prompt.text(), "theme ");
  prompt.press(Key::kTab, offers);
  EXPECT_EQ(prompt.text(), "thing");
  prompt.press(Key::kTab, offers);
  EXPECT_EQ(prompt.text(), "theme ");
}

TEST(Prompt, ShowsTheEndOfALongText) {
  Prompt prompt(PromptKind::kFilter, std::string(50, 'a') + "end");
  Canvas canvas(20, 1);
  const int cursor = prompt.draw(canvas, 0);
  EXPECT_LT(cursor, 20);
  EXPECT_THAT(canvas.text(), HasSubstr("end"));
}

TEST(Command, ReadsTimes) {
  EXPECT_EQ(read_command("goto 14:07:31")->time_of_day, base::seconds(14 * 3600 + 7 * 60 + 31));
  EXPECT_EQ(read_command("goto 00:00:01.5")->time_of_day, base::milliseconds(1500));
  EXPECT_EQ(read_command("goto 2026-11-21T20:31:07Z")->time, base::Time{1'795'293'067'000'000'000});  // by `date -u -d`
  EXPECT_EQ(read_command("goto 2026-11-21 20:31:07")->time, base::Time{1'795'293'067'000'000'000});
  EXPECT_EQ(read_command(" goto  seq 871204 ")->number, 0U) << "a blank behind a number is no number";
}

TEST(Command, ReadsTheRest) {
  EXPECT_EQ(read_command("goto seq 871204")->number, 871'204U);
  EXPECT_EQ(read_command("set units bits")->value, "bits");
  EXPECT_EQ(read_command("q")->kind, CommandKind::kQuit);
  EXPECT_EQ(read_command("filter state:leak x")->argument, "state:leak x");
  for (const std::string_view wrong : {"", "fly", "goto", "goto 25:00", "goto 9999-01-01T00:00", "goto 2026-13-01T00:00", "goto seq x",
                                       "theme", "quit now", "goto 14:61"}) {
    EXPECT_FALSE(read_command(wrong)) << wrong;
  }
}

TEST(Command, Completes) {
  const CommandWords words{.views = {"events", "timeline"}, .themes = {"light"}, .columns = {"state"}};
  EXPECT_THAT(complete_command("re", words), ElementsAre("report"));
  EXPECT_THAT(complete_command("view ", words), ElementsAre("view events", "view timeline"));
  EXPECT_THAT(complete_command("theme l", words), ElementsAre("theme light"));
  EXPECT_THAT(complete_command("set units ", words), ElementsAre("set units bits", "set units octets"));
  EXPECT_TRUE(complete_command("report ", words).empty());
}

TEST(Player, MovesWithinTheFile) {
  Player player;
  player.move(base::seconds(-1));
  EXPECT_FALSE(player.cursor()) << "before anything is known";
  player.set_bounds({base::seconds(100).nanoseconds}, {base::seconds(110).nanoseconds});
  player.move(base::seconds(-4));
  EXPECT_EQ(player.cursor(), base::Time{base::seconds(106).nanoseconds});
  player.move(base::seconds(-400));
  EXPECT_EQ(player.cursor(), base::Time{base::seconds(100).nanoseconds});
  player.move(base::Duration{std::numeric_limits<std::int64_t>::max()});
  EXPECT_FALSE(player.cursor()) << "the end is where it began";
}

TEST(Player, PlaysFromTheStartAndStopsAtTheEnd) {
  Player player;
  player.set_bounds({base::seconds(100).nanoseconds}, {base::seconds(110).nanoseconds});
  player.toggle();
  player.faster();
  player.faster();
  player.advance(base::seconds(1));
  EXPECT_EQ(player.cursor(), base::Time{base::seconds(104).nanoseconds});
  player.advance(base::seconds(3600));
  EXPECT_FALSE(player.playing());
  EXPECT_FALSE(player.cursor());
}

TEST(Health, MeasuresRatesBetweenPictures) {
  HealthMeter meter;
  verdict::Picture picture;
  picture.live = true;
  picture.now = {base::seconds(10).nanoseconds};
  picture.summary.packets.total = 1000;
  picture.summary.sources.resize(1);
  picture.summary.sources[0].bytes = 5000;
  meter.measure(picture);
  picture.now = {base::seconds(12).nanoseconds};
  picture.summary.packets.total = 3000;
  picture.summary.sources[0].bytes = 9000;
  EXPECT_EQ(meter.measure(picture).packets_per_second, 1000);
  EXPECT_EQ(meter.measure(picture).octets_per_second, 2000) << "the same picture again changes nothing";
}

TEST(Health, AnyLossOrFailureLowersOk) {
  verdict::Picture lost, down, damaged;
  lost.captures.push_back({.name = "eth0", .note = "", .dropped_by_interface = 1});
  down.captures.push_back({.name = "eth0", .up = false, .note = ""});
  damaged.summary.sources.resize(1);
  damaged.summary.sources[0].damaged = true;
  for (const verdict::Picture& picture : {lost, down, damaged}) {
    HealthMeter meter;
    EXPECT_EQ(lowered(State::kOk, meter.measure(picture)), State::kWarn);
    EXPECT_EQ(lowered(State::kLeak, meter.measure(picture)), State::kLeak) << "what is worse stays";
  }
  HealthMeter meter;
  EXPECT_EQ(lowered(State::kOk, meter.measure({})), State::kOk);
}

}  // namespace
}  // namespace espy::tui
