// Packets of real kernels, one at a time: which key opens them, what stands inside, and what is said of those that do not open (V13 to
// V15).
#include "verify/packet_opener.h"

#include <gtest/gtest.h>

#include "tests/verify/recorded.h"

namespace espy::verify {
namespace {

using namespace testing;

constexpr std::uint8_t kIcmp = 1, kEspProtocol = 50, kAhProtocol = 51, kWesp = 141;

// Inspects frames outside a ledger, as a worker does.
class Bench {
 public:
  explicit Bench(const ipsec::Configuration& configuration)
      : world_(configuration), keys_(world_, crypto::Library()), hints_(world_), inspector_(world_, ports_, &keys_, {.esn = &hints_}) {}

  const Inspection& operator()(const Octets& octets, std::size_t captured = 0xffff'ffff) {
    frame_ = octets;
    const Frame frame{.data = base::Bytes(frame_).first(std::min(captured, octets.size())),
                      .original_size = static_cast<std::uint32_t>(octets.size()),
                      .time = {},
                      .number = 1};
    arena_.reset();
    inspector_.inspect(frame, inspection_, arena_);
    return inspection_;
  }
  EsnHints& hints() { return hints_; }
  // As the ledger does with a deferred header.
  bool settle(std::vector<std::uint32_t> highs) { return inspector_.settle_esn(inspection_, 0, highs, arena_); }
  const Inspection& inspection() const { return inspection_; }

