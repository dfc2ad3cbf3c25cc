#include "crypto/parameters.h"

#include "tests/crypto/opening.h"

namespace espy::crypto {
namespace {

using E = ipsec::Encryption;
using I = ipsec::Integrity;
using P = ipsec::Protocol;

ipsec::Key key_of(std::size_t size) {
  Octets octets;
  for (std::size_t index = 0; index < size; ++index) octets.push_back(static_cast<std::uint8_t>(0xa0 + index));
  return ipsec::Key(octets);
}

ipsec::Association esp(E encryption, std::size_t key_size, I integrity = I::kNone) {
  ipsec::Association association;
  association.spi = base::Spi{0x201};
  association.encryption = encryption;
  association.encryption_key = key_of(key_size);
  association.integrity = integrity;
  association.integrity_key = key_of(ipsec::facts(integrity).key_size);
  association.origin = {.file = "setkey.conf", .line = 12};
  return association;
}

ipsec::Association ah(I integrity) {
  ipsec::Association association = esp(E::kNone, 0, integrity);
  association.protocol = P::kAh;
  return association;
}

std::vector<int> icv_sizes(const ipsec::Association& association) {
  std::vector<int> sizes;
  const auto readings = parameters_of(association);
  if (!readings) return {-1};
  for (const Parameters& parameters : *readings) {
    sizes.push_back(parameters.icv_size);
    EXPECT_TRUE(is_consistent(parameters));
  }
  return sizes;
}

std::vector<int> icv_sizes(ipsec::Association association, std::uint16_t said_bits) {
  association.icv_bits = said_bits;
  return icv_sizes(association);
}

using Sizes = std::vector<int>;

TEST(Parameters, TryTheRfcsIcvFirst) {
  EXPECT_EQ(icv_sizes(esp(E::kAesCbc, 16, I::kHmacSha256)), (Sizes{16, 12}));
  EXPECT_EQ(icv_sizes(esp(E::kAesCbc, 16, I::kHmacSha384)), (Sizes{24, 12}));
  EXPECT_EQ(icv_sizes(ah(I::kHmacSha512)), (Sizes{32, 12}));
  EXPECT_EQ(icv_sizes(esp(E::kAesCbc, 16, I::kHmacSha1)), (Sizes{12}));
  EXPECT_EQ(icv_sizes(esp(E::kAesGcm, 20)), (Sizes{16, 12, 8}));
  EXPECT_EQ(icv_sizes(esp(E::kAesCcm, 35)), (Sizes{16, 12, 8}));
  EXPECT_EQ(icv_sizes(esp(E::kChaCha20Poly1305, 36)), (Sizes{16}));
  EXPECT_EQ(icv_sizes(esp(E::kAesGmac, 20)), (Sizes{16}));
  EXPECT_EQ(icv_sizes(esp(E::kAesGcmIiv, 20)), (Sizes{16}));
  EXPECT_EQ(icv_sizes(esp(E::kAesCcmIiv, 19)), (Sizes{8}));
  EXPECT_EQ(icv_sizes(esp(E::kAesCbc, 16)), (Sizes{0}));
}

TEST(Parameters, TakeTheIcvThatIsSaid) {
  EXPECT_EQ(icv_sizes(esp(E::kAesCbc, 16, I::kHmacSha256), 96), (Sizes{12}));
  EXPECT_EQ(icv_sizes(esp(E::kAesCbc, 16, I::kHmacSha256), 128), (Sizes{16}));
  EXPECT_EQ(icv_sizes(esp(E::kAesGcm, 20), 64), (Sizes{8}));
  EXPECT_EQ(icv_sizes(ah(I::kHmacMd5), 128), (Sizes{16}));
  EXPECT_EQ(icv_sizes(esp(E::kAesCbc, 16, I::kAny), 192), (Sizes{24}));
}

TEST(Parameters, RefuseAnIcvThatCannotBe) {
  EXPECT_EQ(icv_sizes(esp(E::kAesCbc, 16, I::kHmacSha256), 100), (Sizes{-1}));
  EXPECT_EQ(icv_sizes(esp(E::kAesCbc, 16, I::kHmacMd5), 256), (Sizes{-1}));
  EXPECT_EQ(icv_sizes(esp(E::kAesGcm, 20), 80), (Sizes{-1}));
  EXPECT_EQ(icv_sizes(esp(E::kChaCha20Poly1305, 36), 96), (Sizes{-1}));
  EXPECT_EQ(icv_sizes(esp(E::kAesCbc, 16, I::kAny)), (Sizes{-1}));
}

TEST(Parameters, SplitTheSaltOffTheEnd) {
  const struct {
    E encryption;
    std::size_t key_size;
    std::size_t salt_size;
  } kRows[] = {{E::kAesGcm, 20, 4},  {E::kAesGcm, 36, 4},           {E::kAesCcm, 27, 3},    {E::kAesCtr, 28, 4}, {E::kCamelliaCtr, 36, 4},
               {E::kAesGmac, 20, 4}, {E::kChaCha20Poly1305, 36, 4}, {E::kAesCcmIiv, 19, 3}, {E::kAesCbc, 32, 0}, {E::kCamelliaCcm, 19, 3}};
  for (const auto& row : kRows) {
    const auto readings = parameters_of(esp(row.encryption, row.key_size));
    ASSERT_TRUE(readings) << readings.error().message;
    const std::string whole = to_hex(key_of(row.key_size).secret());
    EXPECT_EQ(to_hex(readings->front().encryption_key.secret()), whole.substr(0, 2 * (row.key_size - row.salt_size)));
    EXPECT_EQ(to_hex(readings->front().salt.secret()), whole.substr(2 * (row.key_size - row.salt_size)));
  }
}

TEST(Parameters, PutGmacWhereTheProtocolHasIt) {
  ipsec::Association association = ah(I::kAesGmac);
  association.integrity_key = key_of(36);
  const auto of_ah = parameters_of(association);
  ASSERT_TRUE(of_ah);
  EXPECT_EQ(of_ah->size(), 1U);
  EXPECT_EQ(of_ah->front().integrity, I::kAesGmac);
  EXPECT_EQ(of_ah->front().icv_size, 24);
  EXPECT_EQ(of_ah->front().integrity_key.size(), 32U);
  EXPECT_EQ(of_ah->front().salt.size(), 4U);

  association = esp(E::kNull, 0, I::kAesGmac);
  association.integrity_key = key_of(20);
  const auto of_esp = parameters_of(association);
  ASSERT_TRUE(of_esp);
  EXPECT_EQ(of_esp->front().encryption, E::kAesGmac);
  EXPECT_EQ(of_esp->front().integrity, I::kNone);
  EXPECT_EQ(of_esp->front().encryption_key.size(), 16U);
  EXPECT_EQ(of_esp->front().icv_size, 16);
}

TEST(Parameters, KnowTheOldHeaders) {
  ipsec::Association association = esp(E::kDes32Iv, 8);
  association.old_header = true;
  association.esn = true;
  auto readings = parameters_of(association);
  ASSERT_TRUE(readings);
  EXPECT_TRUE(readings->front().old_header);
  EXPECT_FALSE(readings->front().esn);
  EXPECT_EQ(layout_of(readings->front()).payload_offset(), 8U);
  association.encryption = E::kDesDeriv;
  EXPECT_FALSE(parameters_of(association));

  association = ah(I::kKeyedMd5);
  association.old_header = true;
  EXPECT_EQ(icv_sizes(association), (Sizes{16, 12}));
  association = ah(I::kKeyedSha1);
  association.old_header = true;
  EXPECT_EQ(icv_sizes(association), (Sizes{20, 16, 12}));
}

TEST(Parameters, TakeEspWithoutACipherForNull) {
  const auto readings = parameters_of(esp(E::kNone, 0, I::kHmacSha1));
  ASSERT_TRUE(readings);
  EXPECT_EQ(readings->front().encryption, E::kNull);
}

TEST(Parameters, LetAWireshark128BitAnyGoWithAnAead) {
  const auto readings = parameters_of(esp(E::kAesGcm, 20, I::kAny));
  ASSERT_TRUE(readings);
  EXPECT_EQ(readings->front().integrity, I::kNone);
  EXPECT_EQ(readings->front().icv_size, 16);
}

std::string refusal(const ipsec::Association& association) {
  const auto readings = parameters_of(association);
  return readings ? "accepted" : readings.error().message;
}

TEST(Parameters, SayWhatIsWrong) {
  ipsec::Association association = esp(E::kAesCbc, 16, I::kHmacSha1);
  association.keys_hidden = true;
  EXPECT_EQ(refusal(association), "the SA of esp with SPI 0x201: its keys were hidden when it was listed");
  EXPECT_EQ(refusal(esp(E::kNone, 0)), "the SA of esp with SPI 0x201: it has no algorithm and no key");
  EXPECT_EQ(refusal(ah(I::kNone)), "the SA of ah with SPI 0x201: AH needs an integrity algorithm with a key");
  EXPECT_EQ(refusal(esp(E::kAesCbc, 0)), "the SA of esp with SPI 0x201: aes-cbc has no key");
  EXPECT_EQ(refusal(esp(E::kAesCbc, 15)), "the SA of esp with SPI 0x201: a key of 15 octets does not fit aes-cbc");
  EXPECT_EQ(refusal(esp(E::kAesGcm, 20, I::kHmacSha1)), "the SA of esp with SPI 0x201: aes-gcm and hmac-sha1 do not go together");
  EXPECT_EQ(refusal(ah(I::kTcpMd5)), "the SA of ah with SPI 0x201: tcp-md5 protects TCP, not AH or ESP");
  association = esp(E::kUnknown, 16);
  association.encryption_name = "rot13";
  EXPECT_EQ(refusal(association), "the SA of esp with SPI 0x201: \"rot13\" is no encryption algorithm that espy knows");
  association.protocol = P::kIpcomp;
  EXPECT_EQ(refusal(association), "the SA of ipcomp with SPI 0x201: IPComp has no keys");
  EXPECT_EQ(base::to_string(parameters_of(esp(E::kAesCbc, 15)).error()).rfind("setkey.conf:12: ", 0), 0U);
}

// A key with its last octet cut off is refused, and no message of any refusal shows a part of a key.
TEST(Parameters, RefuseCutKeysAndNeverShowThem) {
  for (int number = 0; number <= static_cast<int>(E::kChaCha20Poly1305Iiv); ++number) {
    const auto encryption = static_cast<E>(number);
    for (std::size_t size = 0; size <= 60; ++size) {
      const auto readings = parameters_of(esp(encryption, size));
      if (encryption == E::kUnknown || encryption == E::kNone) {
        EXPECT_FALSE(readings);
      } else if (encryption != E::kNull) {
        EXPECT_EQ(readings.has_value(), ipsec::key_size_fits(encryption, size)) << ipsec::facts(encryption).name << " " << size;
      }
      if (!readings) {
        EXPECT_EQ(base::to_string(readings.error()).find("a0a1"), std::string::npos);
      }
    }
  }
  for (int number = 0; number < static_cast<int>(I::kTcpMd5); ++number) {
    ipsec::Association association = ah(static_cast<I>(number));
    if (association.integrity_key.size() < 2) continue;
    association.integrity_key = key_of(association.integrity_key.size() - 1);
    EXPECT_FALSE(parameters_of(association)) << ipsec::facts(association.integrity).name;
  }
}

TEST(Layout, StandsOnTheWire) {
  const struct {
    E encryption;
    std::size_t key_size;
    I integrity;
    std::size_t payload_offset;
    int icv_size;
    int block_size;
  } kRows[] = {
      {E::kAesCbc, 16, I::kHmacSha1, 24, 12, 16},      {E::kDesCbc, 8, I::kHmacMd5, 16, 12, 8},  {E::kDes32Iv, 8, I::kNone, 12, 0, 8},
      {E::kTripleDesDeriv, 24, I::kNone, 8, 0, 8},     {E::kNull, 0, I::kHmacSha1, 8, 12, 1},    {E::kAesCtr, 20, I::kHmacSha1, 16, 12, 1},
      {E::kAesGcm, 20, I::kNone, 16, 16, 1},           {E::kAesGcmIiv, 20, I::kNone, 8, 16, 1},  {E::kAesGmac, 20, I::kNone, 16, 16, 1},
      {E::kChaCha20Poly1305, 36, I::kNone, 16, 16, 1}, {E::kTwofishCbc, 32, I::kNone, 24, 0, 16}};
  for (const auto& row : kRows) {
    const auto readings = parameters_of(esp(row.encryption, row.key_size, row.integrity));
    ASSERT_TRUE(readings);
    const Layout layout = layout_of(readings->front());
    EXPECT_EQ(layout.payload_offset(), row.payload_offset) << ipsec::facts(row.encryption).name;
    EXPECT_EQ(layout.icv_size, row.icv_size);
    EXPECT_EQ(layout.block_size, row.block_size);
  }
}

}  // namespace
}  // namespace espy::crypto
