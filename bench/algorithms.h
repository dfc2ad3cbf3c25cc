// The suites that are measured: of every algorithm one, of those that are in use more. Where nothing but a size differs (AES with 192 bits,
// Serpent with 128) the loop is the same, and one size stands for all.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ipsec/algorithm.h"
#include "ipsec/configuration.h"

namespace espy::bench {

enum class Sequence : std::uint8_t { kShort, kExtended };

struct Algorithm {
  const char* name;
  ipsec::Encryption encryption;  // kNone: AH
  std::size_t key_size;          // in octets, without the salt
  ipsec::Integrity integrity;
  std::size_t integrity_key_size;
  std::uint8_t icv_size;
  Sequence sequence = Sequence::kShort;
};

using E = ipsec::Encryption;
using I = ipsec::Integrity;

inline constexpr Algorithm kAlgorithms[] = {
    {"aes-cbc-128 hmac-sha1-96", E::kAesCbc, 16, I::kHmacSha1, 20, 12},
    {"aes-cbc-128 hmac-sha1-96 esn", E::kAesCbc, 16, I::kHmacSha1, 20, 12, Sequence::kExtended},
    {"aes-cbc-256 hmac-sha256-128", E::kAesCbc, 32, I::kHmacSha256, 32, 16},
    {"aes-cbc-256 hmac-sha256-128 esn", E::kAesCbc, 32, I::kHmacSha256, 32, 16, Sequence::kExtended},
    {"aes-cbc-256 hmac-sha384-192", E::kAesCbc, 32, I::kHmacSha384, 48, 24},
    {"aes-cbc-256 hmac-sha512-256", E::kAesCbc, 32, I::kHmacSha512, 64, 32},
    {"aes-cbc-128 hmac-md5-96", E::kAesCbc, 16, I::kHmacMd5, 16, 12},
    {"aes-cbc-128 hmac-ripemd160-96", E::kAesCbc, 16, I::kHmacRipemd160, 20, 12},
    {"aes-cbc-128 hmac-sm3-128", E::kAesCbc, 16, I::kHmacSm3, 32, 16},
    {"aes-cbc-128 aes-xcbc-96", E::kAesCbc, 16, I::kAesXcbc, 16, 12},
    {"aes-cbc-128 aes-xcbc-96 esn", E::kAesCbc, 16, I::kAesXcbc, 16, 12, Sequence::kExtended},
    {"aes-cbc-128 aes-cmac-96", E::kAesCbc, 16, I::kAesCmac, 16, 12},
    {"aes-cbc-128", E::kAesCbc, 16, I::kNone, 0, 0},
    {"aes-ctr-128 hmac-sha1-96", E::kAesCtr, 16, I::kHmacSha1, 20, 12},
    {"null", E::kNull, 0, I::kNone, 0, 0},
    {"null hmac-sha256-128", E::kNull, 0, I::kHmacSha256, 32, 16},
    {"des-cbc hmac-md5-96", E::kDesCbc, 8, I::kHmacMd5, 16, 12},
    {"des-deriv hmac-md5-96", E::kDesDeriv, 8, I::kHmacMd5, 16, 12},
    {"des-32iv hmac-md5-96", E::kDes32Iv, 8, I::kHmacMd5, 16, 12},
    {"3des-cbc hmac-sha1-96", E::kTripleDesCbc, 24, I::kHmacSha1, 20, 12},
    {"3des-deriv hmac-sha1-96", E::kTripleDesDeriv, 24, I::kHmacSha1, 20, 12},
    {"blowfish-cbc-128 hmac-sha1-96", E::kBlowfishCbc, 16, I::kHmacSha1, 20, 12},
    {"cast128-cbc-128 hmac-sha1-96", E::kCast128Cbc, 16, I::kHmacSha1, 20, 12},
    {"camellia-cbc-256 hmac-sha256-128", E::kCamelliaCbc, 32, I::kHmacSha256, 32, 16},
    {"camellia-ctr-256 hmac-sha256-128", E::kCamelliaCtr, 32, I::kHmacSha256, 32, 16},
    {"camellia-ccm-128", E::kCamelliaCcm, 16, I::kNone, 0, 16},
    {"twofish-cbc-256 hmac-sha256-128", E::kTwofishCbc, 32, I::kHmacSha256, 32, 16},
    {"serpent-cbc-256 hmac-sha256-128", E::kSerpentCbc, 32, I::kHmacSha256, 32, 16},
    {"aes-gcm-128", E::kAesGcm, 16, I::kNone, 0, 16},
    {"aes-gcm-128 esn", E::kAesGcm, 16, I::kNone, 0, 16, Sequence::kExtended},
    {"aes-gcm-128 icv-12", E::kAesGcm, 16, I::kNone, 0, 12},
    {"aes-gcm-128 icv-8", E::kAesGcm, 16, I::kNone, 0, 8},
    {"aes-gcm-256", E::kAesGcm, 32, I::kNone, 0, 16},
    {"aes-gcm-128-iiv", E::kAesGcmIiv, 16, I::kNone, 0, 16},
    {"aes-gmac-128", E::kAesGmac, 16, I::kNone, 0, 16},
    {"aes-gmac-128 esn", E::kAesGmac, 16, I::kNone, 0, 16, Sequence::kExtended},
    {"aes-ccm-128", E::kAesCcm, 16, I::kNone, 0, 16},
    {"aes-ccm-128 esn", E::kAesCcm, 16, I::kNone, 0, 16, Sequence::kExtended},
    {"aes-ccm-128 icv-12", E::kAesCcm, 16, I::kNone, 0, 12},
    {"aes-ccm-128 icv-8", E::kAesCcm, 16, I::kNone, 0, 8},
    {"aes-ccm-128-iiv icv-8", E::kAesCcmIiv, 16, I::kNone, 0, 8},
    {"chacha20-poly1305", E::kChaCha20Poly1305, 32, I::kNone, 0, 16},
    {"chacha20-poly1305 esn", E::kChaCha20Poly1305, 32, I::kNone, 0, 16, Sequence::kExtended},
    {"chacha20-poly1305-iiv", E::kChaCha20Poly1305Iiv, 32, I::kNone, 0, 16},
    {"ah hmac-sha1-96", E::kNone, 0, I::kHmacSha1, 20, 12},
    {"ah hmac-sha256-128", E::kNone, 0, I::kHmacSha256, 32, 16},
    {"ah hmac-sha256-128 esn", E::kNone, 0, I::kHmacSha256, 32, 16, Sequence::kExtended},
    {"ah hmac-sha512-256", E::kNone, 0, I::kHmacSha512, 64, 32},
    {"ah hmac-md5-96", E::kNone, 0, I::kHmacMd5, 16, 12},
    {"ah aes-xcbc-96", E::kNone, 0, I::kAesXcbc, 16, 12},
    {"ah aes-cmac-96", E::kNone, 0, I::kAesCmac, 16, 12},
    {"ah aes-gmac-128", E::kNone, 0, I::kAesGmac, 16, 24},
    {"ah aes-gmac-128 esn", E::kNone, 0, I::kAesGmac, 16, 24, Sequence::kExtended},
    {"ah keyed-md5-96", E::kNone, 0, I::kKeyedMd5, 16, 12},
    {"ah keyed-sha1-96", E::kNone, 0, I::kKeyedSha1, 20, 12},
};

}  // namespace espy::bench
