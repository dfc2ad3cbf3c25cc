// Wherever several back-ends have an algorithm they agree, for every cipher with every size of key, and for integrity functions over
// packets of every length.
#include "tests/crypto/opening.h"
#include "tests/crypto/sealer.h"

namespace espy::crypto {
namespace {

using E = ipsec::Encryption;
using I = ipsec::Integrity;

// Octets without a pattern, the same in every run: a linear congruential generator with Knuth's constants for 64 bits.
class Noise {
 public:
  Octets next(std::size_t size) {
    Octets octets(size);
    for (std::uint8_t& octet : octets) {
      state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
      octet = static_cast<std::uint8_t>(state_ >> 56);
    }
    return octets;
  }

 private:
  std::uint64_t state_ = 1;
};

// Every size of key that the algorithm allows.
std::vector<std::size_t> key_sizes(E encryption) {
  std::vector<std::size_t> sizes;
  const std::size_t salt = ipsec::facts(encryption).salt_size;
  for (std::size_t size = 1; size <= 56; ++size) {
    if (ipsec::key_size_fits(encryption, size + salt)) sizes.push_back(size);
  }
  return sizes;
}

Parameters parameters_for(E encryption, std::size_t key_size, Noise& noise) {
  Parameters parameters;
  parameters.encryption = encryption;
  parameters.encryption_key = ipsec::Key(noise.next(key_size));
  parameters.salt = ipsec::Key(noise.next(ipsec::facts(encryption).salt_size));
  if (ipsec::facts(encryption).aead) parameters.icv_size = 16;
  return parameters;
}

void expect_agreement(const Parameters& parameters, const Given& given) {
  const auto found = backends_for(parameters);
  const auto first = found.front()->prepare(parameters);
  ASSERT_TRUE(first);
  const Opened expected = open(**first, given);
  for (const Backend* const backend : found) {
    const auto transform = backend->prepare(parameters);
    ASSERT_TRUE(transform) << backend->name();
    EXPECT_EQ(open(**transform, given), expected) << backend->name() << " " << ipsec::facts(parameters.encryption).name << " "
                                                  << ipsec::facts(parameters.integrity).name << " " << given.packet.size();
  }
}

TEST(Agreement, OfAllCiphersWithAllKeys) {
  Noise noise;
  std::size_t compared = 0;
  for (int number = static_cast<int>(E::kDesCbc); number <= static_cast<int>(E::kChaCha20Poly1305Iiv); ++number) {
    for (const std::size_t key_size : key_sizes(static_cast<E>(number))) {
      const Parameters parameters = parameters_for(static_cast<E>(number), key_size, noise);
      if (backends_for(parameters).size() < 2) continue;
      ++compared;
      for (const std::size_t payload : {16U, 32U, 48U, 240U, 1040U})
        expect_agreement(parameters, {.packet = noise.next(layout_of(parameters).payload_offset() + payload + parameters.icv_size)});
    }
  }
  EXPECT_GE(compared, 52U + 30U);  // Blowfish alone has 52 sizes of key
}

// Header and packet of every length together make one message, wherever the border between them lies. The ICVs are EVP_MAC's, which crypto/
// does not use.
TEST(Agreement, OfIntegrityFunctionsWithEvpAtAllLengths) {
  Noise noise;
  for (const I integrity :
       {I::kHmacMd5, I::kHmacSha1, I::kHmacSha256, I::kHmacSha384, I::kHmacSha512, I::kHmacRipemd160, I::kAesXcbc, I::kAesCmac}) {
    Parameters parameters;
    parameters.protocol = ipsec::Protocol::kAh;
    parameters.integrity = integrity;
    parameters.integrity_key = ipsec::Key(noise.next(ipsec::facts(integrity).key_size));
    parameters.icv_size = static_cast<std::uint8_t>(ipsec::facts(integrity).icv_size);
    for (std::size_t size = 0; size <= 200; ++size) {
      const Octets message = noise.next(size);
      const auto border = message.begin() + static_cast<std::ptrdiff_t>(noise.next(1)[0] % (size + 1));
      Octets icv = tests::compute_integrity(parameters, message);
      icv.resize(parameters.icv_size);
      const Given given{.header = Octets(message.begin(), border), .packet = Octets(border, message.end()), .icv = icv};
      expect_everywhere(parameters, given, {.check = Check::kGood});
    }
  }
}

}  // namespace
}  // namespace espy::crypto
