// What is known of sequence numbers, from details made by hand.
#include <gtest/gtest.h>

#include "tui/sequence_map.h"

namespace espy::tui {
namespace {

using verdict::SequenceDetail;
using verdict::SequenceEventKind;

// All of 1..highest came, but for `missing`.
SequenceDetail detail(std::uint64_t highest, std::initializer_list<std::uint64_t> missing = {}) {
  SequenceDetail made;
  made.first = 1;
  made.highest = highest;
  for (std::uint64_t number = highest < verdict::kSequenceWindow ? 1 : highest - verdict::kSequenceWindow + 1; number <= highest;
       ++number) {
    if (std::ranges::find(missing, number) == missing.end()) made.seen[number / 64 % 16] |= std::uint64_t{1} << (number % 64);
  }
  return made;
}

void add(SequenceDetail& to, SequenceEventKind kind, std::uint64_t number, std::uint64_t count = 1) {
  to.events.push_back({.kind = kind, .time = {}, .before = {}, .number = number, .count = count, .distance = 0});
}

TEST(SequenceMap, TheNewestMayStillCome) {
  const SequenceDetail one = detail(70, {5, 68});
  const SequenceMap map(one, 32);
  EXPECT_EQ(map.row(0, 1, 10), " ####L####");
  EXPECT_EQ(map.row(64, 1, 10), "####.##   ");
}

TEST(SequenceMap, ACellShowsTheWorstOfItsNumbers) {
  SequenceDetail one = detail(200, {100});
  add(one, SequenceEventKind::kLate, 20);
  add(one, SequenceEventKind::kReplayed, 150);
  add(one, SequenceEventKind::kDuplicate, 180);
  EXPECT_EQ(SequenceMap(one, 32).row(1, 50, 4), "oLRD");
}

// Behind the window only events tell: 12 missing at 871204, as in the mock-up of TUI.md.
TEST(SequenceMap, OldGapsAreKnownByTheirEvents) {
  SequenceDetail one = detail(998'120);
  add(one, SequenceEventKind::kGap, 871'204, 12);
  const SequenceMap map(one, 64);
  EXPECT_EQ(map.row(871'200, 1, 32), "####LLLLLLLLLLLL################");
  EXPECT_EQ(map.row(870'400, 32, 64), std::string(25, '#') + "L" + std::string(38, '#'));
  EXPECT_EQ(map.came_late(one.events[0]), 0U);
}

TEST(SequenceMap, WhatCameLateIsNotLost) {
  SequenceDetail one = detail(10'000);
  add(one, SequenceEventKind::kGap, 100, 2);
  add(one, SequenceEventKind::kLate, 100);
  add(one, SequenceEventKind::kLate, 101);
  const SequenceMap map(one, 64);
  EXPECT_EQ(map.row(99, 1, 4), "#oo#");
  EXPECT_EQ(map.came_late(one.events[0]), 2U);
}

TEST(SequenceMap, DoesNotClaimWhatItForgot) {
  SequenceDetail one = detail(10'000);
  add(one, SequenceEventKind::kGap, 5'000, 1);
  one.events_left_out = 9;
  EXPECT_EQ(SequenceMap(one, 64).row(4'998, 1, 4), "??L#");
}

}  // namespace
}  // namespace espy::tui
