#include "capture/pcapng_format.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "tests/capture/writers.h"

namespace espy::capture {
namespace {

using namespace testing;

constexpr std::uint16_t kIfName = 2;
constexpr std::uint16_t kIfTsresol = 9;
constexpr std::uint16_t kIfFilter = 11;
constexpr std::uint16_t kIfTsoffset = 14;

struct Outcome {
  std::vector<KeptFrame> frames;
  std::vector<InterfaceFacts> interfaces;
  Drops drops;
  std::string damage;
  bool inside = false;
};

Outcome cut_all(const Octets& file) {
  auto cutter = PcapngCutter::make(file, 3);
  EXPECT_TRUE(cutter.has_value());
  Frames frames;
  cutter->cut(file, frames);
  Outcome outcome{.frames = {},
                  .interfaces = cutter->interfaces(),
                  .drops = cutter->drops(),
                  .damage = cutter->position().damage,
                  .inside = cutter->inside()};
  for (const Frame& frame : frames) outcome.frames.push_back(keep(frame));
  return outcome;
}

// One frame on an interface whose if_tsresol is `resolution`.
std::int64_t time_of(std::uint8_t resolution, std::uint64_t ticks, std::int64_t offset = 0) {
  const Order order = Order::kLittle;
  const Octets options =
      option(order, kIfTsresol, {resolution}) + option(order, kIfTsoffset, Writer(order).u64(static_cast<std::uint64_t>(offset)).done());
  return cut_all(section(order) + interface(order, 1, options) + enhanced(order, 0, ticks, payload(4, 0))).frames.at(0).time;
}

TEST(PcapngFormat, ReadsSectionsOfBothByteOrdersInOneFile) {
  const Octets little = section(Order::kLittle) + interface(Order::kLittle, 1, option(Order::kLittle, kIfName, {'e', 't', 'h', '0'})) +
                        enhanced(Order::kLittle, 0, 1'000'000, payload(61, 1), {}, 70);
  const Octets big = section(Order::kBig) + interface(Order::kBig, 113) + interface(Order::kBig, 101) +
                     enhanced(Order::kBig, 1, 2'000'000, payload(20, 2));
  const Outcome outcome = cut_all(little + big);
  EXPECT_EQ(outcome.damage, "");
  ASSERT_EQ(outcome.frames.size(), 2U);
  EXPECT_EQ(outcome.frames[0],
            (KeptFrame{.data = payload(61, 1), .original_size = 70, .time = 1'000'000'000, .number = 1, .source = 3, .interface = 0}));
  EXPECT_EQ(outcome.frames[1], (KeptFrame{.data = payload(20, 2),
                                          .original_size = 20,
                                          .time = 2'000'000'000,
                                          .number = 2,
                                          .source = 3,
                                          .interface = 2,
                                          .link_type = base::LinkType::kRaw}));
  ASSERT_EQ(outcome.interfaces.size(), 3U);
  EXPECT_EQ(outcome.interfaces[0].name, "eth0");
  EXPECT_EQ(outcome.interfaces[1].link_type, base::LinkType::kLinuxSll);
}

TEST(PcapngFormat, CountsTimeInPowersOfTenAndTwo) {
  EXPECT_EQ(time_of(6, 1'234'567), 1'234'567'000);
  EXPECT_EQ(time_of(9, 1'234'567), 1'234'567);
  EXPECT_EQ(time_of(0, 12), 12'000'000'000);
  EXPECT_EQ(time_of(3, 12), 12'000'000);
  EXPECT_EQ(time_of(12, 1'234'567'000), 1'234'567);
  EXPECT_EQ(time_of(19, 20'000'000'000), 2);
  EXPECT_EQ(time_of(127, std::numeric_limits<std::uint64_t>::max()), 0);
  EXPECT_EQ(time_of(0x80 | 1, 3), 1'500'000'000);
  EXPECT_EQ(time_of(0x80 | 10, 1024 + 256), 1'250'000'000);
  EXPECT_EQ(time_of(0x80 | 32, (5ULL << 32) | 0x80000000), 5'500'000'000);
  EXPECT_EQ(time_of(0x80 | 64, 1ULL << 63), 500'000'000);
  EXPECT_EQ(time_of(0x80 | 127, 1ULL << 63), 0);
}

TEST(PcapngFormat, AddsTheTimeOffsetAndSaturates) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(time_of(6, 1'000'000, 1'700'000'000), 1'700'000'001'000'000'000);
  EXPECT_EQ(time_of(6, 1'000'000, -1), 0);
  EXPECT_EQ(time_of(0, ~0ULL), kMost);
  EXPECT_EQ(time_of(6, 1'000'000, kMost), kMost);
  EXPECT_EQ(time_of(6, 1'000'000, std::numeric_limits<std::int64_t>::min()), -kMost + 1'000'000'000);
}

TEST(PcapngFormat, ReadsDirectionBehindTheData) {
  const Order order = Order::kBig;
  const auto flags = [&](std::uint32_t value) { return option(order, 1, {'h', 'i'}) + option(order, 2, Writer(order).u32(value).done()); };
  const Outcome outcome = cut_all(section(order) + interface(order, 1) + enhanced(order, 0, 1, payload(5, 0), flags(1)) +
                                  enhanced(order, 0, 1, payload(6, 0), flags(0xfffffff2)) + enhanced(order, 0, 1, payload(7, 0), flags(0)));
  ASSERT_EQ(outcome.frames.size(), 3U);
  EXPECT_EQ(outcome.frames[0].direction, base::Direction::kIn);
  EXPECT_EQ(outcome.frames[1].direction, base::Direction::kOut);
  EXPECT_EQ(outcome.frames[2].direction, base::Direction::kUnknown);
}

TEST(PcapngFormat, ReadsSimpleAndObsoletePackets) {
  const Order order = Order::kLittle;
  const Octets simple = block(order, 3, Writer(order).u32(100).octets(payload(32, 4)).done());
  const Octets obsolete = block(order, 2, Writer(order).u16(0).u16(5).u32(0).u32(9).u32(10).u32(10).octets(payload(10, 5)).done());
  const Outcome outcome = cut_all(section(order) + interface(order, 1, {}, 30) + obsolete + simple);
  ASSERT_EQ(outcome.frames.size(), 2U);
  EXPECT_EQ(outcome.frames[0].data, payload(10, 5));
  EXPECT_EQ(outcome.frames[0].time, 9'000);
  EXPECT_EQ(outcome.frames[1].data, payload(30, 4));
  EXPECT_EQ(outcome.frames[1].original_size, 100U);
  EXPECT_EQ(outcome.frames[1].time, 9'000);
  EXPECT_EQ(outcome.drops.by_kernel, 5U);
}

TEST(PcapngFormat, SumsTheLastStatisticsOfEachInterface) {
  const Order order = Order::kLittle;
  const auto statistics = [&](std::uint32_t interface, std::uint64_t by_interface, std::uint64_t by_kernel) {
    return testing::statistics(order, interface, 0, by_interface, by_kernel);
  };
  const Octets begin = section(order) + interface(order, 1) + interface(order, 1);
  EXPECT_EQ(cut_all(begin).drops.by_kernel, std::nullopt);
  EXPECT_EQ(cut_all(begin).drops.by_interface, std::nullopt);
  const Octets file = begin + statistics(0, 1, 2) + statistics(0, 10, 20) + statistics(1, 100, 200) + section(order) + interface(order, 1) +
                      statistics(0, 1000, 2000) + statistics(9, 5, 5);
  EXPECT_EQ(cut_all(file).drops.by_interface, 1110U);
  EXPECT_EQ(cut_all(file).drops.by_kernel, 2220U);
  const Octets most = begin + statistics(0, ~0ULL, ~0ULL) + statistics(1, ~0ULL, ~0ULL);
  EXPECT_EQ(cut_all(most).drops.by_kernel, ~0ULL);
}

std::vector<DropsTold> told_in(const Octets& file) {
  auto cutter = PcapngCutter::make(file, 3);
  Frames frames;
  std::vector<DropsTold> told;
  cutter->cut(file, frames);
  cutter->take_told(told);
  EXPECT_EQ(cutter->position().damage, "");
  return told;
}

DropsTold told_at(std::size_t before, std::int64_t second, Drops drops) {
  return {.before = before, .time = {second * 1'000'000'000}, .source = 3, .drops = drops};
}

constexpr std::uint64_t kSecond = 1'000'000;  // ticks of an interface that does not say otherwise

TEST(PcapngFormat, TellsOfDropsWhereTheFileDoes) {
  for (const Order order : {Order::kLittle, Order::kBig}) {
    const auto packet = [&](std::uint64_t second, const Octets& options = {}) {
      return enhanced(order, 0, second * kSecond, payload(60, 0), options);
    };
    const Octets file = section(order) + interface(order, 1) + packet(1) + statistics(order, 0, 2 * kSecond, 0, 7) + packet(3) + packet(4) +
                        packet(5, drop_count(order, 9)) + packet(6, drop_count(order, 0)) + statistics(order, 0, 6 * kSecond, 0, 8) +
                        packet(7) + statistics(order, 0, 8 * kSecond, 4, 8);
    // The packets' 9 have the 7, and then the 8, in them: both count the same losses.
    EXPECT_EQ(told_in(file), (std::vector<DropsTold>{told_at(1, 2, {.by_kernel = 7, .by_interface = 0}),
                                                     told_at(3, 5, {.by_kernel = 9, .by_interface = 0}),
                                                     told_at(6, 8, {.by_kernel = 9, .by_interface = 4})}));
  }
}

TEST(PcapngFormat, TellsOfTheDropsOfObsoletePackets) {
  const Order order = Order::kLittle;
  const auto packet = [&](std::uint64_t second, std::uint16_t drops) {
    return block(order, 2, Writer(order).u16(0).u16(drops).u32(0).u32(second * kSecond).u32(10).u32(10).octets(payload(10, 5)).done());
  };
  EXPECT_EQ(
      told_in(section(order) + interface(order, 1) + packet(1, 0) + packet(2, 3) + packet(3, 0xffff) + packet(4, 2)),
      (std::vector<DropsTold>{told_at(1, 2, {.by_kernel = 3, .by_interface = {}}), told_at(3, 4, {.by_kernel = 5, .by_interface = {}})}));
}

// Two interfaces, one of which began again (10, then 4), and a section whose interfaces count from 0.
TEST(PcapngFormat, ADropCounterThatShrinksBeganAgain) {
  const Order order = Order::kLittle;
  const Octets file = section(order) + interface(order, 1) + interface(order, 1) + statistics(order, 0, 0, 0, 10) +
                      statistics(order, 1, 0, 0, 100) + statistics(order, 0, 0, 0, 4) + statistics(order, 0, 0, 0, 4) +
                      statistics(order, 0, 0, 0, 5) + section(order) + interface(order, 1) + statistics(order, 0, 0, 0, 1000);
  std::vector<std::uint64_t> sums;
  for (const DropsTold& told : told_in(file)) sums.push_back(*told.drops.by_kernel);
  EXPECT_EQ(sums, (std::vector<std::uint64_t>{10, 110, 114, 115, 1115}));
  EXPECT_EQ(cut_all(file).drops.by_kernel, 1115U);
}

TEST(PcapngFormat, SumsOfDropsStayAtTheMost) {
  const Order order = Order::kLittle;
  const std::vector<DropsTold> told = told_in(section(order) + interface(order, 1) + statistics(order, 0, ~0ULL, 1, ~0ULL) +
                                              statistics(order, 0, 0, 0, 0) + statistics(order, 0, 0, ~0ULL, 5));
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].drops, (Drops{.by_kernel = ~0ULL, .by_interface = 1}));
  EXPECT_EQ(told[0].time, (base::Time{std::numeric_limits<std::int64_t>::max()}));
  EXPECT_EQ(told[1].drops, (Drops{.by_kernel = ~0ULL, .by_interface = ~0ULL}));
}

TEST(PcapngFormat, RecordsTheCaptureFilter) {
  const Order order = Order::kLittle;
  const Octets text = Writer().u8(0).text("esp or ah").done();
  EXPECT_EQ(cut_all(section(order) + interface(order, 1, option(order, kIfFilter, text))).interfaces.at(0).filter, "esp or ah");
}

// tshark 4.0 gives numbers to the journal's, custom and sysdig's blocks, and to no other unknown block.
TEST(PcapngFormat, NumbersFramesAsTsharkDoes) {
  const Order order = Order::kLittle;
  const Octets begin = section(order) + interface(order, 1) + enhanced(order, 0, 1, payload(60, 0));
  const Octets end = enhanced(order, 0, 2, payload(60, 0));
  for (const std::uint32_t type : {9U, 0xbadU, 0x40000badU, 0x204U, 0x216U, 0x221U}) {
    const Outcome outcome = cut_all(begin + block(order, type, payload(64, 0)) + end);
    ASSERT_EQ(outcome.frames.size(), 2U) << type;
    EXPECT_EQ(outcome.frames[1].number, 3U) << type;
  }
  for (const std::uint32_t type : {4U, 7U, 10U, 0x208U, 0x7777U, 0x80000001U}) {
    const Outcome outcome = cut_all(begin + block(order, type, payload(64, 0)) + end);
    ASSERT_EQ(outcome.frames.size(), 2U) << type;
    EXPECT_EQ(outcome.frames[1].number, 2U) << type;
  }
}

TEST(PcapngFormat, RoundsALengthWithoutPaddingUp) {
  const Order order = Order::kLittle;
  const Octets packet = Writer(order).u32(0).u32(0).u32(5).u32(59).u32(59).octets(payload(59, 1)).pad().done();
  const Octets odd = Writer(order).u32(6).u32(32 + 59).octets(packet).u32(32 + 59).done();
  const Outcome outcome = cut_all(section(order) + interface(order, 1) + odd + enhanced(order, 0, 6, payload(8, 0)));
  EXPECT_EQ(outcome.damage, "");
  ASSERT_EQ(outcome.frames.size(), 2U);
  EXPECT_EQ(outcome.frames[0].data, payload(59, 1));
}

struct Damaged {
  const char* what;
  Octets tail;
  const char* damage;
};

TEST(PcapngFormat, KeepsWhatStandsBeforeADamagedBlock) {
  const Order order = Order::kLittle;
  const Octets begin = section(order) + interface(order, 1) + enhanced(order, 0, 1, payload(60, 0));  // 28 + 20 + 92 octets
  const Damaged cases[] = {
      {"too short", Writer().u32(6).u32(8).octets(payload(60, 0)).done(), "the block at offset 140 claims 8 octets, which is impossible"},
      {"too large", Writer().u32(6).u32(0x7ffffff0).octets(payload(60, 0)).done(),
       "the block at offset 140 claims 2147483632 octets, which is too large"},
      {"lengths differ", Writer().u32(6).u32(32).octets(payload(20, 0)).u32(36).done(),
       "the block at offset 140 has two different lengths"},
      {"unknown block's lengths differ", Writer().u32(99).u32(16).u32(0).u32(20).done(),
       "the block at offset 140 has two different lengths"},
      {"no interface", enhanced(order, 1, 1, payload(4, 0)), "the packet at offset 140 names interface 1, which is not described"},
      {"longer than its block", block(order, 6, Writer().u32(0).u32(0).u32(0).u32(61).u32(61).octets(payload(60, 0)).done()),
       "the packet at offset 140 claims 61 octets, which is more than its block holds"},
      {"no byte order", block(order, 0x0a0d0d0a, payload(16, 0)), "the section header at offset 140 has no byte-order magic"},
      {"no room", block(order, 6, payload(16, 0)), "the packet block at offset 140 is too short"},
      {"no room", block(order, 1, payload(4, 0)), "the interface description at offset 140 is too short"},
  };
  for (const Damaged& damaged : cases) {
    const Outcome outcome = cut_all(begin + damaged.tail + enhanced(order, 0, 2, payload(60, 0)));
    EXPECT_EQ(outcome.frames.size(), 1U) << damaged.what;
    EXPECT_EQ(outcome.damage, damaged.damage) << damaged.what;
  }
}

TEST(PcapngFormat, BoundsTheInterfacesOfAFile) {
  const Order order = Order::kLittle;
  Octets file = section(order);
  const Octets one = interface(order, 1);
  for (std::size_t count = 0; count <= kMaxInterfaces; ++count) file.insert(file.end(), one.begin(), one.end());
  const Outcome outcome = cut_all(file);
  EXPECT_EQ(outcome.interfaces.size(), kMaxInterfaces);
  EXPECT_EQ(outcome.damage, "there are more than 16384 interfaces, at offset 327708");
}

TEST(PcapngFormat, KnowsThatAPassedBlockHasNotEnded) {
  const Octets file = section(Order::kLittle) + Writer().u32(99).u32(1000).octets(payload(100, 0)).done();
  EXPECT_TRUE(cut_all(file).inside);
  EXPECT_FALSE(cut_all(section(Order::kLittle) + block(Order::kLittle, 99, payload(100, 0))).inside);
}

TEST(PcapngFormat, GivesTheSameFramesForAnyBoundaries) {
  const Order order = Order::kBig;
  Octets file = section(order) + interface(order, 1);
  for (std::uint8_t index = 0; index < 40; ++index) {
    file = file + enhanced(order, 0, index, payload(index * 7U, index)) + block(order, 10, payload(index * 11U, 0));
  }
  const auto whole = cut_all(file).frames;
  std::mt19937 random(20261121);
  for (std::size_t round = 0; round < 200; ++round) {
    auto cutter = PcapngCutter::make(file, 3);
    std::vector<KeptFrame> kept;
    std::size_t begin = 0;
    std::size_t end = 0;
    while (end < file.size()) {
      end = std::min(file.size(), end + 1 + random() % (round + 1));
      Frames frames;
      begin += cutter->cut(base::Bytes(file).subspan(begin, end - begin), frames).consumed;
      for (const Frame& frame : frames) kept.push_back(keep(frame));
    }
    ASSERT_EQ(begin, file.size());
    ASSERT_EQ(kept, whole) << round;
  }
}

constexpr std::uint32_t kSecretsBlock = 10;
constexpr std::uint32_t kEspSecrets = 0x45535053;

Octets secrets_block(Order order, std::uint32_t type, std::string_view text) {
  return block(order, kSecretsBlock, Writer(order).u32(type).u32(text.size()).text(text).done());
}

std::vector<std::string> secrets_of(const Octets& file, std::uint64_t left_out = 0) {
  auto cutter = PcapngCutter::make(file, 0);
  Frames frames;
  cutter->cut(file, frames);
  EXPECT_EQ(cutter->position().damage, "");
  EXPECT_EQ(cutter->secrets().left_out, left_out);
  std::vector<std::string> texts;
  for (const auto& each : cutter->secrets().blocks) texts.emplace_back(each->text());
  return texts;
}

TEST(PcapngFormat, HandsOutTheSecretsOfEspAlone) {
  constexpr std::uint32_t kTlsSecrets = 0x544c534b;
  for (const Order order : {Order::kLittle, Order::kBig}) {
    const Octets file = section(order) + secrets_block(order, kTlsSecrets, "CLIENT_RANDOM 1 2") +
                        secrets_block(order, kEspSecrets, "first") + interface(order, 1) + enhanced(order, 0, 1, payload(60, 1)) +
                        secrets_block(order, kEspSecrets, "");
    EXPECT_EQ(secrets_of(file), (std::vector<std::string>{"first", ""}));
    EXPECT_EQ(cut_all(file).frames.size(), 1U);
  }
}

TEST(PcapngFormat, BoundsSecrets) {
  const Order order = Order::kLittle;
  const std::string largest(kMaxSecretsSize, 'a');
  EXPECT_EQ(secrets_of(section(order) + secrets_block(order, kEspSecrets, largest)), std::vector<std::string>{largest});
  EXPECT_TRUE(secrets_of(section(order) + secrets_block(order, kEspSecrets, largest + "b"), 1).empty());
  EXPECT_TRUE(secrets_of(section(order) + secrets_block(order, kEspSecrets, largest + largest), 1).empty());
  Octets many = section(order);
  for (std::size_t index = 0; index < kMaxSecrets + 3; ++index) append(many, secrets_block(order, kEspSecrets, "x"));
  EXPECT_EQ(secrets_of(many, 3).size(), kMaxSecrets);
  const Octets lying = block(order, kSecretsBlock, Writer(order).u32(kEspSecrets).u32(99).text("short").done());
  EXPECT_TRUE(secrets_of(section(order) + lying, 1).empty());
  EXPECT_TRUE(secrets_of(section(order) + block(order, kSecretsBlock, Writer(order).u32(kEspSecrets).done())).empty());
}

}  // namespace
}  // namespace espy::capture
