// The sequence view by keys: folded rows open and fold again, the list alone, cells larger and smaller; and the age of the SAs in row 3.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tui/fake_terminal.h"
#include "tests/tui/pictures.h"
#include "tui/screen.h"

namespace espy::tui {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr base::Time kWall{1'795'293'067'000'000'000};

// A capture whose first SA has had `highest` numbers, all of them seen but 12 at 871204.
verdict::Picture busy(std::uint64_t highest) {
  verdict::Picture picture = testing::recording({"lost"}).whole();
  verdict::SequenceDetail detail;
  detail.first = detail.first_packet = 1;
  detail.highest = highest;
  detail.seen.fill(~std::uint64_t{0});
  detail.events.push_back(
      {.kind = verdict::SequenceEventKind::kGap, .time = kWall, .before = kWall, .number = 871'204, .count = 12, .distance = 0});
  picture.sequences.at(0) = detail;
  return picture;
}

class View {
 public:
  View() : feed(std::make_shared<const verdict::Picture>(busy(998'120)), *testing::recording({"lost"}).chronicle) {
    ScreenOptions options;
    options.settings.display.tier = Tier::kAscii;
    options.first = {ViewId::kSequence, association_key(busy(1).summary.associations.at(0))};
    screen.emplace(feed, std::move(options));
    screen->resize({120, 40});
    screen->look(kWall, {1'000'000'000});
  }
  std::string press(Key key) {
    screen->press(key);
    return screen->draw().canvas.text();
  }
  std::string press(char letter) { return press(key(letter)); }

  testing::FakeFeed feed;
  std::optional<Screen> screen;
};

// 998120 numbers at 32 a cell, 96 cells a row: row 283 has the gap, row 324 is the last.
TEST(SequenceScreen, FoldedRowsOpenAndFold) {
  View view;
  std::string text = view.press('g');
  EXPECT_THAT(text, HasSubstr("1 cell = 32, 1 row = 3072"));
  EXPECT_THAT(text, HasSubstr("... 282 rows, all seen (Enter opens)"));
  EXPECT_THAT(text, HasSubstr("     869376 #########################################"));
  EXPECT_THAT(text, HasSubstr("... 40 rows, all seen (Enter opens)"));
  EXPECT_THAT(text, Not(HasSubstr("\n       3072 ")));
  text = view.press(Key::kEnter);
  EXPECT_THAT(text, HasSubstr("... 282 rows, all seen (Enter folds)"));
  EXPECT_THAT(text, HasSubstr("\n       3072 ####"));
  EXPECT_THAT(text, HasSubstr("and 250 more like these"));
  text = view.press(Key::kEnter);
  EXPECT_THAT(text, HasSubstr("... 282 rows, all seen (Enter opens)"));
  EXPECT_THAT(text, Not(HasSubstr("\n       3072 ")));
}

TEST(SequenceScreen, CellsBecomeSmallerAndLarger) {
  View view;
  EXPECT_THAT(view.press('+'), HasSubstr("1 cell = 16, "));
  view.press('-');
  EXPECT_THAT(view.press('-'), HasSubstr("1 cell = 64, "));
  for (int i = 0; i < 8; ++i) view.press('+');
  const std::string text = view.press('+');
  EXPECT_THAT(text, HasSubstr("1 cell = 1, "));
  EXPECT_THAT(text, HasSubstr("LLLLLLLLLLLL")) << "twelve numbers one by one";
}

TEST(SequenceScreen, TheListAloneAndAllAgain) {
  View view;
  std::string text = view.press('l');
  EXPECT_THAT(text, Not(HasSubstr("Sequence space")));
  EXPECT_THAT(text, HasSubstr("[Gaps]"));
  EXPECT_THAT(text, HasSubstr("[How late packets came]"));
  text = view.press('l');
  EXPECT_THAT(text, HasSubstr("Sequence space"));
}

std::string health_of(verdict::Picture picture) { return health_line({}, picture, Display{}, 160); }

TEST(SequenceScreen, Row3TellsWhereTheSasCameFrom) {
  verdict::Picture picture = testing::recording({"lost"}).whole();
  EXPECT_THAT(health_of(picture), HasSubstr("| SAs: xfrm-state.txt | keyed 2/2"));
  picture.live = true;
  picture.now = kWall;
  picture.associations_read = {kWall.nanoseconds - 14'000'000'000};
  EXPECT_THAT(health_of(picture), HasSubstr("| SAs: xfrm-state.txt, read 14 s ago | keyed 2/2"));
  picture.association_sources.emplace_back("setkey.conf");
  EXPECT_THAT(health_of(picture), HasSubstr("| SAs: 2 files, read 14 s ago | keyed 2/2"));
  picture.configured_associations = 0;
  EXPECT_THAT(health_of(picture), HasSubstr("| SAs: none given"));
}

}  // namespace
}  // namespace espy::tui
