// What a screen is told of the numbers of an SA: oddities, how late packets came, how the highest number rose. Expected figures are counted
// by hand, or from all that was fed.
#include "verify/sequence_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <set>

namespace espy::verify {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using verdict::Lateness;
using verdict::SequenceEventKind;
using verdict::SequencePoint;

base::Time at(std::int64_t milliseconds) { return {1'795'294'526'000'000'000 + milliseconds * 1'000'000}; }

// Packets 20 ms apart, as Associations hands them on.
class Feed {
 public:
  void see(std::uint32_t sequence) { see(sequence, sequence ^ 0x5555U); }
  void see(std::uint32_t sequence, Fingerprint octets) {
    const NumberedPacket packet{.sequence = sequence, .fingerprint = octets, .time = at(now += 20)};
    log.add(0, tracker, packet, tracker.add(packet, run_));
  }
  void range(std::uint32_t first, std::uint32_t last) {
    for (std::uint32_t sequence = first; sequence <= last; ++sequence) see(sequence);
  }
  std::vector<SequenceEventKind> kinds() const {
    std::vector<SequenceEventKind> kinds;
    if (log.find(0) == nullptr) return kinds;
    for (const auto& event : log.find(0)->events) kinds.push_back(event.kind);
    return kinds;
  }

  SequenceTracker tracker;
  SequenceLog log;
  std::int64_t now = 0;

