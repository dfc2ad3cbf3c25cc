#include "ipsec/algorithm.h"

#include <gtest/gtest.h>

namespace espy::ipsec {
namespace {

// Sizes from RFC 2405, 2451, 3602, 3686, 4106, 4309, 4543, 7634 and 8750.
TEST(Algorithm, KeySizesAreThoseOfTheRfcs) {
  struct Row {
    Encryption id;
    std::vector<std::size_t> good, bad;
  };
  const Row rows[] = {
      {Encryption::kDesCbc, {8}, {0, 7, 16}},
      {Encryption::kTripleDesCbc, {24}, {8, 16, 23}},
      {Encryption::kBlowfishCbc, {5, 16, 56}, {4, 57}},
      {Encryption::kCast128Cbc, {5, 16}, {4, 17}},
      {Encryption::kAesCbc, {16, 24, 32}, {0, 15, 17, 20, 33}},
      {Encryption::kAesCtr, {20, 28, 36}, {16, 24, 32}},
      {Encryption::kAesGcm, {20, 28, 36}, {16, 32}},
      {Encryption::kAesCcm, {19, 27, 35}, {16, 20}},
      {Encryption::kAesGmac, {20, 28, 36}, {16}},
      {Encryption::kChaCha20Poly1305, {36}, {32, 35}},
      {Encryption::kAesGcmIiv, {20, 28, 36}, {16}},
      {Encryption::kNull, {0}, {}},
  };
  for (const Row& row : rows) {
    for (const std::size_t size : row.good) EXPECT_TRUE(key_size_fits(row.id, size)) << facts(row.id).name << " " << size;
    for (const std::size_t size : row.bad) EXPECT_FALSE(key_size_fits(row.id, size)) << facts(row.id).name << " " << size;
  }
}

// IV on the wire and block: RFC 3602 (16, 16), 2451 (8, 8), 4106 (8), 4309 (8), 7634 (8), 8750 (none), 2410 (none).
TEST(Algorithm, IvSizesAreThoseOnTheWire) {
  EXPECT_EQ(facts(Encryption::kAesCbc).iv_size, 16);
  EXPECT_EQ(facts(Encryption::kAesCbc).block_size, 16);
  EXPECT_EQ(facts(Encryption::kTripleDesCbc).iv_size, 8);
  EXPECT_EQ(facts(Encryption::kTripleDesCbc).block_size, 8);
  EXPECT_EQ(facts(Encryption::kAesGcm).iv_size, 8);
  EXPECT_EQ(facts(Encryption::kAesGcmIiv).iv_size, 0);
  EXPECT_EQ(facts(Encryption::kNull).iv_size, 0);
  EXPECT_EQ(facts(Encryption::kNull).block_size, 4);
}

TEST(Algorithm, OnlyNullAndGmacShowThePlaintext) {
  EXPECT_FALSE(facts(Encryption::kNull).confidential);
  EXPECT_FALSE(facts(Encryption::kAesGmac).confidential);
  EXPECT_TRUE(facts(Encryption::kAesCbc).confidential);
  EXPECT_TRUE(facts(Encryption::kDesCbc).confidential);
  EXPECT_TRUE(facts(Encryption::kChaCha20Poly1305).confidential);
}

// RFC 2405, 2451, 3602 (CBC), 3686 (counter), 4106, 4309, 4543, 7634 (AEAD), 2410 (none).
TEST(Algorithm, ModesAreThoseOfTheRfcs) {
  EXPECT_EQ(facts(Encryption::kDes32Iv).mode, CipherMode::kCbc);
  EXPECT_EQ(facts(Encryption::kTwofishCbc).mode, CipherMode::kCbc);
  EXPECT_EQ(facts(Encryption::kAesCtr).mode, CipherMode::kCounter);
  EXPECT_EQ(facts(Encryption::kCamelliaCtr).mode, CipherMode::kCounter);
  EXPECT_EQ(facts(Encryption::kAesGmac).mode, CipherMode::kAead);
  EXPECT_EQ(facts(Encryption::kChaCha20Poly1305Iiv).mode, CipherMode::kAead);
  EXPECT_EQ(facts(Encryption::kNull).mode, CipherMode::kNone);
  EXPECT_TRUE(facts(Encryption::kAesGcm).aead);
  EXPECT_FALSE(facts(Encryption::kAesCtr).aead);
}

// ICV sizes: RFC 2403, 2404, 4868, 3566, 4494, 2857.
TEST(Algorithm, IcvSizesAreThoseOfTheRfcs) {
  EXPECT_EQ(facts(Integrity::kHmacMd5).icv_size, 12);
  EXPECT_EQ(facts(Integrity::kHmacSha1).icv_size, 12);
  EXPECT_EQ(facts(Integrity::kHmacSha256).icv_size, 16);
  EXPECT_EQ(facts(Integrity::kHmacSha384).icv_size, 24);
  EXPECT_EQ(facts(Integrity::kHmacSha512).icv_size, 32);
  EXPECT_EQ(facts(Integrity::kAesXcbc).icv_size, 12);
  EXPECT_EQ(facts(Integrity::kAesCmac).icv_size, 12);
  EXPECT_EQ(facts(Integrity::kHmacRipemd160).icv_size, 12);
}

// RFC 8221 sections 5 and 6.
TEST(Algorithm, LevelsAreThoseOfRfc8221) {
  EXPECT_EQ(facts(Encryption::kAesCbc).level, Level::kMust);
  EXPECT_EQ(facts(Encryption::kAesGcm).level, Level::kMust);
  EXPECT_EQ(facts(Encryption::kChaCha20Poly1305).level, Level::kShould);
  EXPECT_EQ(facts(Encryption::kTripleDesCbc).level, Level::kShouldNot);
  EXPECT_EQ(facts(Encryption::kDesCbc).level, Level::kMustNot);
  EXPECT_EQ(facts(Encryption::kBlowfishCbc).level, Level::kMustNot);
  EXPECT_EQ(facts(Integrity::kHmacSha256).level, Level::kMust);
  EXPECT_EQ(facts(Integrity::kHmacSha1).level, Level::kMustMinus);
  EXPECT_EQ(facts(Integrity::kHmacMd5).level, Level::kMustNot);
  EXPECT_EQ(name(Level::kMustMinus), "MUST-");
  EXPECT_EQ(name(Level::kUnlisted), "not listed");
}

}  // namespace
}  // namespace espy::ipsec
