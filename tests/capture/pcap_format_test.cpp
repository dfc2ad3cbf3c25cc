#include "capture/pcap_format.h"

#include <gtest/gtest.h>

#include "tests/capture/writers.h"

namespace espy::capture {
namespace {

using namespace testing;

std::vector<KeptFrame> cut_all(const Octets& file) {
  auto cutter = PcapCutter::make(file, 7);
  EXPECT_TRUE(cutter.has_value());
  Frames frames;
  const Progress progress = cutter->cut(file, frames);
  EXPECT_EQ(progress.consumed, file.size());
  EXPECT_EQ(cutter->position().damage, "");
  std::vector<KeptFrame> kept;
  for (const Frame& frame : frames) kept.push_back(keep(frame));
  return kept;
}

struct Variant {
  Order order;
  std::uint32_t magic;
  std::int64_t tick;
};

TEST(PcapFormat, ReadsEveryMagicInBothByteOrders) {
  for (const Variant& variant : {Variant{Order::kLittle, 0xa1b2c3d4, 1000}, Variant{Order::kBig, 0xa1b2c3d4, 1000},
                                 Variant{Order::kLittle, 0xa1b23c4d, 1}, Variant{Order::kBig, 0xa1b23c4d, 1}}) {
    const Octets file = pcap_header(variant.order, variant.magic) +
                        pcap_record(variant.order, 1'700'000'000, 123'456, payload(60, 1), 1500) +
                        pcap_record(variant.order, 4'000'000'000, 5, payload(0, 0));
    const auto frames = cut_all(file);
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(frames[0], (KeptFrame{.data = payload(60, 1),
                                    .original_size = 1500,
                                    .time = 1'700'000'000'000'000'000 + 123'456 * variant.tick,
                                    .number = 1,
                                    .source = 7}));
    EXPECT_EQ(frames[1].time, 4'000'000'000'000'000'000 + 5 * variant.tick);
    EXPECT_EQ(frames[1].number, 2U);
    EXPECT_TRUE(frames[1].data.empty());
  }
}

TEST(PcapFormat, ReadsTheLongRecordsOfTheModifiedMagic) {
  for (const Order order : {Order::kLittle, Order::kBig}) {
    const Octets data = payload(14, 3);
    const Octets outgoing = Writer(order).u32(1).u32(2).u32(14).u32(14).u32(2).u16(0x0800).u8(4).u8(0).octets(data).done();
    const Octets incoming = Writer(order).u32(1).u32(3).u32(14).u32(14).u32(2).u16(0x0800).u8(0).u8(0).octets(data).done();
    const auto frames = cut_all(pcap_header(order, 0xa1b2cd34) + outgoing + incoming);
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(frames[0].data, data);
    EXPECT_EQ(frames[0].direction, base::Direction::kOut);
    EXPECT_EQ(frames[1].direction, base::Direction::kIn);
    EXPECT_EQ(frames[1].time, 1'000'003'000);
  }
}

TEST(PcapFormat, SwapsTheLengthsThatOldVersionsSwapped) {
  const Octets data = payload(20, 9);
  const Octets swapped = Writer().u32(1).u32(0).u32(100).u32(20).octets(data).done();
  const Octets in_order = Writer().u32(1).u32(0).u32(20).u32(100).octets(data).done();
  for (const std::uint16_t minor : {std::uint16_t{2}, std::uint16_t{3}}) {
    const auto frames = cut_all(pcap_header(Order::kLittle, 0xa1b2c3d4, 1, minor) + swapped);
    ASSERT_EQ(frames.size(), 1U) << minor;
    EXPECT_EQ(frames[0].data, data);
    EXPECT_EQ(frames[0].original_size, 100U);
  }
  EXPECT_EQ(cut_all(pcap_header(Order::kLittle, 0xa1b2c3d4, 1, 3) + in_order).at(0).data, data);
}

TEST(PcapFormat, MasksTheUpperBitsOfTheLinkType) {
  const Octets file = pcap_header(Order::kLittle, 0xa1b2c3d4, 0x44000071) + pcap_record(Order::kLittle, 1, 1, payload(20, 0));
  EXPECT_EQ(cut_all(file).at(0).link_type, base::LinkType::kLinuxSll);
}

TEST(PcapFormat, NeverGivesAnOriginalSizeBelowTheCapturedOne) {
  EXPECT_EQ(cut_all(pcap_header() + pcap_record(Order::kLittle, 1, 1, payload(60, 0), 10)).at(0).original_size, 60U);
}

TEST(PcapFormat, RefusesOtherVersionsAndHalfHeaders) {
  const Octets header = Writer().u32(0xa1b2c3d4).u16(3).u16(0).u32(0).u32(0).u32(0).u32(1).done();
  const auto newer = PcapCutter::make(header, 0);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().message, "this is a pcap file of version 3.0");
  const Octets whole = pcap_header();
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(PcapCutter::make(base::Bytes(whole).first(size), 0)) << size;
  EXPECT_TRUE(PcapCutter::make(whole, 0));
}

TEST(PcapFormat, KeepsWhatStandsBeforeAnImpossibleRecord) {
  const Octets good = pcap_header() + pcap_record(Order::kLittle, 1, 1, payload(60, 0));
  const Octets file = good + Writer().u32(1).u32(2).u32(0xfffffff0).u32(60).done() + payload(100, 0);
  auto cutter = PcapCutter::make(file, 0);
  Frames frames;
  EXPECT_EQ(cutter->cut(file, frames).consumed, file.size());
  EXPECT_EQ(frames.size(), 1U);
  EXPECT_EQ(cutter->position().damage, "the record of frame 2 at offset 100 claims 4294967280 octets, which is impossible");
  EXPECT_EQ(cutter->cut(good, frames).consumed, good.size());
  EXPECT_EQ(frames.size(), 1U);
}

TEST(PcapFormat, BelievesLargeFramesOnlyAsFarAsTheHeaderAllows) {
  struct Case {
    std::uint32_t snapshot_length;
    std::size_t largest;
  };
  for (const Case& one : {Case{96, 262'144}, Case{262'144, 262'144}, Case{300'000, 300'000}, Case{0xffffffff, 262'144}}) {
    for (const std::size_t size : {one.largest, one.largest + 1}) {
      const Octets file =
          pcap_header(Order::kLittle, 0xa1b2c3d4, 1, 4, one.snapshot_length) + pcap_record(Order::kLittle, 1, 1, Octets(size));
      auto cutter = PcapCutter::make(file, 0);
      Frames frames;
      cutter->cut(file, frames);
      EXPECT_EQ(frames.size(), size == one.largest ? 1U : 0U) << one.snapshot_length << " " << size;
      EXPECT_EQ(cutter->position().damage.empty(), size == one.largest);
    }
  }
}

TEST(PcapFormat, AsksForTheOctetsThatARecordNeeds) {
  const Octets file = pcap_header() + pcap_record(Order::kLittle, 1, 1, payload(60, 0));
  auto cutter = PcapCutter::make(file, 0);
  Frames frames;
  Progress progress = cutter->cut(base::Bytes(file).first(30), frames);
  EXPECT_EQ(progress.consumed, 24U);
  EXPECT_EQ(progress.needed, 16U);
  progress = cutter->cut(base::Bytes(file).subspan(24, 16), frames);
  EXPECT_EQ(progress.consumed, 0U);
  EXPECT_EQ(progress.needed, 76U);
}

}  // namespace
}  // namespace espy::capture
