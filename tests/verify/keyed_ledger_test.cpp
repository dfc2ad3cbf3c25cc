// What the keys make of whole captures: protected, unverified or forged, and what a wrong ICV may change (V13 to V18, V27). The packets are
// those of real kernels; what is damaged here is named in each test.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/verify/recorded.h"

namespace espy::verify {
namespace {

using namespace testing;
using namespace ipsec::testing;
using verdict::Class;
using verdict::Verdict;

constexpr std::uint8_t kTcp = 6, kUdp = 17, kEspProtocol = 50, kAhProtocol = 51;
constexpr std::uint8_t kB = 2;  // the last octet of 10.0.0.2
constexpr const char* kFrom = "10.0.0.1";
constexpr const char* kTo = "10.0.0.2";
constexpr std::uint32_t kSpi = 0x200;  // of the kernels' SA from 10.0.0.1 to 10.0.0.2

const verdict::AssociationSummary& row_of(const verdict::Summary& summary, std::uint32_t spi) {
  const auto found = std::ranges::find_if(summary.associations, [&](const auto& row) { return row.spi && row.spi->value == spi; });
  EXPECT_NE(found, summary.associations.end());
  return *found;
}

const verdict::RequirementSummary& requirement_to(const verdict::Summary& summary, std::string_view to) {
  const auto found = std::ranges::find_if(summary.requirements, [&](const auto& row) { return row.to.starts_with(to); });
  EXPECT_NE(found, summary.requirements.end());
  return *found;
}

void put_sequence(Octets& frame, std::uint32_t sequence) {
  for (std::size_t index = 0; index < 4; ++index) {
    frame[kSecurityAt + 4 + index] = static_cast<std::uint8_t>(sequence >> (24 - 8 * index));
  }
}

// The packets from 10.0.0.1 to 10.0.0.2 of AES-CBC with HMAC-SHA1-96, numbered from 1.
struct OneWay {
  Recorded capture = recorded("algorithm-aes-cbc");
  std::vector<RecordedFrame> frames = towards(only(capture.frames, kEspProtocol), kB);
};

TEST(KeyedLedger, ABadIcvDoesNotMoveTheWindow) {  // V15
  const OneWay one;
  const auto honest = after(one.capture.configuration, one.frames);
  auto frames = one.frames;
  RecordedFrame far = damaged(frames[5]);
  put_sequence(far.octets, 100'000);
  frames.insert(frames.begin() + 6, far);
  const auto attacked = after(one.capture.configuration, frames);
  EXPECT_EQ(count(attacked, Class::kForged), 1U);
  EXPECT_EQ(count(attacked, Class::kProtected), one.frames.size());
  const auto& row = row_of(attacked, kSpi);
  EXPECT_EQ(row.sequence.highest, row_of(honest, kSpi).sequence.highest);
  EXPECT_EQ(row.sequence.highest, one.frames.size());
  EXPECT_EQ(row.sequence.lost, 0U);
  EXPECT_EQ(row.sequence.reordered, 0U);
  EXPECT_EQ(row.sequence.replayed, 0U);
  EXPECT_EQ(row.integrity_checks.bad, 1U);
}

TEST(KeyedLedger, AReplayIsAuthenticAndStaysProtected) {  // V15, V27
  OneWay one;
  RecordedFrame late = one.frames[3];
  late.at = one.frames.back().at + 1000;
  one.frames.push_back(late);
  const auto summary = after(one.capture.configuration, one.frames);
  EXPECT_EQ(count(summary, Class::kProtected), one.frames.size());
  EXPECT_EQ(row_of(summary, kSpi).sequence.replayed, 1U);
  EXPECT_EQ(row_of(summary, kSpi).integrity_checks.good, one.frames.size());
  EXPECT_TRUE(has(summary.findings, "sa.replay"));
}

TEST(KeyedLedger, OtherOctetsUnderAnOldNumberAreForgedAndNoReplay) {  // V27
  OneWay one;
  RecordedFrame late = damaged(one.frames[3]);
  late.at = one.frames.back().at + 1000;
  one.frames.push_back(late);
  const auto summary = after(one.capture.configuration, one.frames);
  EXPECT_EQ(count(summary, Class::kForged), 1U);
  EXPECT_EQ(row_of(summary, kSpi).sequence.replayed, 0U);
}

TEST(KeyedLedger, ABadIcvBeforeTheFirstGoodOneIsForged) {  // V16
  OneWay one;
  one.frames[0] = damaged(one.frames[0]);
  const auto summary = after(one.capture.configuration, one.frames);
  EXPECT_EQ(count(summary, Class::kForged), 1U);
  EXPECT_EQ(count(summary, Class::kProtected), one.frames.size() - 1);
  EXPECT_EQ(count(summary, Class::kUnverified), 0U);
  EXPECT_EQ(requirement_to(summary, kTo).verdict, Verdict::kViolated);
  EXPECT_EQ(requirement_to(summary, kTo).packets.forged, 1U);
  EXPECT_EQ(summary.exit_status, 1);
}

TEST(KeyedLedger, WithoutAGoodIcvTheKeyIsInDoubt) {  // V16
  OneWay one;
  for (RecordedFrame& frame : one.frames) frame = damaged(frame);
  const auto summary = after(one.capture.configuration, one.frames);
  EXPECT_EQ(count(summary, Class::kForged), 0U);
  EXPECT_EQ(count(summary, Class::kUnverified), one.frames.size());
  const auto& requirement = requirement_to(summary, kTo);
  EXPECT_EQ(requirement.verdict, Verdict::kInconclusive);
  EXPECT_NE(std::ranges::find(requirement.reasons, "sa.icv-bad"), requirement.reasons.end());
  EXPECT_TRUE(has(summary.findings, "sa.icv-bad"));
  EXPECT_EQ(summary.exit_status, 3);
}

TEST(KeyedLedger, AnotherSaThatVerifiesProvesNothingOfThisOne) {  // V16
  Recorded capture = recorded("algorithm-aes-cbc");
  std::size_t sent = 0;
  for (RecordedFrame& frame : capture.frames) {
    if (!is_ipv4(frame.octets, kEspProtocol) || frame.octets[kDestinationAt + 3] != kB) continue;
    frame = damaged(frame);
    ++sent;
  }
  const auto summary = after(capture.configuration, capture.frames);
  EXPECT_EQ(count(summary, Class::kForged), 0U);
  EXPECT_EQ(count(summary, Class::kUnverified), sent);
  EXPECT_EQ(requirement_to(summary, kTo).verdict, Verdict::kInconclusive);
  EXPECT_EQ(requirement_to(summary, kFrom).verdict, Verdict::kProtected);
}

TEST(KeyedLedger, CutPacketsStayUnverified) {  // V14
  const OneWay one;
  Scene scene(one.capture.configuration);
  for (std::size_t index = 0; index < one.frames.size(); ++index) {
    const Octets& frame = one.frames[index].octets;
    scene.send(frame, {.link = base::LinkType::kEthernet, .captured = index % 3 == 0 ? frame.size() - 1 : frame.size()});
  }
  const auto summary = scene.finish();
  const std::size_t cut = (one.frames.size() + 2) / 3;
  EXPECT_EQ(count(summary, Class::kUnverified), cut);
  EXPECT_EQ(count(summary, Class::kProtected), one.frames.size() - cut);
  EXPECT_EQ(row_of(summary, kSpi).integrity_checks.cut_short, cut);
  EXPECT_EQ(row_of(summary, kSpi).integrity_checks.bad, 0U);
}

TEST(KeyedLedger, EveryKeyOfAnSpiIsTried) {  // V13
  OneWay one;
  ipsec::Association before = one.capture.configuration.associations[1];
  before.integrity_key = other_key(before.integrity_key);
  auto& associations = one.capture.configuration.associations;
  associations.insert(associations.begin(), std::move(before));
  const auto summary = after(one.capture.configuration, one.frames);
  EXPECT_EQ(count(summary, Class::kProtected), one.frames.size());
}

// AES-CBC without integrity: the ESP of an AH outside ESP, with the AH taken away.
struct WithoutIcv {
  WithoutIcv() {
    const Recorded capture = recorded("algorithm-ah-outside-esp");
    for (RecordedFrame frame : towards(only(capture.frames, kAhProtocol), kB)) {
      const int ah_size = (frame.octets[kSecurityAt + 1] + 2) * 4;  // RFC 4302 section 2.2
      frame.octets.erase(frame.octets.begin() + kSecurityAt, frame.octets.begin() + kSecurityAt + ah_size);
      frame.octets[kProtocolAt] = kEspProtocol;
      const auto size = static_cast<std::uint32_t>(frame.octets.size() - 14);
      frame.octets[16] = static_cast<std::uint8_t>(size >> 8);
      frame.octets[17] = static_cast<std::uint8_t>(size);
      frames.push_back(frame);
    }
    configuration.spds.push_back(spd({out(kFrom, kTo)}));
    for (const ipsec::Association& one : capture.configuration.associations) {
      if (one.protocol == ipsec::Protocol::kEsp && one.spi->value == 0x201) configuration.associations.push_back(one);
    }
    EXPECT_EQ(configuration.associations.size(), 1U);
  }
  ipsec::Configuration configuration;
  std::vector<RecordedFrame> frames;
};

TEST(KeyedLedger, AnSaWithoutIcvIsProtectedWhenItDecryptsSanely) {  // V14
  const WithoutIcv one;
  const auto summary = after(one.configuration, one.frames);
  EXPECT_GT(one.frames.size(), 10U);
  EXPECT_EQ(count(summary, Class::kProtected), one.frames.size());
  EXPECT_EQ(summary.requirements[0].verdict, Verdict::kProtected);
  EXPECT_EQ(summary.associations[0].opened, one.frames.size());
  EXPECT_EQ(summary.associations[0].integrity_checks.good, 0U);
}

TEST(KeyedLedger, AndUnverifiedWithAWrongKey) {  // V14, V16
  WithoutIcv one;
  auto& association = one.configuration.associations[0];
  association.encryption_key = other_key(association.encryption_key);
  const auto summary = after(one.configuration, one.frames);
  EXPECT_EQ(count(summary, Class::kUnverified), one.frames.size());
  EXPECT_EQ(count(summary, Class::kProtected), 0U);
  EXPECT_NE(summary.requirements[0].verdict, Verdict::kProtected);
  EXPECT_EQ(summary.associations[0].failed, one.frames.size());
  EXPECT_EQ(summary.associations[0].diagnosis, "encryption-key");
}

TEST(KeyedLedger, AWrongIcvOfEitherHeaderIsHeldAgainstThePacket) {  // V16, AH outside ESP
  Recorded capture = recorded("algorithm-ah-outside-esp");
  auto frames = towards(only(capture.frames, kAhProtocol), kB);
  frames[4].octets[kSecurityAt + 12] ^= 1;  // of AH's ICV
  const auto summary = after(capture.configuration, frames);
  EXPECT_EQ(count(summary, Class::kForged), 1U);
  EXPECT_EQ(count(summary, Class::kProtected), frames.size() - 1);
}

// NAT in between: the receiver sees 192.0.2.7 as the source. ESP in UDP covers no address.
TEST(KeyedLedger, BehindNatTheSaSaysWhoseThePacketsAre) {  // V13
  const Recorded capture = recorded("algorithm-udp");
  std::vector<RecordedFrame> frames;
  for (RecordedFrame frame : capture.frames) {
    if (!is_ipv4(frame.octets, kUdp)) continue;
    const std::size_t at = frame.octets[kSourceAt + 3] == 1 ? kSourceAt : kDestinationAt;
    std::ranges::copy(address("192.0.2.7").bytes(), frame.octets.begin() + static_cast<std::ptrdiff_t>(at));
    frames.push_back(frame);
  }
  const auto summary = after(capture.configuration, frames);
  EXPECT_GT(frames.size(), 30U);
  EXPECT_EQ(count(summary, Class::kProtected) + count(summary, Class::kControl), frames.size());
  EXPECT_GT(requirement_to(summary, kTo).packets.protected_, 10U);
  EXPECT_GT(requirement_to(summary, kFrom).packets.protected_, 10U);
  EXPECT_EQ(requirement_to(summary, kTo).verdict, Verdict::kProtected);
}

TEST(KeyedLedger, EspInTcpIsCheckedToo) {  // RFC 9329
  const Recorded capture = recorded("algorithm-tcp");
  ASSERT_EQ(only(capture.frames, kTcp).size(), 20U);
  const auto summary = after(capture.configuration, capture.frames);
  EXPECT_EQ(classes(summary), "20 protected");
  // The last octet of a segment is the last of an ICV.
  auto frames = capture.frames;
  frames[9] = damaged(frames[9]);
  EXPECT_EQ(classes(after(capture.configuration, frames)), "19 protected 1 forged");
}

TEST(KeyedLedger, ADatagramThatNeverBecameWholeIsNotChecked) {  // V14
  const Recorded capture = recorded("algorithm-fragments");
  const auto whole = after(capture.configuration, capture.frames);
  // The pieces of one datagram have the same identification, and the second one here is lost.
  std::vector<std::size_t> pieces;
  for (std::size_t index = 0; index < capture.frames.size(); ++index) {
    const Octets& frame = capture.frames[index].octets;
    const bool fragment = is_ipv4(frame, kEspProtocol) && ((frame[20] & 0x3f) != 0 || frame[21] != 0);
    if (!fragment) continue;
    const Octets& first = pieces.empty() ? frame : capture.frames[pieces[0]].octets;
    if (std::equal(frame.begin() + 18, frame.begin() + 20, first.begin() + 18)) pieces.push_back(index);
  }
  ASSERT_GE(pieces.size(), 2U);
  auto frames = capture.frames;
  frames.erase(frames.begin() + static_cast<std::ptrdiff_t>(pieces[1]));
  const auto cut = after(capture.configuration, frames);
  EXPECT_EQ(count(cut, Class::kUnverified), pieces.size() - 1);
  EXPECT_EQ(count(cut, Class::kProtected) + pieces.size(), count(whole, Class::kProtected));
  const auto unchecked = [](const verdict::Summary& summary) {
    std::uint64_t sum = 0;
    for (const auto& row : summary.associations) sum += row.integrity_checks.fragment;
    return sum;
  };
  EXPECT_EQ(unchecked(whole), 0U);
  EXPECT_EQ(unchecked(cut), 1U);
}

// The high half.

std::vector<RecordedFrame> last_of(const std::vector<RecordedFrame>& frames, std::size_t number) {
  return {frames.end() - static_cast<std::ptrdiff_t>(number), frames.end()};
}

void forget_high_halves(ipsec::Configuration& configuration) {
  for (ipsec::Association& association : configuration.associations) association.esn_high.reset();
}

TEST(KeyedLedger, FollowsExtendedNumbersAcrossTheWrap) {
  for (const char* name : {"algorithm-esn-wrap-cbc", "algorithm-esn-wrap-gcm"}) {
    Recorded capture = recorded(name);
    forget_high_halves(capture.configuration);
    const auto frames = only(capture.frames, kEspProtocol);
    const auto summary = after(capture.configuration, frames);
    EXPECT_EQ(count(summary, Class::kProtected), frames.size()) << name;
    EXPECT_EQ(row_of(summary, kSpi).sequence.esn_high, 1U) << name;
    EXPECT_EQ(row_of(summary, kSpi).sequence.wraps, 1U) << name;
    EXPECT_EQ(row_of(summary, kSpi).sequence.lost, 0U) << name;
  }
}

TEST(KeyedLedger, FindsTheHighHalfOfACaptureThatStartsLate) {
  Recorded wrapped = recorded("algorithm-esn-wrap-gcm");
  forget_high_halves(wrapped.configuration);
  const auto late = last_of(only(wrapped.frames, kEspProtocol), 20);
  EXPECT_EQ(classes(after(wrapped.configuration, late)), "20 protected");
  Recorded high = recorded("algorithm-esn-high");
  const auto frames = only(high.frames, kEspProtocol);
  const auto summary = after(high.configuration, frames);
  EXPECT_EQ(count(summary, Class::kProtected), frames.size());
  EXPECT_EQ(row_of(summary, kSpi).sequence.esn_high, 5U);
}

TEST(KeyedLedger, TheHighHalfIsInferredAfterAWrapIsSeenBackwards) {  // a late packet from before the wrap
  Recorded capture = recorded("algorithm-esn-wrap-gcm");
  forget_high_halves(capture.configuration);
  auto frames = towards(only(capture.frames, kEspProtocol), kB);
  const auto wrap = std::ranges::find_if(frames, [](const RecordedFrame& frame) { return frame.octets[kSecurityAt + 4] == 0; });
  ASSERT_NE(wrap, frames.end());
  ASSERT_GT(wrap - frames.begin(), 2);
  std::iter_swap(wrap - 1, wrap + 1);
  const auto summary = after(capture.configuration, frames);
  EXPECT_EQ(count(summary, Class::kProtected), frames.size());
  EXPECT_EQ(row_of(summary, kSpi).sequence.reordered, 2U);
  EXPECT_EQ(row_of(summary, kSpi).sequence.esn_high, 1U);
}

TEST(KeyedLedger, OnceLockedABadIcvIsForged) {
  Recorded capture = recorded("algorithm-esn-high");
  auto frames = towards(only(capture.frames, kEspProtocol), kB);
  frames[7] = damaged(frames[7]);
  const auto summary = after(capture.configuration, frames);
  EXPECT_EQ(count(summary, Class::kForged), 1U);
  EXPECT_EQ(count(summary, Class::kProtected), frames.size() - 1);
  EXPECT_EQ(row_of(summary, kSpi).integrity_checks.bad, 1U);
}

TEST(KeyedLedger, ForgedPacketsBeforeTheFirstGoodOneDoNotHideTheHighHalf) {
  Recorded capture = recorded("algorithm-esn-high");
  auto frames = towards(only(capture.frames, kEspProtocol), kB);
  for (std::size_t index = 0; index < 7; ++index) frames[index] = damaged(frames[index]);
  const auto summary = after(capture.configuration, frames);
  EXPECT_EQ(count(summary, Class::kProtected), frames.size() - 7);
  EXPECT_EQ(row_of(summary, kSpi).sequence.esn_high, 5U);
}

// A search that finds nothing says that it does not know, and ends: eight searches, then no more.
TEST(KeyedLedger, ASearchForTheHighHalfIsBoundedAndCallsNothingForged) {
  Recorded capture = recorded("algorithm-esn-high");
  for (ipsec::Association& association : capture.configuration.associations) {
    association.encryption_key = other_key(association.encryption_key);
    association.integrity_key = other_key(association.integrity_key);
  }
  const auto frames = only(capture.frames, kEspProtocol);
  Scene scene(capture.configuration);
  const auto start = std::chrono::steady_clock::now();
  constexpr int kRounds = 20;
  for (int round = 0; round < kRounds; ++round) {
    for (const RecordedFrame& frame : frames) scene.send(frame.octets, {.link = base::LinkType::kEthernet});
  }
  const auto taken = std::chrono::steady_clock::now() - start;
  EXPECT_LT(taken, std::chrono::seconds(30));  // 760 wide searches would take minutes
  std::uint64_t unknown = 0;
  for (const auto& [key, row] : scene.ledger().associations().rows()) {
    unknown += row.count(Checked::kEsnUnknown);
    EXPECT_EQ(row.count(Checked::kBad), 0U);
  }
  EXPECT_EQ(unknown, frames.size() * kRounds);
  const auto summary = scene.finish();
  EXPECT_EQ(count(summary, Class::kUnverified), frames.size() * kRounds);
  EXPECT_EQ(count(summary, Class::kForged), 0U);
  EXPECT_EQ(requirement_to(summary, kTo).verdict, Verdict::kInconclusive);
  EXPECT_TRUE(has(summary.findings, "sa.icv-bad"));
}

}  // namespace
}  // namespace espy::verify
