// Where in a stream of frames a source tells of the losses that pcapng files tell of midway.
#include "capture/drops.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/capture/writers.h"

namespace espy::capture {
namespace {

using namespace testing;

constexpr Order kOrder = Order::kLittle;
constexpr std::uint64_t kSecond = 1'000'000;  // ticks

// Told behind so many frames of the whole capture.
struct Placed {
  std::size_t frames = 0;
  std::int64_t time = 0;
  std::uint32_t source = 0;
  Drops drops{};
  bool operator==(const Placed&) const = default;
};

std::vector<Placed> placed_in(const Options& options) {
  auto source = open(options);
  EXPECT_TRUE(source.has_value());
  std::vector<Placed> placed;
  std::size_t frames = 0;
  for (Batch batch; (*source)->take(batch);) {
    (*source)->cut(batch);
    for (const DropsTold& told : batch.told) {
      EXPECT_LE(told.before, batch.frames.size());
      placed.push_back({frames + told.before, told.time.nanoseconds, told.source, told.drops});
    }
    frames += batch.frames.size();
  }
  return placed;
}

struct Lossy {
  Octets file;
  std::vector<Placed> told;
};

// Frames a millisecond apart, some of them with losses ahead of them or told of by statistics, whose time may be any.
Lossy make_lossy(std::uint32_t seed, std::size_t frames) {
  std::mt19937 random(seed);
  Lossy lossy{.file = section(kOrder) + interface(kOrder, 1), .told = {}};
  std::uint64_t by_kernel = 0;
  for (std::uint64_t index = 0; index < frames; ++index) {
    const std::uint64_t now = 1'000 * (index + 1);
    if (random() % 8 == 0) {
      by_kernel += 1 + random() % 100;
      const std::uint64_t time = now - 2'000 + random() % 4'000;
      append(lossy.file, statistics(kOrder, 0, time, 0, by_kernel));
      const auto told = static_cast<std::int64_t>(std::min(time, now)) * 1'000;
      lossy.told.push_back({index, told, 0, {.by_kernel = by_kernel, .by_interface = 0}});
    }
    append(lossy.file, enhanced(kOrder, 0, now, payload(random() % 3'000, 0)));
  }
  return lossy;
}

TEST(DropsTold, StandBetweenTheFramesWhereverBatchesEnd) {
  const Folder folder;
  for (std::uint32_t seed = 1; seed < 4; ++seed) {
    const Lossy lossy = make_lossy(seed, 1'000);
    ASSERT_GT(lossy.file.size(), 4 * 256 * 1024U);
    ASSERT_GT(lossy.told.size(), 50U);
    const std::string path = folder.write("a.pcapng", lossy.file);
    EXPECT_EQ(placed_in(from_files({path})), lossy.told);
    EXPECT_EQ(std::system(("gzip -kf " + path).c_str()), 0);
    EXPECT_EQ(placed_in(from_files({path + ".gz"})), lossy.told);
  }
}

Octets lossless(const std::vector<std::uint64_t>& seconds) {
  Octets file = section(kOrder) + interface(kOrder, 1);
  for (const std::uint64_t second : seconds) append(file, enhanced(kOrder, 0, second * kSecond, payload(60, 0)));
  return file;
}

// Frames at 1, 3, 5 s and 2, 4, 6 s; the second file's 4 frames that were lost are told ahead of 6 s; the first one ends with 7.
TEST(DropsTold, KeepTheirPlaceWhereFilesAreMerged) {
  const Folder folder;
  const Octets first = lossless({1, 3, 5}) + statistics(kOrder, 0, 20 * kSecond, 2, 7);
  const Octets second = lossless({2, 4}) + statistics(kOrder, 0, 5 * kSecond, 0, 4) + enhanced(kOrder, 0, 6 * kSecond, payload(60, 0)) +
                        enhanced(kOrder, 0, 8 * kSecond, payload(60, 0), drop_count(kOrder, 9)) + statistics(kOrder, 0, 9 * kSecond, 0, 9);
  const std::vector<Placed> placed = placed_in(from_files({folder.write("a", first), folder.write("b", second)}));
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  const std::vector<Placed> expected{
      {5, base::kNever.nanoseconds, 0, {.by_kernel = 7, .by_interface = 2}},
      {5, 5 * kNanoseconds, 1, {.by_kernel = 4, .by_interface = 0}},
      {6, 8 * kNanoseconds, 1, {.by_kernel = 9, .by_interface = 0}},
      {7, base::kNever.nanoseconds, 1, {.by_kernel = 9, .by_interface = 0}},
  };
  EXPECT_EQ(placed, expected);
}

TEST(DropsTold, OfMergedFilesStandWhereTheyStandInEach) {
  const Folder folder;
  const Lossy lossy = make_lossy(7, 2'000);
  const std::string empty = folder.write("empty", lossless({3'600}));
  std::vector<Placed> placed = placed_in(from_files({folder.write("a", lossy.file), empty}));
  ASSERT_FALSE(placed.empty());
  // The end of the first file says once more what it said before.
  EXPECT_EQ(placed.back().drops, lossy.told.back().drops);
  EXPECT_EQ(placed.back().frames, 2'000U);
  placed.pop_back();
  EXPECT_EQ(placed, lossy.told);
}

// Of frames of 60 and 61 octets by turns, those of 61 are kept.
TEST(DropsTold, WaitForAFrameThatMatches) {
  const Folder folder;
  Octets file = section(kOrder) + interface(kOrder, 1);
  std::vector<Placed> expected;
  for (std::uint64_t index = 0; index < 10'000; ++index) {
    if (index % 3 == 0) {
      append(file, statistics(kOrder, 0, 0, 0, index + 1));
      expected.push_back({index / 2, 0, 0, {.by_kernel = index + 1, .by_interface = 0}});
    }
    append(file, enhanced(kOrder, 0, index * kSecond, payload(60 + index % 2, 0)));
  }
  const std::string path = folder.write("a.pcapng", file);
  EXPECT_EQ(placed_in(from_files({path}, "greater 61")), expected);
  // Behind the count nothing was read.
  std::erase_if(expected, [](const Placed& told) { return told.frames >= 10; });
  EXPECT_EQ(placed_in(from_files({path}, "greater 61", 10)), expected);
}

// What comes before the next frame is bounded; the newest is kept, for it has all.
TEST(DropsTold, AreFewWhereNoFrameComes) {
  const Folder folder;
  Octets file = section(kOrder) + interface(kOrder, 1);
  for (std::uint64_t index = 1; index <= 100'000; ++index) append(file, statistics(kOrder, 0, index, 0, index));
  const std::string path = folder.write("a.pcapng", file + enhanced(kOrder, 0, kSecond, payload(60, 0)));
  const std::vector<Placed> placed = placed_in(from_files({path}));
  ASSERT_FALSE(placed.empty());
  EXPECT_LT(placed.size(), 100'000U / 10);
  EXPECT_EQ(placed.back(), (Placed{0, 100'000'000, 0, {.by_kernel = 100'000, .by_interface = 0}}));
}

}  // namespace
}  // namespace espy::capture
