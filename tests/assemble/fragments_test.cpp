// The datagrams and their fragments were made with Scapy 2.5 (fragment(), and by hand for IPv6 with a destination options header).
#include "assemble/fragments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace espy::assemble {
namespace {

constexpr std::string_view kWhole4 =
    "46000066123400003d11e44ec0000201c00002020101010011941194004ead58000102030405060708090a0b0c0d0e0f101112131415161718191a1b"
    "1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445";
constexpr std::string_view kPart4_0 =
    "46000038123420003d11c47cc0000201c00002020101010011941194004ead58000102030405060708090a0b0c0d0e0f1011121314151617";
constexpr std::string_view kPart4_1 =
    "46000038123420043d11c478c0000201c00002020101010018191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637";
constexpr std::string_view kPart4_2 = "46000026123400083d11e486c0000201c00002020101010038393a3b3c3d3e3f404142434445";
constexpr std::string_view kWhole6 =
    "60000000006a3c3c20010db800000000000000000000000120010db80000000000000000000000021100010400000000003514e90062caa600010203"
    "0405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
    "404142434445464748494a4b4c4d4e4f50515253545556575859";
constexpr std::string_view kPart6_0 =
    "6000000000383c3c20010db800000000000000000000000120010db80000000000000000000000022c0001040000000011000001deadbeef003514e9"
    "0062caa6000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr std::string_view kPart6_1 =
    "6000000000383c3c20010db800000000000000000000000120010db80000000000000000000000022c0001040000000011000029deadbeef20212223"
    "2425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f4041424344454647";
constexpr std::string_view kPart6_2 =
    "6000000000223c3c20010db800000000000000000000000120010db80000000000000000000000022c0001040000000011000050deadbeef48494a4b"
    "4c4d4e4f50515253545556575859";

using Octets = std::vector<std::uint8_t>;

Octets from_hex(std::string_view text) {
  Octets octets;
  for (std::size_t index = 0; index < text.size(); index += 2) {
    octets.push_back(static_cast<std::uint8_t>(std::stoi(std::string(text.substr(index, 2)), nullptr, 16)));
  }
  return octets;
}

std::uint32_t u16(base::Bytes bytes, std::size_t offset) { return static_cast<std::uint32_t>(bytes[offset] << 8 | bytes[offset + 1]); }

// What decode says of these frames, filled in by hand so that this test stands alone.
decode::Layer layer_of(base::Bytes frame) {
  decode::Layer layer;
  layer.fragment = true;
  if (frame[0] >> 4 == 4) {
    layer.source = {.octets = {frame[12], frame[13], frame[14], frame[15]}, .family = base::Family::kIpv4};
    layer.destination = {.octets = {frame[16], frame[17], frame[18], frame[19]}, .family = base::Family::kIpv4};
    layer.fragment_id = u16(frame, 4);
    layer.fragment_offset = (u16(frame, 6) & 0x1fff) * 8;
    layer.more_fragments = (frame[6] & 0x20) != 0;
    layer.fragment_data = (frame[0] & 15U) * 4;
    layer.size = u16(frame, 2);
    return layer;
  }
  layer.source.family = layer.destination.family = base::Family::kIpv6;
  std::copy_n(frame.begin() + 8, 16, layer.source.octets.begin());
  std::copy_n(frame.begin() + 24, 16, layer.destination.octets.begin());
  layer.fragment_id = u16(frame, 52) << 16 | u16(frame, 54);
  layer.fragment_offset = u16(frame, 50) & 0xfff8;
  layer.more_fragments = (frame[51] & 1) != 0;
  layer.fragment_data = 56;
  layer.size = 40 + u16(frame, 4);
  return layer;
}

base::Time at(std::int64_t milliseconds) { return {base::milliseconds(milliseconds).nanoseconds}; }

FragmentOutcome add(Fragments& fragments, const Octets& frame, std::int64_t milliseconds = 0, std::size_t captured = 65'536) {
  decode::Packet packet;
  packet.layers[0] = layer_of(frame);
  const base::Bytes bytes = base::Bytes(frame).first(std::min(captured, frame.size()));
  return fragments.add(packet, 0, bytes, static_cast<std::uint32_t>(frame.size()), at(milliseconds));
}

FragmentOutcome add(Fragments& fragments, std::string_view frame, std::int64_t milliseconds = 0, std::size_t captured = 65'536) {
  return add(fragments, from_hex(frame), milliseconds, captured);
}

Octets octets_of(const FragmentOutcome& outcome) { return {outcome.datagram.begin(), outcome.datagram.end()}; }

// An IPv4 fragment with a header that only add() looks at.
Octets make_fragment(std::uint32_t identification, std::uint32_t offset, std::uint32_t size, bool more, std::uint8_t fill = 0x5a) {
  Octets frame(20 + size, fill);
  std::fill_n(frame.begin(), 20, std::uint8_t{0});
  frame[0] = 0x45;
  frame[2] = static_cast<std::uint8_t>(frame.size() >> 8);
  frame[3] = static_cast<std::uint8_t>(frame.size());
  frame[4] = static_cast<std::uint8_t>(identification >> 8);
  frame[5] = static_cast<std::uint8_t>(identification);
  frame[6] = static_cast<std::uint8_t>((more ? 0x20U : 0U) | offset / 8 >> 8);
  frame[7] = static_cast<std::uint8_t>(offset / 8);
  frame[9] = 50;
  frame[12] = static_cast<std::uint8_t>(identification >> 16);
  return frame;
}

TEST(Fragments, PutsIpv4TogetherInEveryOrder) {
  const std::vector<std::vector<std::string_view>> orders = {{kPart4_0, kPart4_1, kPart4_2}, {kPart4_0, kPart4_2, kPart4_1},
                                                             {kPart4_1, kPart4_0, kPart4_2}, {kPart4_1, kPart4_2, kPart4_0},
                                                             {kPart4_2, kPart4_0, kPart4_1}, {kPart4_2, kPart4_1, kPart4_0}};
  for (const auto& order : orders) {
    Fragments fragments;
    const FragmentOutcome first = add(fragments, order[0]);
    EXPECT_EQ(first.kind, FragmentKind::kIncomplete);
    EXPECT_EQ(add(fragments, order[1]).kind, FragmentKind::kIncomplete);
    const FragmentOutcome last = add(fragments, order[2]);
    ASSERT_EQ(last.kind, FragmentKind::kComplete);
    EXPECT_EQ(last.id, first.id);
    EXPECT_EQ(octets_of(last), from_hex(kWhole4));
    EXPECT_EQ(fragments.octets(), 0U);
  }
}

TEST(Fragments, TakesTheFragmentHeaderOutOfIpv6) {
  Fragments fragments;
  EXPECT_EQ(add(fragments, kPart6_2).kind, FragmentKind::kIncomplete);
  EXPECT_EQ(add(fragments, kPart6_0).kind, FragmentKind::kIncomplete);
  const FragmentOutcome last = add(fragments, kPart6_1);
  ASSERT_EQ(last.kind, FragmentKind::kComplete);
  EXPECT_EQ(octets_of(last), from_hex(kWhole6));
}

TEST(Fragments, KnowsAnAtomicFragmentAsTheWhole) {
  Octets atomic = from_hex(kPart6_0);
  atomic[51] = 0;
  Fragments fragments;
  const FragmentOutcome outcome = add(fragments, atomic);
  ASSERT_EQ(outcome.kind, FragmentKind::kComplete);
  EXPECT_EQ(outcome.datagram.size(), atomic.size() - 8);
  EXPECT_EQ(outcome.datagram[40], 17);
  EXPECT_EQ(u16(outcome.datagram, 4), 48U);
  EXPECT_EQ(fragments.datagrams(), 0U);
}

TEST(Fragments, CountsCopiesOnceBeforeAndAfterTheEnd) {
  Fragments fragments;
  const std::uint64_t id = add(fragments, kPart4_0).id;
  EXPECT_EQ(add(fragments, kPart4_0).kind, FragmentKind::kDuplicate);
  add(fragments, kPart4_1);
  EXPECT_EQ(add(fragments, kPart4_2).kind, FragmentKind::kComplete);
  for (const std::string_view part : {kPart4_2, kPart4_0, kPart4_1}) {
    const FragmentOutcome copy = add(fragments, part);
    EXPECT_EQ(copy.kind, FragmentKind::kDuplicate);
    EXPECT_EQ(copy.id, id);
  }
}

TEST(Fragments, BeginsAnewWhenAFinishedIdentificationComesBack) {
  Fragments fragments;
  const std::uint64_t id = add(fragments, make_fragment(7, 0, 16, true, 1)).id;
  ASSERT_EQ(add(fragments, make_fragment(7, 16, 8, false, 1)).kind, FragmentKind::kComplete);
  const FragmentOutcome again = add(fragments, make_fragment(7, 0, 16, true, 2));
  EXPECT_EQ(again.kind, FragmentKind::kIncomplete);
  EXPECT_GT(again.id, id);
  EXPECT_EQ(add(fragments, make_fragment(7, 16, 8, false, 2)).kind, FragmentKind::kComplete);
}

TEST(Fragments, DiscardsADatagramWithAnOverlap) {
  struct Case {
    std::uint32_t offset, size;
    bool more;
    std::uint8_t fill;
  };
  // Known: [16, 32) filled with 0x5a.
  const Case cases[] = {{8, 16, true, 0x5a}, {24, 16, true, 0x5a}, {16, 16, true, 0x5b},
                        {16, 8, true, 0x5a}, {0, 64, true, 0x5a},  {24, 3, false, 0x5a}};
  for (const Case& one : cases) {
    Fragments fragments;
    const std::uint64_t id = add(fragments, make_fragment(1, 16, 16, true)).id;
    const FragmentOutcome outcome = add(fragments, make_fragment(1, one.offset, one.size, one.more, one.fill));
    EXPECT_EQ(outcome.kind, FragmentKind::kRejected) << one.offset;
    EXPECT_EQ(outcome.rejection, FragmentRejection::kOverlap) << one.offset;
    EXPECT_EQ(outcome.id, id);
    const FragmentOutcome later = add(fragments, make_fragment(1, 40, 8, false));
    EXPECT_EQ(later.kind, FragmentKind::kRejected);
    EXPECT_EQ(later.id, id);
    EXPECT_EQ(fragments.octets(), 0U);
    EXPECT_EQ(fragments.overlaps(), 1U);
    EXPECT_FALSE(fragments.next_dropped(at(0)));
    EXPECT_EQ(add(fragments, make_fragment(1, 40, 8, false), 31'000).kind, FragmentKind::kIncomplete);
  }
}

TEST(Fragments, RefusesWhatContradictsItself) {
  Fragments fragments;
  EXPECT_EQ(add(fragments, make_fragment(1, 0, 12, true)).rejection, FragmentRejection::kMalformed);
  EXPECT_EQ(add(fragments, make_fragment(1, 65'528, 8, false)).rejection, FragmentRejection::kTooLarge);
  add(fragments, make_fragment(2, 0, 8, false));
  add(fragments, make_fragment(3, 16, 8, false));
  EXPECT_EQ(add(fragments, make_fragment(3, 32, 8, false)).rejection, FragmentRejection::kMalformed);
  add(fragments, make_fragment(4, 16, 8, false));
  EXPECT_EQ(add(fragments, make_fragment(4, 24, 8, true)).rejection, FragmentRejection::kMalformed);
  add(fragments, make_fragment(5, 16, 8, true));
  EXPECT_EQ(add(fragments, make_fragment(5, 0, 8, false)).kind, FragmentKind::kComplete);
}

TEST(Fragments, RefusesADatagramThatItsHeaderMakesTooLarge) {
  Fragments fragments;
  add(fragments, make_fragment(1, 0, 32'760, true));
  const FragmentOutcome outcome = add(fragments, make_fragment(1, 32'760, 32'769, false));
  EXPECT_EQ(outcome.rejection, FragmentRejection::kTooLarge);
  EXPECT_EQ(fragments.octets(), 0U);
}

TEST(Fragments, SaysWhenAFragmentWasCapturedShort) {
  Fragments fragments;
  EXPECT_FALSE(add(fragments, kPart4_0).cut_short);
  const FragmentOutcome cut = add(fragments, kPart4_1, 0, 40);
  EXPECT_EQ(cut.kind, FragmentKind::kIncomplete);
  EXPECT_TRUE(cut.cut_short);
  EXPECT_FALSE(cut.all_seen);
  EXPECT_TRUE(cut.first_fragment_seen);
  EXPECT_EQ(add(fragments, kPart4_1).kind, FragmentKind::kDuplicate);
  const FragmentOutcome last = add(fragments, kPart4_2);
  EXPECT_EQ(last.kind, FragmentKind::kIncomplete);
  EXPECT_TRUE(last.cut_short);
  EXPECT_TRUE(last.all_seen);
}

TEST(Fragments, EveryCutOfAFrameIsCutShortAndNothingElse) {
  const std::size_t size = from_hex(kPart4_1).size();
  for (std::size_t captured = 24; captured < size; ++captured) {
    Fragments fragments;
    const FragmentOutcome outcome = add(fragments, kPart4_1, 0, captured);
    EXPECT_EQ(outcome.kind, FragmentKind::kIncomplete) << captured;
    EXPECT_TRUE(outcome.cut_short) << captured;
  }
}

TEST(Fragments, SeparatesProtocolsOfIpv4) {
  Octets other = make_fragment(1, 8, 8, false);
  other[9] = 17;
  Fragments fragments;
  const std::uint64_t id = add(fragments, make_fragment(1, 0, 8, true)).id;
  EXPECT_NE(add(fragments, other).id, id);
}

TEST(Fragments, GivesUpWhatIsTooOldAndSaysWhich) {
  Fragments fragments;
  const std::uint64_t first = add(fragments, kPart4_0, 0).id;
  const std::uint64_t second = add(fragments, kPart6_1, 10'000).id;
  EXPECT_TRUE(fragments.first_fragment_seen(first));
  EXPECT_FALSE(fragments.first_fragment_seen(second));
  EXPECT_FALSE(fragments.next_dropped(at(30'000)));
  const auto dropped = fragments.next_dropped(at(30'001));
  ASSERT_TRUE(dropped);
  EXPECT_EQ(dropped->id, first);
  EXPECT_TRUE(dropped->first_fragment_seen);
  EXPECT_FALSE(dropped->evicted);
  EXPECT_FALSE(fragments.next_dropped(at(40'000)));
  EXPECT_FALSE(fragments.first_fragment_seen(first));
  EXPECT_EQ(fragments.next_dropped(at(40'001))->id, second);
  EXPECT_EQ(fragments.expired(), 2U);
  EXPECT_EQ(fragments.datagrams(), 0U);
}

TEST(Fragments, EvictsFinishedBeforeWaitingAndOldestFirst) {
  Fragments fragments({.datagrams = 3});
  const std::uint64_t oldest = add(fragments, make_fragment(1, 0, 8, true)).id;
  add(fragments, make_fragment(2, 0, 8, true));
  add(fragments, make_fragment(2, 8, 8, false));
  add(fragments, make_fragment(3, 0, 8, true));
  add(fragments, make_fragment(4, 0, 8, true));
  EXPECT_FALSE(fragments.next_dropped(at(0)));
  add(fragments, make_fragment(5, 0, 8, true));
  const auto dropped = fragments.next_dropped(at(0));
  ASSERT_TRUE(dropped);
  EXPECT_EQ(dropped->id, oldest);
  EXPECT_TRUE(dropped->evicted);
  EXPECT_EQ(fragments.evicted(), 1U);
}

TEST(Fragments, StaysWithinItsLimitsUnderAMillionFragments) {
  const FragmentLimits limits{.datagrams = 1024, .octets = std::size_t{1} << 20};
  Fragments fragments(limits);
  std::uint64_t dropped = 0;
  std::uint64_t previous = 0;
  for (std::uint32_t identification = 0; identification < 1'000'000; ++identification) {
    const FragmentOutcome outcome = add(fragments, make_fragment(identification, 8 * (identification % 7), 8, true));
    ASSERT_GT(outcome.id, previous);
    previous = outcome.id;
    ASSERT_LE(fragments.octets(), limits.octets);
    ASSERT_LE(fragments.datagrams(), limits.datagrams);
    while (fragments.next_dropped(at(0))) ++dropped;
  }
  EXPECT_EQ(dropped, 1'000'000 - 1024U);
  EXPECT_EQ(fragments.evicted(), dropped);
}

TEST(Fragments, EvictsByOctetsToo) {
  Fragments fragments({.octets = 64 << 10});
  for (std::uint32_t identification = 0; identification < 100; ++identification) {
    EXPECT_EQ(add(fragments, make_fragment(identification, 8, 16'000, true)).kind, FragmentKind::kIncomplete);
    EXPECT_LE(fragments.octets(), std::size_t{64 << 10});
  }
  EXPECT_GE(fragments.evicted(), 96U);
}

TEST(Fragments, BoundsThePiecesOfOneDatagram) {
  Fragments fragments;
  FragmentOutcome outcome;
  for (std::uint32_t piece = 0; piece < 512; ++piece) {
    outcome = add(fragments, make_fragment(1, 16 * piece, 8, true));
    ASSERT_EQ(outcome.kind, FragmentKind::kIncomplete);
  }
  EXPECT_EQ(add(fragments, make_fragment(1, 16 * 512, 8, true)).rejection, FragmentRejection::kTooMany);
}

}  // namespace
}  // namespace espy::assemble
