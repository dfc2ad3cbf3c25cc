// Which SAs get one of the few long histories (V27), seen from outside: a copy within ten milliseconds is a copy and not a replay.
#include <gtest/gtest.h>

#include <map>

#include "tests/verify/frames.h"

namespace espy::verify {
namespace {

using namespace testing;

constexpr std::uint8_t kEspProtocol = 50;
constexpr std::uint32_t kBurst = 40;  // more than a short history holds
constexpr std::uint32_t kLent = 16;   // long histories with the smallest limit on SAs

class Bursts {
 public:
  Bursts() : scene_(limits()) {}

  // Packets of SA `number` in the same millisecond, from sequence number `first` on.
  void burst(std::uint32_t number, std::uint32_t first, std::int64_t at) {
    for (std::uint32_t sequence = first; sequence < first + kBurst; ++sequence) send(number, sequence, at);
  }
  void send(std::uint32_t number, std::uint32_t sequence, std::int64_t at) {
    Sent sent;
    sent.at = at;
    scene_.send(ipv4({}, kEspProtocol, esp(0x1000 + number, sequence)), sent);
  }
  std::map<std::uint32_t, verdict::SequenceSummary> finish() {
    std::map<std::uint32_t, verdict::SequenceSummary> by_number;
    for (const verdict::AssociationSummary& one : scene_.finish().associations) by_number[one.spi->value - 0x1000] = one.sequence;
    return by_number;
  }

 private:
  static ipsec::Configuration limits() {
    ipsec::Configuration configuration;
    configuration.limits.push_back({.key = "associations", .value = kLent + 4, .origin = {}});
    return configuration;
  }
  Scene scene_;
};

TEST(History, AnSaThatWasSilentGivesItsHistoryToOneThatTalks) {  // V27
  Bursts bursts;
  for (std::uint32_t number = 0; number < kLent; ++number) bursts.burst(number, 100, number == 7 ? 0 : 95);
  bursts.burst(kLent, 100, 100);
  for (std::uint32_t number = 0; number <= kLent; ++number) bursts.send(number, 110, 101);  // 29 numbers behind
  auto associations = bursts.finish();
  for (std::uint32_t number = 0; number <= kLent; ++number) {
    EXPECT_EQ(associations[number].duplicates, number == 7 ? 0U : 1U) << number;
    EXPECT_EQ(associations[number].replayed, number == 7 ? 1U : 0U) << number;
  }
}

TEST(History, WhereAllTalkOneHasToGiveItsHistory) {  // V27
  Bursts bursts;
  for (std::uint32_t number = 0; number <= kLent; ++number) bursts.burst(number, 100, 100);
  for (std::uint32_t number = 0; number <= kLent; ++number) bursts.send(number, 130, 101);  // within the last sixteen
  for (std::uint32_t number = 0; number <= kLent; ++number) bursts.send(number, 110, 101);
  std::uint64_t duplicates = 0;
  std::uint64_t replayed = 0;
  for (const auto& [number, association] : bursts.finish()) {
    duplicates += association.duplicates;
    replayed += association.replayed;
  }
  EXPECT_EQ(duplicates, 2 * (kLent + 1) - 1);
  EXPECT_EQ(replayed, 1U);
}

}  // namespace
}  // namespace espy::verify
