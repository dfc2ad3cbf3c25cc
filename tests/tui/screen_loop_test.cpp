// The loop between a terminal, a feed and a screen, on a clock that the test turns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/tui/fake_terminal.h"
#include "tests/tui/pictures.h"
#include "tui/plain.h"
#include "tui/screen.h"

namespace espy::tui {
namespace {

using testing::FakeFeed;
using testing::FakeTerminal;
using ::testing::HasSubstr;
using testing::Recording;
using testing::recording;

class Loop : public ::testing::Test {
 protected:
  Loop() : recorded(recording({"leak-telnet", true, 60})), feed(recorded.pictures.back(), *recorded.chronicle) {}

  Outcome run_it(ScreenOptions options = {}) {
    const Clocks clocks{.wall = [this] { return now; }, .steady = [this] { return now; }};
    const auto outcome = run(feed, terminal, std::move(options), clocks);
    EXPECT_TRUE(outcome);
    return outcome.value_or(Outcome{});
  }

  const Recording& recorded;
  FakeFeed feed;
  FakeTerminal terminal{{.width = 80, .height = 24}};
  base::Time now{base::seconds(1000).nanoseconds};
};

TEST_F(Loop, TakesNoScreenBeforeTheFirstPacket) {
  const auto full = feed.picture();
  verdict::Picture empty;
  empty.live = true;
  feed.show(empty);
  int reads = 0;
  terminal.exhausted = {};
  terminal.on_read = [&](base::Duration longest) {
    now.nanoseconds += std::max<std::int64_t>(longest.nanoseconds, 1);
    EXPECT_EQ(terminal.started, ++reads > 5) << reads;
    if (reads == 5) feed.show(full);
    if (reads == 8) terminal.press("q");
  };
  run_it();
  EXPECT_TRUE(terminal.started);
  EXPECT_TRUE(terminal.finished);
}

TEST_F(Loop, TakesTheScreenAtAKeyThen) {
  verdict::Picture empty;
  empty.live = true;
  feed.show(empty);
  terminal.press(Key::kEnter);
  run_it();
  EXPECT_TRUE(terminal.started);
}

TEST_F(Loop, EndsBeforeTheScreenIsTaken) {
  verdict::Picture empty;
  empty.live = true;
  feed.show(empty);
  EXPECT_TRUE(run_it().closed);
  EXPECT_FALSE(terminal.started);
}

TEST_F(Loop, LooksOnceASecondAndDrawsAtOnceOnInput) {
  std::vector<base::Duration> waits;
  int reads = 0;
  terminal.exhausted = {};
  terminal.on_read = [&](base::Duration longest) {
    waits.push_back(longest);
    ++reads;
    if (reads == 3) return terminal.press("j");  // at once
    now.nanoseconds += longest.nanoseconds;
    if (reads == 40) terminal.press("q");
  };
  const int before = feed.looks;
  const base::Time began = now;
  run_it();
  const auto seconds = (now - began).nanoseconds / 1'000'000'000;
  EXPECT_LE(feed.looks - before, seconds + 3);
  EXPECT_GE(feed.looks - before, seconds);
  for (const base::Duration wait : waits) EXPECT_LE(wait, base::seconds(1));
  EXPECT_GT(terminal.pictures.size(), static_cast<std::size_t>(seconds)) << "a key was answered in between";
}

TEST_F(Loop, HandsASignalOn) {
  terminal.inputs.push_back({.kind = InputKind::kSignal, .signal = SIGTERM});
  EXPECT_EQ(run_it().signal, SIGTERM);
  EXPECT_TRUE(terminal.finished);
}

TEST_F(Loop, KeepsThePictureOnlyAtCapitalQ) {
  terminal.press("q");
  run_it();
  EXPECT_TRUE(terminal.kept.empty());
  terminal.press("Q");
  run_it();
  EXPECT_THAT(terminal.kept, HasSubstr("VIOLATED"));
}

TEST_F(Loop, DoesWhatKeysAskOfTheTerminal) {
  terminal.press("MyT");
  terminal.press(Key::kDown);
  terminal.press(Key::kEnter);
  terminal.press(control('l'));
  terminal.press(control('z'));
  terminal.press("+q");
  run_it();
  EXPECT_EQ(terminal.mouse, Mouse::kOn);
  EXPECT_FALSE(terminal.copied.empty());
  EXPECT_THAT(terminal.themes, ::testing::Contains("deuteranopia"));
  EXPECT_EQ(terminal.redraws, 1);
  EXPECT_EQ(terminal.suspensions, 1);
  EXPECT_EQ(feed.interval, base::seconds(2));
}

TEST_F(Loop, CopiesIntoAFileWhereThereIsNoClipboard) {
  const std::filesystem::path before = std::filesystem::current_path();
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "espy_copy_test";
  std::filesystem::create_directories(folder);
  std::filesystem::current_path(folder);
  terminal.clipboard.clear();
  terminal.press("y");
  terminal.on_read = [&, reads = 0](base::Duration) mutable {
    if (++reads == 3) terminal.press("q");
  };
  terminal.exhausted = {};
  run_it();
  std::filesystem::current_path(before);
  EXPECT_THAT(terminal.pictures.back(), HasSubstr("no clipboard; saved espy-copy-19700101T001640Z.txt"));
  std::ostringstream saved;
  saved << std::ifstream(folder / "espy-copy-19700101T001640Z.txt").rdbuf();
  EXPECT_EQ(saved.str(), terminal.copied + "\n");
  std::filesystem::remove_all(folder);
}

TEST_F(Loop, PlainTellsEachChangeOnce) {
  Plain plain(true);
  const auto first = plain.news(feed.look(std::nullopt));
  EXPECT_THAT(first, ::testing::Contains(HasSubstr("critical LEAK r")));
  EXPECT_THAT(first.back(), HasSubstr("VIOLATED: "));
  EXPECT_TRUE(plain.news(feed.look(std::nullopt)).empty());
  verdict::Picture changed = feed.picture();
  changed.summary.verdict = verdict::Verdict::kInconclusive;
  changed.summary.verdict_line = "inconclusive: \x1b[2J";
  feed.show(std::move(changed));
  const auto second = plain.news(feed.look(std::nullopt));
  EXPECT_THAT(second, ::testing::Contains(HasSubstr("INCONCLUSIVE: ")));
  for (const std::string& line : second) EXPECT_EQ(line.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace espy::tui
