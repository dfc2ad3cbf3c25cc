// RFC 4303 Appendix A2.2, with a window of 2^31: the high half is that of the one number between top - window + 1 and top - window + 2^32
// whose low half was sent. Expected values are worked out by hand, then for random numbers by searching for that number.
#include "verify/esn.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/ipsec/policies.h"

namespace espy::verify {
namespace {

struct Inference {
  const char* what;
  std::uint64_t highest;
  std::uint32_t low;
  std::uint32_t high;
};

TEST(Esn, InfersTheHighHalfWhereTheWindowLiesInOneSubspace) {  // case A: low half of the top at least window - 1
  const Inference cases[] = {
      {"the first top of case A, bottom 0: nothing is below", 0x0'7fff'ffff, 0, 0},
      {"its last number", 0x0'7fff'ffff, 0xffff'ffff, 0},
      {"bottom 1: 0 is after the wrap", 0x0'8000'0000, 0, 1},
      {"bottom 1: the bottom itself", 0x0'8000'0000, 1, 0},
      {"the next number", 0x0'ffff'fff0, 0xffff'fff1, 0},
      {"just below the bottom 0x7ffffff1", 0x0'ffff'fff0, 0x7fff'fff0, 1},
      {"the bottom 0x7ffffff1", 0x0'ffff'fff0, 0x7fff'fff1, 0},
      {"across the wrap", 0x0'ffff'ffff, 0, 1},
      {"across a later wrap", 0x7'ffff'ffff, 5, 8},
      {"late, no wrap yet", 0x7'ffff'ffff, 0xffff'ff00, 7},
      {"after the last number of all: only modulo 2^32", 0xffff'ffff'ffff'ffff, 0, 0},
  };
  for (const Inference& one : cases) EXPECT_EQ(infer_high(one.highest, one.low), one.high) << one.what;
}

TEST(Esn, InfersTheHighHalfWhereTheWindowSpansTwoSubspaces) {  // case B: low half of the top below window - 1
  const Inference cases[] = {
      {"the first packet of an SA", 0, 1, 0},
      {"no subspace is below the first", 0, 0xffff'ffff, 0},
      {"nor at its bottom", 5, 0x8000'0006, 0},
      {"in order after a wrap", 0x1'0000'0005, 6, 1},
      {"late, from before the wrap", 0x1'0000'0005, 0xffff'fffe, 0},
      {"the bottom 0x80000006", 0x1'0000'0005, 0x8000'0006, 0},
      {"just below the bottom", 0x1'0000'0005, 0x8000'0005, 1},
      {"the last top of case B, bottom 0xffffffff", 0x5'7fff'fffe, 0xffff'ffff, 4},
      {"below that", 0x5'7fff'fffe, 0xffff'fffe, 5},
      {"a top of exactly a wrap", 0x3'0000'0000, 0xffff'ffff, 2},
  };
  for (const Inference& one : cases) EXPECT_EQ(infer_high(one.highest, one.low), one.high) << one.what;
}

TEST(Esn, AgreesWithASearchForTheNumberInTheWindow) {
  std::mt19937_64 random(11);
  for (int count = 0; count < 20'000; ++count) {
    const std::uint64_t highest = (random() >> (random() % 40)) | (std::uint64_t{1} << 33);
    const auto low = static_cast<std::uint32_t>(random());
    const std::uint64_t bottom = highest - (std::uint64_t{1} << 31) + 1;
    std::uint64_t number = (bottom & ~std::uint64_t{0xffff'ffff}) | low;
    if (number < bottom) number += std::uint64_t{1} << 32;
    ASSERT_EQ(infer_high(highest, low), static_cast<std::uint32_t>(number >> 32)) << std::hex << highest << ' ' << low;
  }
}

TEST(Esn, FollowsACounterAcrossThreeWraps) {
  constexpr std::uint64_t kStep = 0x4000'0000;  // less than the window
  std::uint64_t highest = 0xffff'fff0;
  for (int count = 0; count < 13; ++count) {
    const std::uint64_t next = highest + kStep;
    ASSERT_EQ(infer_high(highest, static_cast<std::uint32_t>(next)), next >> 32);
    highest = next;
  }
  EXPECT_EQ(highest >> 32, 4U);
}

TEST(EsnHints, BeginWithWhatTheConfigurationSays) {
  ipsec::Configuration configuration;
  configuration.associations.push_back(ipsec::testing::esp_sa(0x201, "10.0.0.1", "10.0.0.2"));
  configuration.associations.push_back(ipsec::testing::esp_sa(0x202, "10.0.0.1", "10.0.0.2"));
  configuration.associations[1].esn_high = 7;
  const ipsec::World world(configuration);
  EsnHints hints(world);
  EXPECT_EQ(hints.highest(0), 0U);
  EXPECT_EQ(hints.highest(1), 0x7'0000'0000U);
  hints.advance(0, 0x1'0000'0003);
  EXPECT_EQ(hints.highest(0), 0x1'0000'0003U);
  EXPECT_EQ(hints.highest(1), 0x7'0000'0000U);
}

}  // namespace
}  // namespace espy::verify
