// Initialisation vectors: patterns of CBC (RFC 3602 section 3) and nonces of counter modes (RFC 3686 section 2.1, RFC 4106 section 3.1).
// NonceSet is held against a plain set of all numbers.
#include "verify/iv.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/ipsec/policies.h"

namespace espy::verify {
namespace {

using ipsec::Encryption;
using Vector = std::vector<std::uint8_t>;

constexpr std::uint64_t kMost = 0xffff'ffff'ffff'ffff;

Vector big_endian(std::uint64_t value, std::size_t size) {
  Vector octets(size);
  for (std::size_t index = size; index-- > 0; value >>= 8) octets[index] = static_cast<std::uint8_t>(value);
  return octets;
}

Vector little_endian(std::uint64_t value, std::size_t size) {
  Vector octets(size);
  for (std::size_t index = 0; index < size; ++index, value = index < 8 ? value >> 8 : 0) octets[index] = static_cast<std::uint8_t>(value);
  return octets;
}

class Random {
 public:
  Vector operator()(std::size_t size) {
    Vector octets(size);
    for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(engine_());
    return octets;
  }

 private:
  std::mt19937 engine_{5};
};

TEST(CbcIvs, RandomVectorsFollowNoPattern) {
  for (const std::size_t size : {8U, 16U}) {
    Random random;
    CbcIvs ivs;
    for (int count = 0; count < 1000; ++count) ivs.add(random(size), random(size));
    EXPECT_EQ(ivs.pattern(), IvPattern::kNone) << size;
    EXPECT_EQ(ivs.count(IvPattern::kNone), 999U) << size;
  }
}

TEST(CbcIvs, ConstantOnesAreToldAfterNine) {
  Random random;
  CbcIvs ivs;
  const Vector always = random(16);
  for (int count = 0; count < 8; ++count) ivs.add(always, random(16));
  EXPECT_EQ(ivs.pattern(), IvPattern::kNone);  // seven have followed the first
  ivs.add(always, random(16));
  EXPECT_EQ(ivs.pattern(), IvPattern::kConstant);
  EXPECT_EQ(ivs.count(IvPattern::kConstant), 8U);
}

TEST(CbcIvs, CountersAreToldInEitherOrderOfOctets) {
  for (const std::size_t size : {8U, 16U}) {
    for (const auto octets : {big_endian, little_endian}) {
      Random random;
      CbcIvs ivs;
      for (std::uint64_t value = 250; value < 270; ++value) ivs.add(octets(value, size), random(size));
      EXPECT_EQ(ivs.pattern(), IvPattern::kCounter) << size;
    }
  }
}

TEST(CbcIvs, ACounterMaySkipWhatWasLostButNotGoBack) {
  struct Case {
    std::int64_t step;
    IvPattern pattern;
  };
  for (const Case& one :
       {Case{1, IvPattern::kCounter}, Case{16, IvPattern::kCounter}, Case{17, IvPattern::kNone}, Case{-1, IvPattern::kNone}}) {
    Random random;
    CbcIvs ivs;
    // The fixed octets in front keep steps of the low octets from counting in little endian.
    for (int count = 0; count < 12; ++count) {
      Vector iv = big_endian(static_cast<std::uint64_t>(100'000 + count * one.step), 16);
      iv[8] = 0x5a;
      ivs.add(iv, random(16));
    }
    EXPECT_EQ(ivs.pattern(), one.pattern) << one.step;
  }
}

TEST(CbcIvs, TheEndOfThePacketBeforeIsChained) {
  Random random;
  CbcIvs ivs;
  Vector last = random(8);
  for (int count = 0; count < 9; ++count) {
    const Vector iv = last;
    last = random(8);
    ivs.add(iv, last);
  }
  EXPECT_EQ(ivs.pattern(), IvPattern::kChained);
  EXPECT_EQ(describe(ivs.pattern()), "repeat the end of the packet before");
}

TEST(CbcIvs, OneInSixteenMayBeAnException) {
  for (const int exceptions : {1, 2}) {
    Random random;
    CbcIvs ivs;
    ivs.add(big_endian(1, 16), random(16));
    // Fresh vectors at the end, so that each of them is one exception alone.
    for (int count = 0; count < 16 - exceptions; ++count) ivs.add(big_endian(1, 16), random(16));
    for (int count = 0; count < exceptions; ++count) ivs.add(random(16), random(16));
    EXPECT_EQ(ivs.pattern(), exceptions == 1 ? IvPattern::kConstant : IvPattern::kNone);
  }
}

TEST(NonceSet, NumbersInOrderAreOneRun) {
  NonceSet set;
  for (std::uint64_t nonce = 1; nonce <= 100'000; ++nonce) ASSERT_FALSE(set.add(nonce));
  for (const std::uint64_t nonce : {1U, 2U, 50'000U, 99'999U, 100'000U}) EXPECT_TRUE(set.add(nonce)) << nonce;
  EXPECT_FALSE(set.add(0));
  EXPECT_FALSE(set.add(100'001));
  EXPECT_EQ(set.forgotten(), 0U);
}

TEST(NonceSet, NumbersInReverseAreOneRunToo) {
  NonceSet set;
  for (std::uint64_t nonce = 5000; nonce > 0; --nonce) ASSERT_FALSE(set.add(nonce));
  EXPECT_TRUE(set.add(5000));
  EXPECT_TRUE(set.add(1));
  EXPECT_FALSE(set.add(5001));
  EXPECT_EQ(set.forgotten(), 0U);
}

TEST(NonceSet, LostPacketsLeaveGapsThatLateOnesFill) {
  NonceSet set;
  for (const std::uint64_t nonce : {10U, 11U, 13U, 14U, 20U}) ASSERT_FALSE(set.add(nonce));
  EXPECT_FALSE(set.add(12));  // joins two runs
  for (const std::uint64_t nonce : {10U, 11U, 12U, 13U, 14U, 20U}) EXPECT_TRUE(set.add(nonce)) << nonce;
  for (const std::uint64_t nonce : {9U, 15U, 19U, 21U}) EXPECT_FALSE(set.add(nonce)) << nonce;
}

TEST(NonceSet, AgreesWithASetOfAllNumbers) {
  std::mt19937_64 random(7);
  for (const std::uint64_t start : {std::uint64_t{0}, std::uint64_t{1} << 40, kMost - 200}) {
    NonceSet set;
    std::set<std::uint64_t> all;
    for (int count = 0; count < 5000; ++count) {
      const std::uint64_t nonce = start + random() % 201;  // at most 101 runs
      ASSERT_EQ(set.add(nonce), !all.insert(nonce).second) << nonce;
    }
    EXPECT_EQ(set.forgotten(), 0U);
  }
}

TEST(NonceSet, TheLargestNumberAndZeroAreNoNeighbours) {
  NonceSet upwards;
  EXPECT_FALSE(upwards.add(kMost - 1));
  EXPECT_FALSE(upwards.add(kMost));
  EXPECT_FALSE(upwards.add(0));
  EXPECT_TRUE(upwards.add(kMost));
  EXPECT_TRUE(upwards.add(0));
  EXPECT_FALSE(upwards.add(1000));
  NonceSet downwards;
  EXPECT_FALSE(downwards.add(0));
  EXPECT_FALSE(downwards.add(kMost));
  EXPECT_TRUE(downwards.add(0));
  EXPECT_TRUE(downwards.add(kMost));
  EXPECT_FALSE(downwards.add(1000));
}

TEST(NonceSet, ForgetsTheOldestOf256Runs) {
  NonceSet set;
  for (std::uint64_t run = 0; run < 256; ++run) ASSERT_FALSE(set.add(run * 10));
  EXPECT_EQ(set.forgotten(), 0U);
  EXPECT_TRUE(set.add(0));
  EXPECT_FALSE(set.add(5000));  // the 257th
  EXPECT_EQ(set.forgotten(), 1U);
  EXPECT_TRUE(set.add(10));
  EXPECT_FALSE(set.add(0));  // forgotten
  EXPECT_EQ(set.forgotten(), 2U);
}

TEST(NonceSet, ARunThatGrowsIsNotTheOldest) {
  NonceSet set;
  for (std::uint64_t run = 0; run < 256; ++run) ASSERT_FALSE(set.add(run * 10));
  EXPECT_FALSE(set.add(1));  // with 0
  EXPECT_FALSE(set.add(5000));
  EXPECT_TRUE(set.add(0));
  EXPECT_FALSE(set.add(10));  // the oldest now
}

ipsec::Association keyed(std::uint32_t spi, const char* to, std::uint8_t first, Encryption encryption = Encryption::kAesGcm) {
  ipsec::Association made = ipsec::testing::esp_sa(spi, "10.0.0.1", to);
  made.encryption = encryption;
  std::vector<std::uint8_t> key(20, 0x11);
  key[0] = first;
  made.encryption_key = ipsec::Key(std::move(key));
  return made;
}

TEST(Nonces, AssociationsThatShareAKeyShareTheirNonces) {
  ipsec::Configuration configuration;
  configuration.associations = {keyed(0x201, "10.0.0.2", 1), keyed(0x202, "10.0.0.2", 2), keyed(0x203, "10.0.0.3", 1),
                                keyed(0x204, "10.0.0.2", 1, Encryption::kAesCtr)};
  const ipsec::World world(configuration);
  Nonces nonces(world);
  EXPECT_TRUE(nonces.shared(0));
  EXPECT_FALSE(nonces.shared(1));
  EXPECT_TRUE(nonces.shared(2));
  EXPECT_FALSE(nonces.shared(3));  // the same octets as the key of another cipher
  EXPECT_FALSE(nonces.add(0, 1));
  EXPECT_FALSE(nonces.add(1, 1));
  EXPECT_FALSE(nonces.add(3, 1));
  EXPECT_TRUE(nonces.add(2, 1));
  EXPECT_FALSE(nonces.add(2, 2));
  EXPECT_TRUE(nonces.add(0, 2));
}

TEST(Nonces, AnSaInTheListingsOfBothHostsIsOne) {
  ipsec::Configuration configuration;
  configuration.associations = {keyed(0x201, "10.0.0.2", 1), keyed(0x201, "10.0.0.2", 1)};
  const ipsec::World world(configuration);
  Nonces nonces(world);
  EXPECT_FALSE(nonces.shared(0));
  EXPECT_FALSE(nonces.shared(1));
  EXPECT_FALSE(nonces.add(0, 9));
  EXPECT_TRUE(nonces.add(1, 9));
}

TEST(Nonces, AssociationsWithoutKeysShareNothing) {
  ipsec::Configuration configuration;
  configuration.associations = {ipsec::testing::esp_sa(0x201, "10.0.0.1", "10.0.0.2"),
                                ipsec::testing::esp_sa(0x202, "10.0.0.1", "10.0.0.2")};
  const ipsec::World world(configuration);
  Nonces nonces(world);
  EXPECT_FALSE(nonces.shared(0));
  EXPECT_FALSE(nonces.add(0, 1));
  EXPECT_FALSE(nonces.add(1, 1));
}

TEST(Iv, EveryCipherIsCounterModeOrCbcOrHasNoVectorToWatch) {
  for (const Encryption one : {Encryption::kAesCtr, Encryption::kAesGcm, Encryption::kAesCcm, Encryption::kAesGmac,
                               Encryption::kCamelliaCtr, Encryption::kCamelliaCcm, Encryption::kChaCha20Poly1305, Encryption::kAesGcmIiv,
                               Encryption::kAesCcmIiv, Encryption::kChaCha20Poly1305Iiv}) {
    EXPECT_TRUE(is_counter_mode(one) && !is_cbc(one)) << ipsec::facts(one).name;
  }
  for (const Encryption one : {Encryption::kDesCbc, Encryption::kTripleDesCbc, Encryption::kBlowfishCbc, Encryption::kCast128Cbc,
                               Encryption::kAesCbc, Encryption::kCamelliaCbc, Encryption::kSerpentCbc, Encryption::kTwofishCbc}) {
    EXPECT_TRUE(is_cbc(one) && !is_counter_mode(one)) << ipsec::facts(one).name;
    EXPECT_EQ(ipsec::facts(one).iv_size, ipsec::facts(one).block_size) << ipsec::facts(one).name;  // as associations.cpp reads it
  }
  for (const Encryption one : {Encryption::kUnknown, Encryption::kNone, Encryption::kNull, Encryption::kDesDeriv, Encryption::kDes32Iv,
                               Encryption::kTripleDesDeriv}) {
    EXPECT_FALSE(is_counter_mode(one) || is_cbc(one)) << ipsec::facts(one).name;
  }
}

}  // namespace
}  // namespace espy::verify
