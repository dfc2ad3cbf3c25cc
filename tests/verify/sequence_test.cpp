// V27, V28 and the window of RFC 4303 section 3.4.3. Every expected figure is counted by hand from the list of numbers, or by a model
// that keeps all numbers in a set.
#include "verify/sequence.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <vector>

namespace espy::verify {
namespace {

constexpr std::int64_t kStart = 1'795'294'526'000'000'000;

base::Time at(std::int64_t milliseconds) { return {kStart + milliseconds * 1'000'000}; }

// Numbers 20 ms apart, each with octets of its own unless said otherwise.
class Feed {
 public:
  Sighting operator()(std::uint32_t sequence) { return see(sequence, sequence ^ 0x5555U); }
  Sighting see(std::uint32_t sequence, Fingerprint octets) { return see(sequence, octets, now_ += 20); }
  Sighting see(std::uint32_t sequence, Fingerprint octets, std::int64_t milliseconds) {
    const NumberedPacket packet{.sequence = sequence, .fingerprint = octets, .time = at(milliseconds)};
    // Most packets are offered as the next ones of a run first, some are not: fragments, packets looked at in full.
    if (++packets_ % 7 != 0 && tracker_.add_next(packet, run_)) return Sighting::kNew;
    const Sighting sighting = tracker_.add(packet, run_);
    if (tracker_.lacks_room()) {
      run_.move_history(long_);
      run_.write(packet);
    }
    return sighting;
  }
  // The long history goes to another SA.
  void return_history() { run_.move_history(short_); }
  bool has_long_history() const { return run_.mask + 1 == SequenceRun::kLong; }
  void range(std::uint32_t first, std::uint32_t last) {
    for (std::uint32_t sequence = first; sequence <= last; ++sequence) (*this)(sequence);
  }
  const SequenceTracker& tracker() {
    tracker_.end_run(run_);
    return tracker_;
  }