 private:
  std::array<SequenceSlot, SequenceRun::kLong> slots_;
  SequenceRun run_{.slots = slots_.data(), .mask = SequenceRun::kLong - 1};
};

TEST(SequenceLog, NothingOddIsNothing) {
  Feed feed;
  feed.range(1, 500);
  EXPECT_EQ(feed.log.find(0), nullptr);
  EXPECT_THAT(feed.log.points(1), IsEmpty());
}

TEST(SequenceLog, PointsAreAllPacketsWhileTheyAreFew) {
  Feed feed;
  feed.range(5, 7);
  feed.see(10);
  EXPECT_THAT(feed.log.points(0),
              ElementsAre(SequencePoint{at(20), 5}, SequencePoint{at(40), 6}, SequencePoint{at(60), 7}, SequencePoint{at(80), 10}));
}

// Of ten million numbers no more than 129 points are kept: true ones, in order, evenly apart, the first and the newest among them.
TEST(SequenceLog, PointsAreThinnedEvenly) {
  SequenceTrail trail;
  constexpr std::int64_t kNumbers = 10'000'000;
  for (std::int64_t number = 1; number <= kNumbers; ++number) trail.add({at(number), static_cast<std::uint64_t>(number)});
  const std::vector<SequencePoint> points = trail.points();
  ASSERT_LE(points.size(), verdict::kSequencePoints + 1);
  ASSERT_GE(points.size(), verdict::kSequencePoints / 2);
  EXPECT_EQ(points.front(), (SequencePoint{at(1), 1}));
  EXPECT_EQ(points.back(), (SequencePoint{at(kNumbers), kNumbers}));
  const std::uint64_t stride = points[1].number - points[0].number;
  for (std::size_t index = 1; index + 1 < points.size(); ++index) {
    EXPECT_EQ(points[index].number - points[index - 1].number, stride) << index;
    EXPECT_EQ(points[index].time, at(static_cast<std::int64_t>(points[index].number))) << index;
  }
}

TEST(SequenceLog, AStepBackKeepsBothSides) {
  Feed feed;
  feed.range(1, 1'000);
  for (std::uint32_t sequence = 1; sequence <= 300; ++sequence) feed.see(sequence, sequence ^ 0x7777U);
  const std::vector<SequencePoint> points = feed.log.points(0);
  const auto back = std::ranges::adjacent_find(points, std::ranges::greater{}, &SequencePoint::number);
  ASSERT_NE(back, points.end());
  EXPECT_EQ(*back, (SequencePoint{at(20'000), 1'000}));
  EXPECT_EQ(*std::next(back), (SequencePoint{at(20'060), 3})) << "the third low number in a row shows it";
  EXPECT_EQ(points.back().number, 300U);
}

// The first two numbers of a counter that begins again look like replays until the third comes.
TEST(SequenceLog, ACounterThatBeginsAgainIsNoReplay) {
  Feed feed;
  feed.range(1, 100);
  feed.see(1, 0x7771U);
  feed.see(2, 0x7772U);
  EXPECT_THAT(feed.kinds(), ElementsAre(SequenceEventKind::kReplayed, SequenceEventKind::kReplayed));
  feed.see(3, 0x7773U);
  EXPECT_THAT(feed.kinds(), ElementsAre(SequenceEventKind::kReset));
  EXPECT_EQ(feed.tracker.replayed(), 0U);
  EXPECT_EQ(feed.tracker.lowest_extended(), 1U);
}

TEST(SequenceLog, ReplaysBeforeACounterBeginsAgainStay) {
  Feed feed;
  feed.range(1, 100);
  feed.see(50);
  feed.see(1, 0x7771U);
  feed.see(2, 0x7772U);
  feed.see(3, 0x7773U);
  EXPECT_THAT(feed.kinds(), ElementsAre(SequenceEventKind::kReplayed, SequenceEventKind::kReset));
}

// A capture that began in the middle: numbers that were not seen before look late, and are not.
TEST(SequenceLog, ACounterThatBeginsAgainIsNotLate) {
  Feed feed;
  feed.range(500, 600);
  feed.see(602);
  feed.see(601);
  for (const std::uint32_t sequence : {1U, 2U, 3U}) feed.see(sequence, sequence ^ 0x7777U);
  EXPECT_THAT(feed.kinds(), ElementsAre(SequenceEventKind::kGap, SequenceEventKind::kLate, SequenceEventKind::kReset));
  EXPECT_EQ(feed.log.find(0)->lateness(100).most, 1U);
  EXPECT_THAT(feed.log.find(0)->late, ElementsAre(0, 1, 0, 0, 0));
}

// Sorted by hand: of 100 packets 98 in order, one 2 and one 9 behind.
TEST(SequenceLog, LatenessIsToldExactly) {
  Feed feed;
  for (std::uint32_t sequence = 1; sequence <= 100; ++sequence) {
    if (sequence != 30 && sequence != 60) feed.see(sequence);
    if (sequence == 32) feed.see(30);
    if (sequence == 69) feed.see(60);
  }
  const Lateness lateness = feed.log.find(0)->lateness(98);
  EXPECT_EQ(lateness.p50, 0U);
  EXPECT_EQ(lateness.p99, 2U) << "the 99th of 100";
  EXPECT_EQ(lateness.most, 9U);
}

// Against all distances sorted: equal up to 64, an upper bound above.
TEST(SequenceLog, LatenessIsNeverUnderstated) {
  std::mt19937 random(5);
  for (const std::uint64_t reach : {3U, 60U, 500U, 100'000U}) {
    std::vector<std::uint64_t> all(std::uniform_int_distribution<std::size_t>(0, 300)(random), 0);
    const std::size_t in_order = all.size();
    std::set<std::uint32_t> fed;
    SequenceTracker tracker;
    std::array<SequenceSlot, SequenceRun::kLong> slots;
    SequenceRun run{.slots = slots.data(), .mask = SequenceRun::kLong - 1};
    SequenceLog log;
    const auto see = [&](std::uint32_t sequence) {
      const NumberedPacket packet{.sequence = sequence, .fingerprint = sequence | 1, .time = at(1)};
      const Sighting sighting = tracker.add(packet, run);
      log.add(0, tracker, packet, sighting);
      if (sighting == Sighting::kReordered) all.push_back(tracker.highest_extended() - sequence);
    };
    see(1'000'000);
    // Each distance once: numbers below the first that was seen are new.
    for (int i = 0; i < 400; ++i) {
      const auto behind = std::uniform_int_distribution<std::uint32_t>(1, static_cast<std::uint32_t>(reach))(random);
      if (fed.insert(behind).second) see(1'000'000 - behind);
    }
    ASSERT_NE(log.find(0), nullptr);
    std::ranges::sort(all);
    const Lateness lateness = log.find(0)->lateness(in_order);
    const auto rank = [&](std::size_t percent) { return all[(percent * all.size() + 99) / 100 - 1]; };
    EXPECT_EQ(lateness.most, all.back());
    for (const auto& [told, exact] : {std::pair{lateness.p50, rank(50)}, std::pair{lateness.p99, rank(99)}}) {
      if (exact <= verdict::kExactLateness) {
        EXPECT_EQ(told, exact) << reach;
      } else {
        EXPECT_GE(told, exact) << reach;
        EXPECT_LT(told, 2 * exact) << reach;
      }
    }
  }
}

TEST(SequenceLog, KeepsTheNewestEvents) {
  Feed feed;
  for (std::uint32_t sequence = 2; sequence <= 400; sequence += 2) feed.see(sequence);
  ASSERT_THAT(feed.log.find(0)->events, SizeIs(verdict::kSequenceEvents));
  EXPECT_EQ(feed.log.find(0)->left_out, 199U - verdict::kSequenceEvents);
  EXPECT_EQ(feed.log.find(0)->events.back().number, 399U);
  EXPECT_LE(feed.log.points(0).size(), verdict::kSequencePoints + 1);
}

}  // namespace
}  // namespace espy::verify