 private:
  ipsec::World world_;
  decode::Ports ports_;
  Keyring keys_;
  EsnHints hints_;
  Arena arena_;
  Inspector inspector_;
  Inspection inspection_;
  Octets frame_;
};

std::uint8_t carried(const Inspection& inspection) { return inspection.packet.layers[inspection.packet.layer_count - 1U].protocol; }

TEST(PacketOpener, OpensEspAndReadsItsTrailer) {
  const Recorded capture = recorded("algorithm-aes-cbc");
  Bench inspect(capture.configuration);
  int pings = 0;
  for (const RecordedFrame& frame : only(capture.frames, kEspProtocol)) {
    const Inspection& found = inspect(frame.octets);
    ASSERT_EQ(found.checks[0].checked, Checked::kGood);
    EXPECT_TRUE(found.checks[0].opened && found.checks[0].decrypted);
    EXPECT_EQ(found.checks[0].iv_size, 16);
    EXPECT_EQ(found.checks[0].icv_size, 12);
    EXPECT_TRUE(found.checks[0].trailer.default_padding);
    EXPECT_EQ(found.checks[0].trailer.next_header, carried(found));
    pings += carried(found) == kIcmp;
  }
  EXPECT_GT(pings, 0);
}

TEST(PacketOpener, ChecksAhOutsideEspAndOpensTheEsp) {
  const Recorded capture = recorded("algorithm-ah-outside-esp");
  Bench inspect(capture.configuration);
  const auto frames = only(capture.frames, kAhProtocol);
  EXPECT_GT(frames.size(), 30U);
  for (const RecordedFrame& frame : frames) {
    const Inspection& found = inspect(frame.octets);
    ASSERT_EQ(found.packet.security_count, 2);
    EXPECT_EQ(found.checks[0].checked, Checked::kGood);
    EXPECT_FALSE(found.checks[0].decrypted);
    EXPECT_EQ(found.checks[1].checked, Checked::kNoIcv);
    EXPECT_TRUE(found.checks[1].opened);
  }
}

TEST(PacketOpener, AWrongAhDoesNotKeepTheEspShut) {
  const Recorded capture = recorded("algorithm-ah-outside-esp");
  Bench inspect(capture.configuration);
  Octets frame = only(capture.frames, kAhProtocol)[0].octets;
  frame[kSecurityAt + 12] ^= 1;  // of AH's ICV
  const Inspection& found = inspect(frame);
  EXPECT_EQ(found.checks[0].checked, Checked::kBad);
  EXPECT_EQ(found.checks[1].checked, Checked::kNoIcv);
  EXPECT_TRUE(found.checks[1].opened);
}

TEST(PacketOpener, TriesEveryKeyOfAnSpi) {  // V13
  Recorded capture = recorded("algorithm-aes-cbc");
  std::vector<ipsec::Association> both;
  for (const ipsec::Association& right : capture.configuration.associations) {
    ipsec::Association wrong = right;
    wrong.integrity_key = other_key(right.integrity_key);
    both.push_back(std::move(wrong));
    both.push_back(right);
  }
  capture.configuration.associations = std::move(both);
  Bench inspect(capture.configuration);
  for (const RecordedFrame& frame : only(capture.frames, kEspProtocol)) {
    const HeaderCheck& check = inspect(frame.octets).checks[0];
    ASSERT_EQ(check.checked, Checked::kGood);
    EXPECT_EQ(check.association % 2, 1U);  // the second of two
  }
}

TEST(PacketOpener, FindsHmacSha256At96BitsWhereTheSizeIsUnsaid) {
  for (const char* name : {"algorithm-hmac-sha256-96", "algorithm-hmac-sha256"}) {
    Recorded capture = recorded(name);
    for (ipsec::Association& association : capture.configuration.associations) association.icv_bits = 0;
    Bench inspect(capture.configuration);
    const bool short_one = std::string_view(name).ends_with("-96");
    for (const RecordedFrame& frame : only(capture.frames, kEspProtocol)) {
      const HeaderCheck& check = inspect(frame.octets).checks[0];
      ASSERT_EQ(check.checked, Checked::kGood) << name;
      EXPECT_EQ(check.icv_size, short_one ? 12 : 16);
      EXPECT_EQ(check.reading, short_one ? 1 : 0);
      EXPECT_TRUE(check.opened);
    }
  }
}

TEST(PacketOpener, OneWrongOctetAnywhereIsBad) {  // V15
  const Recorded capture = recorded("algorithm-aes-cbc");
  Bench inspect(capture.configuration);
  const Octets right = only(capture.frames, kEspProtocol)[0].octets;
  ASSERT_EQ(inspect(right).checks[0].checked, Checked::kGood);
  for (std::size_t at = kSecurityAt + 4; at < right.size(); ++at) {
    Octets wrong = right;
    wrong[at] ^= 0x80;
    const HeaderCheck& check = inspect(wrong).checks[0];
    ASSERT_EQ(check.checked, Checked::kBad) << at;
    ASSERT_FALSE(check.opened) << at;
  }
}

TEST(PacketOpener, ALengthThatTheCipherCannotProduceIsBad) {  // V15
  const Recorded capture = recorded("algorithm-aes-cbc");
  Bench inspect(capture.configuration);
  Octets frame = only(capture.frames, kEspProtocol)[0].octets;
  frame.pop_back();
  frame[17] = static_cast<std::uint8_t>(frame[17] - 1);  // total length
  EXPECT_EQ(inspect(frame).checks[0].checked, Checked::kBad);
  frame.resize(kSecurityAt + 8);
  frame[16] = 0;
  frame[17] = 28;
  EXPECT_EQ(inspect(frame).checks[0].checked, Checked::kBad);
}

TEST(PacketOpener, WhatIsCutIsNotChecked) {
  const Recorded capture = recorded("algorithm-aes-cbc");
  Bench inspect(capture.configuration);
  const Octets frame = only(capture.frames, kEspProtocol)[0].octets;
  for (const std::size_t missing : {std::size_t{1}, std::size_t{12}, frame.size() - kSecurityAt - 8}) {
    const HeaderCheck& check = inspect(frame, frame.size() - missing).checks[0];
    EXPECT_EQ(check.checked, Checked::kCutShort) << missing;
    EXPECT_FALSE(check.opened) << missing;
  }
}

TEST(PacketOpener, OpensEveryWesp) {  // RFC 5840
  const Recorded capture = recorded("algorithm-wesp");
  Bench inspect(capture.configuration);
  std::size_t wrapped = 0;
  for (const RecordedFrame& frame : capture.frames) {
    const Inspection& found = inspect(frame.octets);
    ASSERT_EQ(found.packet.security_count, 1);
    EXPECT_EQ(found.checks[0].checked, Checked::kGood);
    EXPECT_TRUE(found.checks[0].opened);
    wrapped += found.packet.security[0].wrapped;
  }
  EXPECT_EQ(wrapped, capture.frames.size());
  EXPECT_FALSE(only(capture.frames, kWesp).empty());
}

TEST(PacketOpener, OpensEspInEsp) {
  const Recorded capture = recorded("algorithm-nested");
  Bench inspect(capture.configuration);
  for (const RecordedFrame& frame : capture.frames) {
    const Inspection& found = inspect(frame.octets);
    ASSERT_EQ(found.packet.security_count, 2);
    for (std::size_t index = 0; index < 2; ++index) {
      EXPECT_EQ(found.checks[index].checked, Checked::kGood) << index;
      EXPECT_TRUE(found.checks[index].opened) << index;
    }
    EXPECT_NE(found.checks[0].association, found.checks[1].association);
    EXPECT_EQ(found.packet.layers[1].carrier, decode::Carrier::kEspTunnel);
    EXPECT_NE(found.packet.layers[1].payload, decode::Payload::kEsp);
  }
}

TEST(PacketOpener, TheOuterKeyAloneShowsTheInnerHeader) {
  Recorded capture = recorded("algorithm-nested");
  std::erase_if(capture.configuration.associations,
                [](const ipsec::Association& one) { return one.spi->value == 0x1100 || one.spi->value == 0x1101; });
  Bench inspect(capture.configuration);
  const Inspection& found = inspect(capture.frames[0].octets);
  ASSERT_EQ(found.packet.security_count, 2);
  EXPECT_EQ(found.checks[0].checked, Checked::kGood);
  EXPECT_EQ(found.checks[1].checked, Checked::kNoKey);
  EXPECT_FALSE(found.checks[1].opened);
}

TEST(PacketOpener, InflatesIpcompInsideEsp) {  // RFC 2394
  const Recorded capture = recorded("algorithm-ipcomp");
  Bench inspect(capture.configuration);
  int inflated = 0;
  for (const RecordedFrame& frame : only(capture.frames, kEspProtocol)) {
    const Inspection& found = inspect(frame.octets);
    ASSERT_EQ(found.checks[0].checked, Checked::kGood);
    if (found.packet.security_count < 2) continue;  // too small to be worth it: RFC 3173 section 2.2
    ASSERT_EQ(found.packet.security[1].protocol, decode::SecurityProtocol::kIpcomp);
    EXPECT_TRUE(found.checks[1].opened);
    EXPECT_NE(found.packet.layers[0].payload, decode::Payload::kCompressed);
    EXPECT_GT(found.octets.size(), frame.octets.size());
    ++inflated;
  }
  EXPECT_GT(inflated, 0);
}

TEST(PacketOpener, AnExtendedNumberIsTriedWithTheHintAndThenDeferred) {
  const Recorded capture = recorded("algorithm-esn-high");  // the high half is 5, and nothing says so
  Bench inspect(capture.configuration);
  const Octets frame = only(capture.frames, kEspProtocol)[0].octets;
  EXPECT_EQ(inspect(frame).checks[0].checked, Checked::kEsnDeferred);
  EXPECT_FALSE(inspect.settle({0, 1, 4, 6}));
  EXPECT_EQ(inspect.inspection().checks[0].checked, Checked::kEsnDeferred);
  EXPECT_TRUE(inspect.settle({0, 5}));
  EXPECT_EQ(inspect.inspection().checks[0].checked, Checked::kGood);
  EXPECT_EQ(inspect.inspection().checks[0].esn_high, 5U);
  EXPECT_TRUE(inspect.inspection().checks[0].opened);
  const ipsec::AssociationId id = inspect.inspection().checks[0].association;
  inspect.hints().advance(id, 0x5'0000'0001);
  EXPECT_EQ(inspect(frame).checks[0].checked, Checked::kGood);
}

TEST(PacketOpener, AStaleHintNeverMakesAPacketBad) {  // DESIGN.md section 2
  const Recorded capture = recorded("algorithm-esn-wrap-gcm");
  for (const std::uint64_t hint : {std::uint64_t{0}, std::uint64_t{0x1'0000'0000}, std::uint64_t{0x9'0000'0000}}) {
    Bench inspect(capture.configuration);
    inspect.hints().advance(0, hint);
    inspect.hints().advance(1, hint);
    for (const RecordedFrame& frame : only(capture.frames, kEspProtocol)) {
      const Checked checked = inspect(frame.octets).checks[0].checked;
      EXPECT_TRUE(checked == Checked::kGood || checked == Checked::kEsnDeferred);
    }
  }
}

}  // namespace
}  // namespace espy::verify
