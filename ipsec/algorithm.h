// Algorithms: the ciphers and integrity functions that configurations can name, with the facts that lint and verify need. A table
// of facts (FACTS.md section 6, RFC 8221), no code that computes anything.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace espy::ipsec {

enum class Encryption : std::uint8_t {
  kUnknown,  // named, but not known to espy; or not said (esp_sa with an unknown name, a hidden SA)
  kNone,     // no encryption algorithm: AH
  kNull,
  kDesCbc,
  kDesDeriv,
  kDes32Iv,
  kTripleDesCbc,
  kTripleDesDeriv,
  kBlowfishCbc,
  kCast128Cbc,
  kAesCbc,
  kAesCtr,
  kAesGcm,
  kAesCcm,
  kAesGmac,  // RFC 4543: integrity only
  kCamelliaCbc,
  kCamelliaCtr,
  kCamelliaCcm,
  kSerpentCbc,
  kTwofishCbc,
  kChaCha20Poly1305,
  kAesGcmIiv,
  kAesCcmIiv,
  kChaCha20Poly1305Iiv,
};

enum class Integrity : std::uint8_t {
  kUnknown,
  kNone,  // none, or inside an AEAD cipher
  kAny,   // "ANY n bit authentication [no checking]": only the ICV's size is known
  kHmacMd5,
  kHmacSha1,
  kHmacSha256,
  kHmacSha384,
  kHmacSha512,
  kHmacRipemd160,
  kAesXcbc,
  kAesCmac,
  kAesGmac,
  kKeyedMd5,
  kKeyedSha1,
  kHmacSm3,
  kTcpMd5,
};

// How a cipher takes its blocks.
enum class CipherMode : std::uint8_t {
  kNone,     // no cipher, or one that is not known
  kCbc,      // the ciphertext is a multiple of the block; each packet needs an IV that nobody foresees
  kCounter,  // a nonce must never repeat under a key
  kAead,     // the same, and the cipher carries its own ICV
};

// RFC 8221's levels; kUnlisted where that RFC is silent.
enum class Level : std::uint8_t { kMust, kMustMinus, kShould, kMay, kShouldNot, kMustNot, kUnlisted };

struct EncryptionFacts {
  Encryption id;
  std::string_view name;                     // "aes-cbc", setkey's spelling where it has one
  std::span<const std::uint16_t> key_sizes;  // allowed sizes of the key proper in octets, without salt; empty: key_min to key_max
  std::uint16_t key_min;
  std::uint16_t key_max;
  std::uint8_t salt_size;   // octets at the end of the configured key
  std::uint8_t iv_size;     // octets on the wire
  std::uint8_t block_size;  // the ciphertext is a multiple of it
  CipherMode mode;
  bool confidential;  // false for NULL and GMAC
  Level level;
  std::string_view level_reason;  // one phrase for lint: "64-bit blocks (Sweet32)"; empty where the level says it all
  bool aead = mode == CipherMode::kAead;
};

struct IntegrityFacts {
  Integrity id;
  std::string_view name;   // "hmac-sha256"
  std::uint16_t key_size;  // octets
  std::uint16_t icv_size;  // octets by the RFC: 16 for HMAC-SHA-256
  Level level;
  std::string_view level_reason;
};

const EncryptionFacts& facts(Encryption encryption);
const IntegrityFacts& facts(Integrity integrity);

// "MUST NOT", "SHOULD NOT" …; "not listed".
std::string_view name(Level level);

// True when `size` octets, salt included, make a key for `encryption`.
bool key_size_fits(Encryption encryption, std::size_t size);

}  // namespace espy::ipsec