 private:
  SequenceTracker tracker_;
  std::array<SequenceSlot, SequenceRun::kShort> short_;
  std::array<SequenceSlot, SequenceRun::kLong> long_;
  SequenceRun run_{.slots = short_.data(), .mask = SequenceRun::kShort - 1};
  std::int64_t now_ = 0;
  int packets_ = 0;
};

TEST(Sequence, NothingSeenHasNoFigures) {
  const SequenceTracker tracker;
  EXPECT_FALSE(tracker.any());
  EXPECT_EQ(tracker.lost(), 0U);
  EXPECT_EQ(tracker.window_needed(), 0U);
}

TEST(Sequence, InOrderNeedsAWindowOfOne) {
  Feed feed;
  feed.range(1, 5000);
  EXPECT_EQ(feed.tracker().lost(), 0U);
  EXPECT_EQ(feed.tracker().reordered(), 0U);
  EXPECT_EQ(feed.tracker().window_needed(), 1U);
  EXPECT_EQ(feed.tracker().first(), 1U);
  EXPECT_EQ(feed.tracker().highest(), 5000U);
}

TEST(Sequence, CountsWhatNeverCame) {
  Feed feed;
  feed.range(1, 10);
  feed(15);
  EXPECT_EQ(feed.tracker().last_gap().numbers, 4U);
  feed(16);
  EXPECT_EQ(feed.tracker().last_gap().numbers, 0U);
  EXPECT_EQ(feed.tracker().lost(), 4U);
  feed(12);
  EXPECT_EQ(feed.tracker().lost(), 3U);
}

// A packet that is n behind the highest passes a window of n + 1 and none smaller.
TEST(Sequence, WindowNeededIsTheLargestDistancePlusOne) {
  Feed feed;
  feed.range(1, 5);
  EXPECT_EQ(feed(7), Sighting::kNew);
  EXPECT_EQ(feed(8), Sighting::kNew);
  EXPECT_EQ(feed(6), Sighting::kReordered);
  EXPECT_EQ(feed.tracker().last_distance(), 2U);
  EXPECT_EQ(feed.tracker().window_needed(), 3U);
  EXPECT_EQ(feed.tracker().reordered(), 1U);
  EXPECT_EQ(feed.tracker().lost(), 0U);
}

TEST(Sequence, ACaptureThatStartsInTheMiddleHasLostNothing) {
  Feed feed;
  feed.range(70'000, 70'100);
  EXPECT_EQ(feed.tracker().lost(), 0U);
  EXPECT_EQ(feed.tracker().first(), 70'000U);
}

TEST(Sequence, ACaptureThatStartsBetweenReorderedPacketsHasLostNothing) {
  Feed feed;
  feed(70'002);
  EXPECT_EQ(feed(70'000), Sighting::kReordered);
  EXPECT_EQ(feed(70'001), Sighting::kReordered);
  EXPECT_EQ(feed(70'000), Sighting::kReplayed);
  EXPECT_EQ(feed.tracker().lost(), 0U);
  EXPECT_EQ(feed.tracker().resets(), 0U);
}

TEST(Sequence, WithinTenMillisecondsTheSameOctetsAreACopyLaterAReplay) {  // V27
  Feed feed;
  feed.see(1, 11, 0);
  EXPECT_EQ(feed.see(1, 11, 10), Sighting::kDuplicate);
  EXPECT_EQ(feed.see(1, 11, 11), Sighting::kReplayed);
  EXPECT_EQ(feed.see(2, 22, 12), Sighting::kNew);
  EXPECT_EQ(feed.see(2, 23, 13), Sighting::kReplayed);  // other octets
  EXPECT_EQ(feed.tracker().duplicates(), 1U);
  EXPECT_EQ(feed.tracker().replayed(), 2U);
  EXPECT_EQ(feed.tracker().lost(), 0U);
}

TEST(Sequence, AFrameOutOfTimeOrderIsACopyOnlyWithinTenMilliseconds) {  // V27
  Feed feed;
  feed.see(100, 11, 50'000);
  EXPECT_EQ(feed.see(100, 11, 49'995), Sighting::kDuplicate);
  EXPECT_EQ(feed.see(100, 11, 10'000), Sighting::kReplayed);
}

TEST(Sequence, AReplayOfTheFirstTenPacketsIsNoReset) {  // V28
  for (const std::uint32_t packets : {10U, 200U, 5000U}) {
    Feed feed;
    feed.range(1, packets);
    for (std::uint32_t sequence = 1; sequence <= 10; ++sequence) EXPECT_EQ(feed(sequence), Sighting::kReplayed) << packets;
    EXPECT_EQ(feed.tracker().replayed(), 10U);
    EXPECT_EQ(feed.tracker().resets(), 0U);
    EXPECT_EQ(feed.tracker().lost(), 0U);
  }
}

TEST(Sequence, ACounterThatBeginsAgainIsAReset) {  // V28
  for (const std::uint32_t packets : {3U, 10U, 500U, 100'000U}) {
    Feed feed;
    feed.range(1, packets);
    for (std::uint32_t sequence = 1; sequence <= 50; ++sequence) feed.see(sequence, 0xabc000U + sequence);
    EXPECT_EQ(feed.tracker().resets(), 1U) << packets;
    EXPECT_EQ(feed.tracker().replayed(), 0U) << packets;
    EXPECT_EQ(feed.tracker().reordered(), 0U) << packets;
    EXPECT_EQ(feed.tracker().lost(), 0U) << packets;
    EXPECT_EQ(feed.tracker().highest(), 50U) << packets;
  }
}

TEST(Sequence, AResetIsFoundWithItsFirstPacketsMissing) {  // V28
  Feed feed;
  feed.range(1, 1000);
  for (std::uint32_t sequence = 4; sequence <= 50; ++sequence) feed.see(sequence, 0xabc000U + sequence);
  EXPECT_EQ(feed.tracker().resets(), 1U);
  EXPECT_EQ(feed.tracker().replayed(), 0U);
}

// The capture began at 1000: the numbers 1 to 999 were never this capture's to lose.
TEST(Sequence, AResetAfterACaptureThatStartsInTheMiddleLosesNothing) {  // V28
  Feed feed;
  feed.range(1000, 1100);
  for (std::uint32_t sequence = 1; sequence <= 50; ++sequence) feed.see(sequence, 0xabc000U + sequence);
  EXPECT_EQ(feed.tracker().resets(), 1U);
  EXPECT_EQ(feed.tracker().lost(), 0U);
  EXPECT_EQ(feed.tracker().reordered(), 0U);
  EXPECT_EQ(feed.tracker().replayed(), 0U);
  EXPECT_EQ(feed.tracker().window_needed(), 1U);
}

TEST(Sequence, LossBeforeAResetIsKept) {  // V28
  Feed feed;
  feed.range(1, 100);
  feed.range(111, 200);
  for (std::uint32_t sequence = 1; sequence <= 20; ++sequence) feed.see(sequence, 0xabc000U + sequence);
  feed.see(25, 0xabc019U);
  EXPECT_EQ(feed.tracker().resets(), 1U);
  EXPECT_EQ(feed.tracker().lost(), 10U + 4U);
}

TEST(Sequence, APacketOfTheNewEpochThatComesAgainIsAReplay) {  // V27, V28
  Feed feed;
  feed.range(1, 300);
  for (std::uint32_t sequence = 1; sequence <= 20; ++sequence) feed.see(sequence, 0xabc000U + sequence);
  for (std::uint32_t sequence = 1; sequence <= 3; ++sequence)
    EXPECT_EQ(feed.see(sequence, 0xabc000U + sequence), Sighting::kReplayed) << sequence;
  EXPECT_EQ(feed.tracker().resets(), 1U);
  EXPECT_EQ(feed.tracker().lost(), 0U);
}

// A mirror port shows each packet twice, those after the reset too.
TEST(Sequence, AResetSeenTwiceIsStillOneReset) {  // V27, V28
  Feed feed;
  std::int64_t now = 0;
  const auto twice = [&](std::uint32_t sequence, Fingerprint octets) {
    feed.see(sequence, octets, now += 20);
    feed.see(sequence, octets, now + 1);
  };
  for (std::uint32_t sequence = 1; sequence <= 400; ++sequence) twice(sequence, 0x1000U + sequence);
  for (std::uint32_t sequence = 1; sequence <= 50; ++sequence) twice(sequence, 0x9000U + sequence);
  EXPECT_EQ(feed.tracker().resets(), 1U);
  EXPECT_EQ(feed.tracker().duplicates(), 450U);
  EXPECT_EQ(feed.tracker().replayed(), 0U);
}

TEST(Sequence, FirstPacketsThatComeLateAreReorderedNotAReset) {  // V28: "far below"
  Feed feed;
  feed(4);
  for (const std::uint32_t sequence : {1U, 2U, 3U}) EXPECT_EQ(feed(sequence), Sighting::kReordered);
  feed.range(5, 10);
  EXPECT_EQ(feed.tracker().resets(), 0U);
  EXPECT_EQ(feed.tracker().lost(), 0U);
  EXPECT_EQ(feed.tracker().window_needed(), 4U);
}

TEST(Sequence, AWrapIsNeitherResetNorLoss) {  // V28
  Feed feed;
  for (std::uint64_t number = 0xffffff00; number <= 0x1'0000'0100; ++number) {
    const auto sequence = static_cast<std::uint32_t>(number);
    EXPECT_EQ(feed(sequence), Sighting::kNew);
  }
  EXPECT_EQ(feed.tracker().wraps(), 1U);
  EXPECT_EQ(feed.tracker().resets(), 0U);
  EXPECT_EQ(feed.tracker().lost(), 0U);
  EXPECT_EQ(feed.tracker().highest(), 0x100U);
  EXPECT_EQ(feed.tracker().zeros(), 0U);  // RFC 4303 section 2.2.1: the low half of 2^32
}

TEST(Sequence, ReorderingAcrossAWrapIsReordering) {
  Feed feed;
  for (const std::uint32_t sequence : {0xfffffffdU, 0xfffffffeU, 0U, 0xffffffffU, 2U, 1U}) feed(sequence);
  EXPECT_EQ(feed.tracker().wraps(), 1U);
  EXPECT_EQ(feed.tracker().reordered(), 2U);
  EXPECT_EQ(feed.tracker().lost(), 0U);
  EXPECT_EQ(feed.tracker().window_needed(), 2U);
}

TEST(Sequence, ZerosAreCounted) {
  Feed feed;
  feed(0);
  feed(1);
  EXPECT_EQ(feed.tracker().zeros(), 1U);
}

TEST(Sequence, ANumberFarAheadWaitsUnlessItsIcvIsGood) {
  for (const bool authentic : {false, true}) {
    SequenceTracker tracker;
    std::array<SequenceSlot, SequenceRun::kShort> slots;
    SequenceRun run{.slots = slots.data(), .mask = SequenceRun::kShort - 1};
    std::int64_t now = 0;
    const auto add = [&](std::uint32_t sequence, bool good) {
      return tracker.add({.sequence = sequence, .fingerprint = sequence | 1U, .time = at(now += 20), .authentic = good}, run);
    };
    for (std::uint32_t sequence = 1; sequence <= 5; ++sequence) add(sequence, authentic);
    EXPECT_EQ(add(1'000'000, authentic), Sighting::kNew);
    EXPECT_EQ(tracker.highest(), authentic ? 1'000'000U : 5U);
    EXPECT_EQ(tracker.lost(), authentic ? 999'994U : 0U);
    EXPECT_EQ(tracker.last_gap().numbers, authentic ? 999'994U : 0U);
    EXPECT_EQ(add(999'999, authentic), authentic ? Sighting::kReordered : Sighting::kNew);
    EXPECT_EQ(tracker.reordered(), authentic ? 1U : 0U);
  }
}

TEST(Sequence, AnAuthenticNumberEndsTheWaitOfAForgedOne) {
  SequenceTracker tracker;
  std::array<SequenceSlot, SequenceRun::kShort> slots;
  SequenceRun run{.slots = slots.data(), .mask = SequenceRun::kShort - 1};
  std::int64_t now = 0;
  const auto add = [&](std::uint32_t sequence, bool authentic) {
    tracker.add({.sequence = sequence, .fingerprint = sequence | 1U, .time = at(now += 20), .authentic = authentic}, run);
  };
  add(1, true);
  add(500'000, false);
  add(2, true);
  add(500'001, false);  // would have followed 500,000
  add(3, true);
  tracker.finish();
  EXPECT_EQ(tracker.highest(), 3U);
  EXPECT_EQ(tracker.lost(), 0U);
}

TEST(Sequence, AShortHistoryDoesForAnSaThatSendsLittle) {  // V27
  Feed feed;
  for (std::uint32_t number = 100; number <= 400; ++number) feed.see(number, number, number);  // each millisecond
  EXPECT_FALSE(feed.has_long_history());
  for (std::uint32_t number = 390; number <= 400; ++number) EXPECT_EQ(feed.see(number, number, 400), Sighting::kDuplicate) << number;
  EXPECT_EQ(feed.see(350, 350, 400), Sighting::kReplayed);
}

TEST(Sequence, NoNumberIsForgottenWithinTenMilliseconds) {  // V27
  Feed feed;
  for (std::uint32_t number = 100; number <= 300; ++number) feed.see(number, number, number / 20);  // 20 in each millisecond
  EXPECT_TRUE(feed.has_long_history());
  for (std::uint32_t number = 100; number <= 300; ++number) EXPECT_EQ(feed.see(number, number, 15), Sighting::kDuplicate) << number;
  EXPECT_EQ(feed.tracker().duplicates(), 201U);
  EXPECT_EQ(feed.tracker().highest(), 300U);
}

// In the middle of a run, which goes on.
TEST(Sequence, AnSaThatReturnsItsHistoryKeepsTheLastSixteenNumbers) {  // V27
  Feed feed;
  for (std::uint32_t number = 100; number <= 199; ++number) feed.see(number, number, number / 20);
  ASSERT_TRUE(feed.has_long_history());
  feed.return_history();
  EXPECT_EQ(feed.see(200, 200, 20), Sighting::kNew);
  for (std::uint32_t number = 185; number <= 200; ++number) EXPECT_EQ(feed.see(number, number, 19), Sighting::kDuplicate) << number;
  EXPECT_EQ(feed.see(184, 184, 19), Sighting::kReplayed);
  EXPECT_EQ(feed.tracker().lost(), 0U);
  EXPECT_EQ(feed.tracker().highest(), 200U);
}

// All numbers in a map, with the time of their first sighting.
struct Model {
  std::map<std::uint64_t, std::int64_t> seen;
  std::uint64_t reordered = 0, duplicates = 0, replayed = 0, distance = 0;

  void add(std::uint64_t number, std::int64_t milliseconds) {
    if (const auto known = seen.find(number); known != seen.end()) {
      ++(milliseconds - known->second <= 10 ? duplicates : replayed);
      return;
    }
    if (!seen.empty() && number < seen.rbegin()->first) {
      ++reordered;
      distance = std::max(distance, seen.rbegin()->first - number);
    }
    seen[number] = milliseconds;
  }
  std::array<std::uint64_t, SequenceTracker::kWords> window() const {
    std::array<std::uint64_t, SequenceTracker::kWords> bits{};
    const std::uint64_t highest = seen.rbegin()->first;
    for (const auto& [number, time] : seen) {
      if (highest - number < SequenceTracker::kWindow) bits[number / 64 % bits.size()] |= std::uint64_t{1} << number % 64;
    }
    return bits;
  }
  std::uint64_t lost() const { return seen.rbegin()->first - seen.begin()->first + 1 - seen.size(); }
};

TEST(Sequence, AgreesWithASetOfAllNumbers) {
  std::mt19937 random(20261121);
  for (int round = 0; round < 300; ++round) {
    Feed feed;
    Model model;
    // Some rounds cross 2^32; none goes where a counter could begin again.
    std::uint64_t next = round % 3 == 0 ? 0xffffff80 : 2000 + random() % 1'000'000;
    std::vector<std::uint64_t> late;
    std::vector<std::uint64_t> sent;
    std::int64_t now = 0;
    for (int step = 0; step < 600; ++step) {
      std::uint64_t number = next;
      std::erase_if(late, [&](std::uint64_t one) { return next - one > 150; });  // the history holds 256
      const auto dice = static_cast<unsigned>(random() % 20);
      if (dice == 0 && !sent.empty()) {
        number = sent[sent.size() - 1 - random() % std::min<std::size_t>(sent.size(), 4)];
      } else if (dice == 1 && !late.empty()) {
        number = late.back();
        late.pop_back();
      } else {
        for (auto skip = static_cast<unsigned>(random() % 12); skip > 9; --skip) {
          late.push_back(number++);
        }
        next = number + 1;
      }
      now += static_cast<std::int64_t>(random() % 8);
      sent.push_back(number);
      model.add(number, now);
      feed.see(static_cast<std::uint32_t>(number), static_cast<Fingerprint>(number * 2654435761U | 1U), now);
    }
    ASSERT_EQ(feed.tracker().reordered(), model.reordered) << round;
    ASSERT_EQ(feed.tracker().duplicates(), model.duplicates) << round;
    ASSERT_EQ(feed.tracker().replayed(), model.replayed) << round;
    ASSERT_EQ(feed.tracker().lost(), model.lost()) << round;
    ASSERT_EQ(feed.tracker().window_needed(), model.distance + 1) << round;
    ASSERT_EQ(feed.tracker().highest(), static_cast<std::uint32_t>(model.seen.rbegin()->first)) << round;
    ASSERT_EQ(feed.tracker().window(), model.window()) << round;
    ASSERT_EQ(feed.tracker().resets(), 0U) << round;
  }
}

}  // namespace
}  // namespace espy::verify
