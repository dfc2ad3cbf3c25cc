#include "ipsec/algorithm.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace espy::ipsec {

namespace {

constexpr std::array<std::uint16_t, 1> kEight{8};
constexpr std::array<std::uint16_t, 1> kTwentyFour{24};
constexpr std::array<std::uint16_t, 1> kThirtyTwo{32};
constexpr std::array<std::uint16_t, 3> kAesSizes{16, 24, 32};

constexpr std::string_view kSmallBlocks = "64-bit blocks (Sweet32)";
constexpr std::string_view kSmallKey = "a 56-bit key can be searched";
constexpr std::string_view kHistoric = "never got beyond a draft";

using E = Encryption;
using L = Level;
using M = CipherMode;
using Sizes = std::span<const std::uint16_t>;

// One row an enumerator, in its order: facts() indexes.
constexpr auto kEncryptions = std::to_array<EncryptionFacts>({
    // id                    name                        sizes        min max salt iv block mode confidential level reason
    {E::kUnknown, "unknown", Sizes(), 0, 0xffff, 0, 0, 1, M::kNone, true, L::kUnlisted, {}},
    {E::kNone, "none", Sizes(), 0, 0, 0, 0, 1, M::kNone, false, L::kUnlisted, {}},
    {E::kNull, "null", Sizes(), 0, 256, 0, 0, 4, M::kNone, false, L::kMust, "integrity without confidentiality"},
    {E::kDesCbc, "des-cbc", kEight, 8, 8, 0, 8, 8, M::kCbc, true, L::kMustNot, kSmallKey},
    {E::kDesDeriv, "des-deriv", kEight, 8, 8, 0, 0, 8, M::kCbc, true, L::kMustNot, kSmallKey},
    {E::kDes32Iv, "des-32iv", kEight, 8, 8, 0, 4, 8, M::kCbc, true, L::kMustNot, kSmallKey},
    {E::kTripleDesCbc, "3des-cbc", kTwentyFour, 24, 24, 0, 8, 8, M::kCbc, true, L::kShouldNot, kSmallBlocks},
    {E::kTripleDesDeriv, "3des-deriv", kTwentyFour, 24, 24, 0, 0, 8, M::kCbc, true, L::kUnlisted, kHistoric},
    {E::kBlowfishCbc, "blowfish-cbc", Sizes(), 5, 56, 0, 8, 8, M::kCbc, true, L::kMustNot, kSmallBlocks},
    {E::kCast128Cbc, "cast128-cbc", Sizes(), 5, 16, 0, 8, 8, M::kCbc, true, L::kUnlisted, kSmallBlocks},
    {E::kAesCbc, "aes-cbc", kAesSizes, 16, 32, 0, 16, 16, M::kCbc, true, L::kMust, {}},
    {E::kAesCtr, "aes-ctr", kAesSizes, 16, 32, 4, 8, 4, M::kCounter, true, L::kUnlisted, {}},
    {E::kAesGcm, "aes-gcm", kAesSizes, 16, 32, 4, 8, 4, M::kAead, true, L::kMust, {}},
    {E::kAesCcm, "aes-ccm", kAesSizes, 16, 32, 3, 8, 4, M::kAead, true, L::kShould, {}},
    {E::kAesGmac, "aes-gmac", kAesSizes, 16, 32, 4, 8, 4, M::kAead, false, L::kMay, "integrity without confidentiality"},
    {E::kCamelliaCbc, "camellia-cbc", kAesSizes, 16, 32, 0, 16, 16, M::kCbc, true, L::kUnlisted, {}},
    {E::kCamelliaCtr, "camellia-ctr", kAesSizes, 16, 32, 4, 8, 4, M::kCounter, true, L::kUnlisted, {}},
    {E::kCamelliaCcm, "camellia-ccm", kAesSizes, 16, 32, 3, 8, 4, M::kAead, true, L::kUnlisted, {}},
    {E::kSerpentCbc, "serpent-cbc", kAesSizes, 16, 32, 0, 16, 16, M::kCbc, true, L::kUnlisted, {}},
    {E::kTwofishCbc, "twofish-cbc", kAesSizes, 16, 32, 0, 16, 16, M::kCbc, true, L::kUnlisted, {}},
    {E::kChaCha20Poly1305, "chacha20-poly1305", kThirtyTwo, 32, 32, 4, 8, 4, M::kAead, true, L::kShould, {}},
    {E::kAesGcmIiv, "aes-gcm-iiv", kAesSizes, 16, 32, 4, 0, 4, M::kAead, true, L::kUnlisted, {}},
    {E::kAesCcmIiv, "aes-ccm-iiv", kAesSizes, 16, 32, 3, 0, 4, M::kAead, true, L::kUnlisted, {}},
    {E::kChaCha20Poly1305Iiv, "chacha20-poly1305-iiv", kThirtyTwo, 32, 32, 4, 0, 4, M::kAead, true, L::kUnlisted, {}},
});

using I = Integrity;

constexpr auto kIntegrities = std::to_array<IntegrityFacts>({
    // id, name, key, icv, level, reason
    {I::kUnknown, "unknown", 0, 0, L::kUnlisted, {}},
    {I::kNone, "none", 0, 0, L::kUnlisted, {}},
    {I::kAny, "any", 0, 0, L::kUnlisted, {}},
    {I::kHmacMd5, "hmac-md5", 16, 12, L::kMustNot, "MD5 is broken"},
    {I::kHmacSha1, "hmac-sha1", 20, 12, L::kMustMinus, "SHA-1 is on its way out"},
    {I::kHmacSha256, "hmac-sha256", 32, 16, L::kMust, {}},
    {I::kHmacSha384, "hmac-sha384", 48, 24, L::kUnlisted, {}},
    {I::kHmacSha512, "hmac-sha512", 64, 32, L::kShould, {}},
    {I::kHmacRipemd160, "hmac-ripemd160", 20, 12, L::kUnlisted, {}},
    {I::kAesXcbc, "aes-xcbc-mac", 16, 12, L::kMay, {}},
    {I::kAesCmac, "aes-cmac", 16, 12, L::kUnlisted, {}},
    {I::kAesGmac, "aes-gmac", 20, 16, L::kMay, {}},
    {I::kKeyedMd5, "keyed-md5", 16, 12, L::kMustNot, "keyed hashes of RFC 1828 are not HMAC"},
    {I::kKeyedSha1, "keyed-sha1", 20, 12, L::kUnlisted, "keyed hashes of RFC 1828's kind are not HMAC"},
    {I::kHmacSm3, "hmac-sm3", 32, 32, L::kUnlisted, {}},
    {I::kTcpMd5, "tcp-md5", 0, 16, L::kUnlisted, {}},
});

template <class Table>
constexpr bool in_order(const Table& table) {
  for (std::size_t index = 0; index < table.size(); ++index) {
    if (static_cast<std::size_t>(table[index].id) != index) return false;
  }
  return true;
}
static_assert(in_order(kEncryptions) && kEncryptions.size() == static_cast<std::size_t>(E::kChaCha20Poly1305Iiv) + 1);
static_assert(in_order(kIntegrities) && kIntegrities.size() == static_cast<std::size_t>(I::kTcpMd5) + 1);

}  // namespace

const EncryptionFacts& facts(Encryption encryption) { return kEncryptions[static_cast<std::size_t>(encryption)]; }

const IntegrityFacts& facts(Integrity integrity) { return kIntegrities[static_cast<std::size_t>(integrity)]; }

std::string_view name(Level level) {
  switch (level) {
    case Level::kMust: return "MUST";
    case Level::kMustMinus: return "MUST-";
    case Level::kShould: return "SHOULD";
    case Level::kMay: return "MAY";
    case Level::kShouldNot: return "SHOULD NOT";
    case Level::kMustNot: return "MUST NOT";
    case Level::kUnlisted: break;
  }
  return "not listed";
}

bool key_size_fits(Encryption encryption, std::size_t size) {
  const EncryptionFacts& known = facts(encryption);
  if (size < known.salt_size) return false;
  const std::size_t proper = size - known.salt_size;
  if (known.key_sizes.empty()) return known.key_min <= proper && proper <= known.key_max;
  return std::ranges::find(known.key_sizes, proper) != known.key_sizes.end();
}

}  // namespace espy::ipsec
