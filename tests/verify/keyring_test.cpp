// Which SAs can be used, in how many ways their packets may be read, and what is said of those that cannot.
#include "verify/keyring.h"

#include <gtest/gtest.h>

#include "tests/ipsec/policies.h"

namespace espy::verify {
namespace {

using ipsec::Encryption;
using ipsec::Integrity;
using ipsec::Protocol;

ipsec::Key key(std::size_t size, std::uint8_t octet = 0x5a) { return ipsec::Key(std::vector<std::uint8_t>(size, octet)); }

ipsec::Association keyed(std::uint32_t spi = 0x201) {
  ipsec::Association made = ipsec::testing::esp_sa(spi, "10.0.0.1", "10.0.0.2");
  made.encryption_key = key(16);
  made.integrity_key = key(32);
  made.icv_bits = 128;
  made.origin = {.file = "setkey.conf", .line = 12};
  return made;
}

struct Ring {
  explicit Ring(std::vector<ipsec::Association> associations)
      : world([&] {
          ipsec::Configuration configuration;
          configuration.associations = std::move(associations);
          return configuration;
        }()),
        keys(world, crypto::Library()) {}
  ipsec::World world;
  Keyring keys;
};

TEST(Keyring, AnEmptyWorldHasNoKeys) {
  const Ring ring({});
  EXPECT_FALSE(ring.keys.any());
  EXPECT_TRUE(ring.keys.complaints().empty());
}

TEST(Keyring, PreparesWhatHasKeys) {
  const Ring ring({keyed()});
  EXPECT_TRUE(ring.keys.any());
  EXPECT_EQ(ring.keys.state(0), KeyState::kUsable);
  ASSERT_EQ(ring.keys.readings(0).size(), 1U);
  const crypto::Layout& layout = ring.keys.readings(0)[0].transform->layout();
  EXPECT_EQ(layout.iv_size, 16);
  EXPECT_EQ(layout.icv_size, 16);
}

TEST(Keyring, HmacSha256OfUnsaidSizeHasTwoReadings) {  // FACTS.md section 1: RFC 4868's 128 bits, then the 96 of old kernels
  ipsec::Association association = keyed();
  association.icv_bits = 0;
  const Ring ring({std::move(association)});
  ASSERT_EQ(ring.keys.readings(0).size(), 2U);
  EXPECT_EQ(ring.keys.readings(0)[0].transform->layout().icv_size, 16);
  EXPECT_EQ(ring.keys.readings(0)[1].transform->layout().icv_size, 12);
}

TEST(Keyring, ExtendedNumbersAreKeptInEveryReading) {
  ipsec::Association association = keyed();
  association.icv_bits = 0;
  association.esn = true;
  const Ring ring({std::move(association)});
  for (const Reading& reading : ring.keys.readings(0)) EXPECT_TRUE(reading.esn);
}

TEST(Keyring, WithoutKeysThereIsNothingToComplainOf) {
  ipsec::Association hidden = keyed();
  hidden.keys_hidden = true;
  ipsec::Association compressed = keyed();
  compressed.protocol = Protocol::kIpcomp;
  const Ring ring({ipsec::testing::esp_sa(0x201, "10.0.0.1", "10.0.0.2"), std::move(hidden), std::move(compressed)});
  EXPECT_FALSE(ring.keys.any());
  for (ipsec::AssociationId id = 0; id < 3; ++id) EXPECT_EQ(ring.keys.state(id), KeyState::kNoKey) << id;
  EXPECT_TRUE(ring.keys.complaints().empty());
}

TEST(Keyring, NullWithoutIntegrityNeedsNoKey) {
  ipsec::Association association = ipsec::testing::esp_sa(0x201, "10.0.0.1", "10.0.0.2");
  association.encryption = Encryption::kNull;
  association.integrity = Integrity::kNone;
  const Ring ring({std::move(association)});
  EXPECT_EQ(ring.keys.state(0), KeyState::kUsable);
}

TEST(Keyring, SaysWhichSaCannotBeUsedAndShowsNoKey) {
  ipsec::Association wrong_size = keyed(0x301);
  wrong_size.encryption_key = key(15, 0x41);
  ipsec::Association unknown = keyed(0x302);
  unknown.integrity = Integrity::kUnknown;
  unknown.integrity_name = "hmac-whirlpool";
  const Ring ring({std::move(wrong_size), std::move(unknown), keyed(0x303)});
  EXPECT_EQ(ring.keys.state(0), KeyState::kNoAlgorithm);
  EXPECT_EQ(ring.keys.state(1), KeyState::kNoAlgorithm);
  EXPECT_EQ(ring.keys.state(2), KeyState::kUsable);
  EXPECT_TRUE(ring.keys.any());
  ASSERT_EQ(ring.keys.complaints().size(), 2U);
  EXPECT_TRUE(ring.keys.complaints()[0].starts_with("setkey.conf:12: esp 0x00000301: ")) << ring.keys.complaints()[0];
  EXPECT_TRUE(ring.keys.complaints()[1].starts_with("setkey.conf:12: esp 0x00000302: ")) << ring.keys.complaints()[1];
  for (const std::string& complaint : ring.keys.complaints()) {
    EXPECT_EQ(complaint.find("4141"), std::string::npos);
    EXPECT_EQ(complaint.find("AAAA"), std::string::npos);
    EXPECT_EQ(complaint.find("5a5a"), std::string::npos);
  }
}

}  // namespace
}  // namespace espy::verify
