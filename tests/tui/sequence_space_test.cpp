// The rows of the sequence view: what is folded is alike, number by number, and nothing odd is folded.
#include "tui/sequence_space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>

namespace espy::tui {
namespace {

using verdict::SequenceDetail;
using verdict::SequenceEvent;
using verdict::SequenceEventKind;

constexpr std::uint64_t kWindow = 64;

SequenceDetail all_seen(std::uint64_t first, std::uint64_t highest) {
  SequenceDetail made;
  made.first = first;
  made.highest = highest;
  for (std::uint64_t number = std::max(first, highest < 1'023 ? 0 : highest - 1'023); number <= highest; ++number)
    made.seen[number / 64 % 16] |= std::uint64_t{1} << (number % 64);
  return made;
}

void add(SequenceDetail& to, SequenceEventKind kind, std::uint64_t number, std::uint64_t count = 1) {
  to.events.push_back({.kind = kind, .time = {}, .before = {}, .number = number, .count = count, .distance = 0});
}

std::string words(const SequenceMap& map, const SequenceRows& rows, const SequenceGrid& grid) {
  return rows.count == 1 ? map.row(rows.first, grid.cell, grid.cells) : folded_words(rows);
}

std::vector<std::string> shown(const SequenceDetail& detail, const SequenceGrid& grid) {
  const SequenceMap map(detail, kWindow);
  std::vector<std::string> lines;
  for (const SequenceRows& rows : sequence_rows(map, detail, grid)) lines.push_back(words(map, rows, grid));
  return lines;
}

// TUI.md 4.4: 998120 numbers, 12 of them missing at 871204.
TEST(SequenceSpace, TheMockUpFits) {
  SequenceDetail detail = all_seen(1, 998'120);
  add(detail, SequenceEventKind::kGap, 871'204, 12);
  const SequenceGrid grid{.cell = 32, .cells = 100, .rows = 6};
  const std::string full(100, '#');
  EXPECT_THAT(shown(detail, grid), ::testing::ElementsAre(full, "271 rows, all seen", std::string(25, '#') + "L" + std::string(74, '#'),
                                                          "38 rows, all seen", std::string(92, '#') + std::string(8, ' ')));
}

TEST(SequenceSpace, CellsAreFineWhereWhatIsOddFits) {
  SequenceDetail detail = all_seen(1, 998'120);
  add(detail, SequenceEventKind::kGap, 871'204, 12);
  const SequenceGrid fine = fitted({.cell = 1, .cells = 96, .rows = 10}, detail, 0);
  EXPECT_EQ(fine.cell, 32U) << "998120 numbers in at most 400 rows of 96 cells";
  EXPECT_EQ(fitted({.cell = 1, .cells = 96, .rows = 10}, detail, 5).cell, 1U);
  EXPECT_EQ(fitted({.cell = 1, .cells = 96, .rows = 10}, detail, 50).cell, 1U);
  EXPECT_EQ(fitted({.cell = 1, .cells = 96, .rows = 10}, detail, -1).cell, 64U);
  EXPECT_LE(sequence_rows(SequenceMap(detail, kWindow), detail, fitted({.cell = 1, .cells = 96, .rows = 10}, detail, -40)).size(), 1U);
  EXPECT_EQ(fitted({.cell = 1, .cells = 96, .rows = 10}, all_seen(1, 79), 0).cell, 1U);
}

TEST(SequenceSpace, LongGapsAndWhatIsForgottenAreFolded) {
  SequenceDetail detail = all_seen(1, 100'000);
  add(detail, SequenceEventKind::kGap, 30'000, 20'000);
  const SequenceGrid grid{.cell = 10, .cells = 100, .rows = 4};
  const std::string seen(100, '#'), lost(100, 'L');
  EXPECT_THAT(shown(detail, grid), ::testing::ElementsAre(seen, "29 rows, all seen", lost, "18 rows, all lost", lost, "50 rows, all seen",
                                                          "#" + std::string(99, ' ')));
  detail.events_left_out = 1;
  EXPECT_EQ(shown(detail, grid).at(1), "29 rows, not remembered");
}

// Where there is room the shortest runs are shown.
TEST(SequenceSpace, RoomIsUsed) {
  SequenceDetail detail = all_seen(1, 10'000);
  add(detail, SequenceEventKind::kGap, 6'010, 1);
  SequenceGrid grid{.cell = 10, .cells = 100, .rows = 5};
  EXPECT_EQ(shown(detail, grid).size(), 5U);
  grid.rows = 8;
  EXPECT_EQ(shown(detail, grid).size(), 7U) << "the three rows after the gap; the five before it do not fit";
  grid.rows = 11;
  EXPECT_EQ(shown(detail, grid).size(), 11U);
}

SequenceDetail random_detail(std::mt19937& random) {
  const auto between = [&](std::uint64_t low, std::uint64_t high) {
    return std::uniform_int_distribution<std::uint64_t>(low, high)(random);
  };
  const std::uint64_t first = between(1, 5'000);
  SequenceDetail detail = all_seen(first, first + between(0, 20'000));
  std::uint64_t at = first;
  for (std::uint64_t left = between(0, 20); left > 0; --left) {
    at += between(1, 2'000);
    if (at >= detail.highest) break;
    if (between(0, 3) == 0) {
      add(detail, SequenceEventKind::kReplayed, at);
      continue;
    }
    const std::uint64_t count = std::min(between(0, 1) == 0 ? between(1, 5) : between(1, 3'000), detail.highest - at);
    add(detail, SequenceEventKind::kGap, at, count);
    for (std::uint64_t number = at; number < at + count; ++number) {
      if (detail.highest - number < 1'024) detail.seen[number / 64 % 16] &= ~(std::uint64_t{1} << (number % 64));
    }
    at += count;
  }
  detail.events_left_out = between(0, 1);
  return detail;
}

// Every row of the map at the size of one number a cell is in exactly one line, and a folded one holds nothing else than it says.
TEST(SequenceSpace, WhatIsFoldedIsAlikeNumberByNumber) {
  std::mt19937 random(11);
  for (int round = 0; round < 60; ++round) {
    const SequenceDetail detail = random_detail(random);
    const SequenceMap map(detail, kWindow);
    const SequenceGrid grid{.cell = 1U << (round % 4), .cells = 16 << (round % 3), .rows = 4 + round % 8};
    std::uint64_t next = detail.first / grid.row_size() * grid.row_size();
    for (const SequenceRows& rows : sequence_rows(map, detail, grid)) {
      ASSERT_EQ(rows.first, next);
      next += rows.count * grid.row_size();
      if (rows.count == 1) continue;
      for (std::uint64_t number = rows.first; number < next; ++number) {
        const Sighting sighting = map.of(number, 1);
        ASSERT_TRUE(sighting == rows.all || sighting == Sighting::kNotSent) << number << ' ' << round;
      }
    }
    EXPECT_GT(next, detail.highest);
    EXPECT_LE(next, detail.highest + grid.row_size());
  }
}

TEST(SequenceSpace, TenMillionNumbersTakeNoTime) {
  SequenceDetail detail = all_seen(1, 10'000'000);
  for (std::uint64_t gap = 1; gap <= verdict::kSequenceEvents; ++gap) add(detail, SequenceEventKind::kGap, gap * 150'000, gap);
  const SequenceMap map(detail, kWindow);
  const auto begin = std::chrono::steady_clock::now();
  for (int zoom = -3; zoom < 20; ++zoom) {
    const SequenceGrid grid = fitted({.cell = 1, .cells = 96, .rows = 10}, detail, zoom);
    EXPECT_LT(sequence_rows(map, detail, grid).size(), 400U);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5)) << "ten million rows would take minutes";
}

}  // namespace
}  // namespace espy::tui
