// Parts of a file's time and how series look in them; expected values by hand.
#include "tui/period.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tui/window_table.h"

namespace espy::tui {
namespace {

base::Time at(double seconds) { return {1'795'294'526'000'000'000 + static_cast<std::int64_t>(seconds * 1e9)}; }

Series series_of_counts(double begin, double step, std::vector<std::uint64_t> counts) {
  Series series{.begin = at(begin), .step = {static_cast<std::int64_t>(step * 1e9)}, .slices = {}};
  for (const std::uint64_t count : counts) series.slices.push_back({.encrypted = count});
  return series;
}

TEST(Period, IsHalvedWithEachStepOfZoomAndStaysInTheFile) {
  const Period whole{at(0), at(80)};
  EXPECT_EQ(in_sight(whole, {}, 0), whole);
  EXPECT_EQ(in_sight(whole, at(40), 1), (Period{at(20), at(60)}));
  EXPECT_EQ(in_sight(whole, at(5), 2), (Period{at(0), at(20)}));
  EXPECT_EQ(in_sight(whole, at(79), 3), (Period{at(70), at(80)}));
  EXPECT_EQ(in_sight(whole, {}, 1), (Period{at(40), at(80)}));
  EXPECT_EQ(in_sight(whole, at(40), 60).length(), kShortestPeriod);
  EXPECT_EQ(around(whole, at(40), base::seconds(500)), whole);
}

TEST(Period, HasLengthsThatPeopleThinkIn) {
  EXPECT_EQ(round_length(base::seconds(1'500)), base::seconds(1'200));
  EXPECT_EQ(round_length(base::milliseconds(7)), base::milliseconds(5));
  EXPECT_EQ(round_length({1}), base::milliseconds(1));
  EXPECT_EQ(next_length(base::seconds(1), 1), base::seconds(2));
  EXPECT_EQ(next_length(base::seconds(1), -1), base::milliseconds(500));
  EXPECT_EQ(next_length(base::milliseconds(1), -1), base::milliseconds(1));
  EXPECT_EQ(next_length(base::seconds(604'800), 1), base::seconds(604'800));
}

std::vector<double> rates(const std::vector<Moments>& cells) {
  std::vector<double> made;
  for (const Moments& cell : cells) made.push_back(cell.encrypted);
  return made;
}

TEST(Period, ShortSlicesAddUpInACell) {
  // Two slices of 1 s in a cell of 2 s: 4 and 6 packets are 5 a second.
  const auto cells = resample(series_of_counts(0, 1, {4, 6, 0, 2, 9, 9}), {at(0), at(4)}, 2);
  EXPECT_EQ(rates(cells), (std::vector<double>{5, 1}));
}

TEST(Period, LongSlicesAreRepeatedWithTheirRate) {
  const auto cells = resample(series_of_counts(0, 4, {8, 40}), {at(2), at(6)}, 4);
  EXPECT_EQ(rates(cells), (std::vector<double>{2, 2, 10, 10}));
}

TEST(Period, WhatNoSliceHasIsNotKnown) {
  const auto cells = resample(series_of_counts(1, 1, {3}), {at(0), at(3)}, 3);
  EXPECT_FALSE(cells[0].known);
  EXPECT_TRUE(cells[1].known);
  EXPECT_FALSE(cells[2].known);
}

TEST(Period, ARekeyIsMarkedOnce) {
  Series series = series_of_counts(0, 4, {8, 8});
  series.slices[1].rekey = true;
  const auto cells = resample(series, {at(0), at(8)}, 8);
  EXPECT_EQ(std::ranges::count_if(cells, [](const Moments& cell) { return cell.rekey; }), 1);
  EXPECT_TRUE(cells[4].rekey);
}

TEST(WindowTable, CountsWhatCameSinceAPicture) {
  verdict::RequirementSummary old;
  old.id = "r1";
  old.packets = {.protected_ = 10, .unverified = 5, .leaked = 2, .forged = 1};
  verdict::Picture before;
  before.summary.requirements.push_back(old);
  verdict::RequirementSummary now = old;
  now.packets = {.protected_ = 14, .unverified = 8, .leaked = 5, .forged = 1};
  const WindowCounts lately = count_window(&before, now);
  EXPECT_EQ(lately.covered, 7U);
  EXPECT_EQ(lately.clear, 3U);
  EXPECT_EQ(lately.all, 10U);
  const WindowCounts whole = count_window(nullptr, now);
  EXPECT_EQ(whole.covered, 22U);
  EXPECT_EQ(whole.clear, 5U);
  EXPECT_EQ(whole.all, 28U);
}

}  // namespace
}  // namespace espy::tui
