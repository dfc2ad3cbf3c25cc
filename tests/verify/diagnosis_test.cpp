// Why ICVs fail: what Diagnoser keeps, what it says, and what it never says. That each mistake is named rightly is shown by the cases
// diagnosis-* of tests/pcaps.
#include "verify/diagnosis.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/verify/recorded.h"

namespace espy::verify {
namespace {

using namespace testing;
using namespace ipsec::testing;

constexpr std::uint8_t kEspProtocol = 50, kB = 2;

// A world with keys, and packets inspected with them.
class Room {
 public:
  explicit Room(const ipsec::Configuration& configuration)
      : world(configuration), keys(world, crypto::Library()), hints_(world), inspector_(world, ports_, &keys, {.esn = &hints_}) {}
  const Inspection& inspect(const Octets& octets, base::LinkType link) {
    frame_ = octets;
    const Frame frame{
        .data = frame_, .original_size = static_cast<std::uint32_t>(octets.size()), .time = {}, .number = 1, .link_type = link};
    arena_.reset();
    inspector_.inspect(frame, inspection_, arena_);
    return inspection_;
  }
  ipsec::World world;
  Keyring keys;

 private:
  decode::Ports ports_;
  EsnHints hints_;
  Arena arena_;
  Inspector inspector_;
  Inspection inspection_;
  Octets frame_;
};

AssociationRow failing(std::uint64_t packets) {
  AssociationRow row;
  row.configured = 0;
  row.checked[static_cast<std::size_t>(Checked::kBad)] = packets;
  return row;
}

// Its ICVs have 96 bits and the configuration says 128.
struct WrongLength {
  WrongLength() {
    for (ipsec::Association& association : capture.configuration.associations) association.icv_bits = 128;
  }
  Recorded capture = recorded("algorithm-hmac-sha256-96");
  std::vector<RecordedFrame> frames = towards(only(capture.frames, kEspProtocol), kB);
};

std::string name_of(const std::optional<Diagnosis>& diagnosis) { return diagnosis ? diagnosis->name : "none"; }

TEST(Diagnoser, NamesAnIcvOfAnotherLength) {
  const WrongLength wrong;
  Room room(wrong.capture.configuration);
  Diagnoser diagnoser(room.world, &room.keys);
  for (const RecordedFrame& frame : wrong.frames) {
    const Inspection& inspection = room.inspect(frame.octets, base::LinkType::kEthernet);
    ASSERT_EQ(inspection.checks[0].checked, Checked::kBad);
    diagnoser.keep(3, inspection, 0);
  }
  const auto diagnosis = diagnoser.diagnose(3, failing(wrong.frames.size()));
  ASSERT_TRUE(diagnosis);
  EXPECT_EQ(diagnosis->name, "icv-length");
  EXPECT_NE(diagnosis->sentence.find("96"), std::string::npos) << diagnosis->sentence;
  EXPECT_FALSE(diagnosis->advice.empty());
  EXPECT_EQ(name_of(diagnoser.diagnose(4, failing(1))), "none");  // another row: nothing was kept
}

TEST(Diagnoser, KeepsTheFirstEightPacketsOfAnSa) {
  const WrongLength wrong;
  ASSERT_GT(wrong.frames.size(), 9U);
  for (const std::size_t useless : {std::size_t{7}, std::size_t{8}}) {
    Room room(wrong.capture.configuration);
    Diagnoser diagnoser(room.world, &room.keys);
    // Octets that no alternative can explain, then packets that one does.
    for (std::uint32_t number = 0; number < useless; ++number) {
      diagnoser.keep(0, room.inspect(ipv4({}, kEspProtocol, esp(0x200, 50 + number, 64)), base::LinkType::kRaw), 0);
    }
    for (const RecordedFrame& frame : wrong.frames) diagnoser.keep(0, room.inspect(frame.octets, base::LinkType::kEthernet), 0);
    EXPECT_EQ(name_of(diagnoser.diagnose(0, failing(20))), useless == 7 ? "icv-length" : "unknown");
  }
}

TEST(Diagnoser, KeepsNoPacketOfMoreThan16384Octets) {
  const WrongLength wrong;
  for (const std::size_t size : {Diagnoser::kLargest, Diagnoser::kLargest + 1}) {
    Room room(wrong.capture.configuration);
    Diagnoser diagnoser(room.world, &room.keys);
    const Octets packet = ipv4({}, kEspProtocol, esp(0x200, 1, size - 20 - 8));
    ASSERT_EQ(packet.size(), size);
    diagnoser.keep(0, room.inspect(packet, base::LinkType::kRaw), 0);
    EXPECT_EQ(name_of(diagnoser.diagnose(0, failing(1))), size == Diagnoser::kLargest ? "unknown" : "none");
  }
}

TEST(Diagnoser, KeepsNoMoreThan32MebibytesInAll) {
  const WrongLength wrong;
  Room room(wrong.capture.configuration);
  Diagnoser diagnoser(room.world, &room.keys);
  const Octets packet_octets = ipv4({}, kEspProtocol, esp(0x200, 1, Diagnoser::kLargest - 28));
  const Inspection& inspection = room.inspect(packet_octets, base::LinkType::kRaw);
  constexpr std::uint32_t kRows = Diagnoser::kAllOctets / Diagnoser::kLargest / Diagnoser::kPackets;
  for (std::uint32_t row = 0; row < kRows; ++row) {
    for (std::size_t packet = 0; packet < Diagnoser::kPackets; ++packet) diagnoser.keep(row, inspection, 0);
  }
  diagnoser.keep(kRows, inspection, 0);
  EXPECT_EQ(name_of(diagnoser.diagnose(kRows - 1, failing(8))), "unknown");
  EXPECT_EQ(name_of(diagnoser.diagnose(kRows, failing(1))), "none");
}

TEST(Diagnoser, SaysNothingWithoutKeys) {
  const WrongLength wrong;
  Room room(wrong.capture.configuration);
  Diagnoser diagnoser(room.world, nullptr);
  for (const RecordedFrame& frame : wrong.frames) diagnoser.keep(0, room.inspect(frame.octets, base::LinkType::kEthernet), 0);
  EXPECT_EQ(name_of(diagnoser.diagnose(0, failing(5))), "none");
}

TEST(Diagnoser, SaysNothingWhereNothingFails) {
  const WrongLength wrong;
  Room room(wrong.capture.configuration);
  const Diagnoser diagnoser(room.world, &room.keys);
  AssociationRow row;
  row.checked[static_cast<std::size_t>(Checked::kGood)] = 9;
  row.opened = 9;
  EXPECT_EQ(name_of(diagnoser.diagnose(0, row)), "none");
}

TEST(Diagnoser, GoodIcvsAroundContentThatMakesNoSenseProveTheAuthenticationKey) {
  const WrongLength wrong;
  Room room(wrong.capture.configuration);
  const Diagnoser diagnoser(room.world, &room.keys);
  AssociationRow row;
  row.checked[static_cast<std::size_t>(Checked::kGood)] = 9;
  row.failed = 9;
  const auto diagnosis = diagnoser.diagnose(0, row);
  ASSERT_EQ(name_of(diagnosis), "encryption-key");
  EXPECT_NE(diagnosis->sentence.find("authentication key is right"), std::string::npos);
  row.opened = 1;  // an accident, not the key
  EXPECT_EQ(name_of(diagnoser.diagnose(0, row)), "none");
}

TEST(Diagnosis, KeysThatAreNotGivenAreNotDoubted) {  // an SA as a listing without keys shows it
  Recorded capture = recorded("algorithm-aes-cbc");
  for (ipsec::Association& association : capture.configuration.associations) association.keys_hidden = true;
  const auto summary = after(capture.configuration, capture.frames);
  EXPECT_EQ(count(summary, verdict::Class::kProtected), 0U);
  EXPECT_FALSE(has(summary.findings, "sa.icv-bad"));
  for (const auto& row : summary.associations) {
    EXPECT_FALSE(row.diagnosis);
    EXPECT_EQ(row.integrity_checks.no_key, row.packets);
  }
}

TEST(Diagnosis, NoSentenceHoldsAKey) {
  std::size_t diagnoses = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(ESPY_SOURCE_DIR) + "/tests/pcaps")) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("diagnosis-")) continue;
    const Recorded capture = recorded(name);
    std::string said;
    for (const auto& finding : after(capture.configuration, capture.frames).findings) {
      diagnoses += finding.code == "sa.icv-bad";
      said += finding.message + '\n' + finding.advice + '\n';
    }
    for (const ipsec::Association& association : capture.configuration.associations) {
      for (const ipsec::Key* key : {&association.encryption_key, &association.integrity_key}) {
        std::string digits;
        for (const std::uint8_t octet : key->secret()) digits += fmt::format("{:02x}", octet);
        for (std::size_t at = 0; at + 8 <= digits.size(); at += 2) {
          if (digits.substr(at, 8) == "00000000") continue;
          EXPECT_EQ(said.find(digits.substr(at, 8)), std::string::npos) << name;
        }
      }
    }
  }
  EXPECT_GT(diagnoses, 15U);
}

}  // namespace
}  // namespace espy::verify
