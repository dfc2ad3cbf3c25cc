#include "config/algorithm_names.h"

#include <algorithm>
#include <array>
#include <span>

#include "config/words.h"

namespace espy::config {

namespace {

using E = ipsec::Encryption;
using I = ipsec::Integrity;

struct EncryptionRow {
  std::string_view name;  // lower case; Wireshark's as it writes them
  E id;
  std::uint16_t icv_bits = 0;
  std::uint16_t key_size = 0;
};

struct IntegrityRow {
  std::string_view name;
  I id;
  std::uint16_t icv_bits = 0;
};

// In each table the first row of an algorithm holds the name that is written.
constexpr auto kSetkeyEncryptions = std::to_array<EncryptionRow>({
    {"des-cbc", E::kDesCbc},
    {"3des-cbc", E::kTripleDesCbc},
    {"null", E::kNull},
    {"simple", E::kNull},
    {"blowfish-cbc", E::kBlowfishCbc},
    {"cast128-cbc", E::kCast128Cbc},
    {"des-deriv", E::kDesDeriv},
    {"des-32iv", E::kDes32Iv},
    {"3des-deriv", E::kTripleDesDeriv},
    {"twofish-cbc", E::kTwofishCbc},
    {"aes-cbc", E::kAesCbc},
    {"rijndael-cbc", E::kAesCbc},
    {"aes-ctr", E::kAesCtr},
    {"camellia-cbc", E::kCamelliaCbc},
    {"aes-gcm-16", E::kAesGcm, 128},
    {"aes-gcm-12", E::kAesGcm, 96},
    {"aes-gcm-8", E::kAesGcm, 64},
    {"aes-gmac", E::kAesGmac, 128},
    {"chacha20-poly1305", E::kChaCha20Poly1305, 128},
    {"serpent-cbc", E::kSerpentCbc},
});
constexpr auto kSetkeyIntegrities = std::to_array<IntegrityRow>({
    {"hmac-md5", I::kHmacMd5},
    {"hmac-sha1", I::kHmacSha1},
    {"keyed-md5", I::kKeyedMd5},
    {"keyed-sha1", I::kKeyedSha1},
    {"hmac-sha256", I::kHmacSha256},
    {"hmac-sha2-256", I::kHmacSha256},
    {"hmac-sha384", I::kHmacSha384},
    {"hmac-sha2-384", I::kHmacSha384},
    {"hmac-sha512", I::kHmacSha512},
    {"hmac-sha2-512", I::kHmacSha512},
    {"hmac-ripemd160", I::kHmacRipemd160},
    {"aes-xcbc-mac", I::kAesXcbc},
    {"aes-cmac", I::kAesCmac},
    {"aes-gmac", I::kAesGmac, 128},
    {"tcp-md5", I::kTcpMd5},
    {"null", I::kNone},
});

constexpr auto kKernelEncryptions = std::to_array<EncryptionRow>({
    {"ecb(cipher_null)", E::kNull},
    {"cipher_null", E::kNull},
    {"cbc(des)", E::kDesCbc},
    {"des", E::kDesCbc},
    {"cbc(des3_ede)", E::kTripleDesCbc},
    {"des3_ede", E::kTripleDesCbc},
    {"cbc(cast5)", E::kCast128Cbc},
    {"cast5", E::kCast128Cbc},
    {"cbc(cast128)", E::kCast128Cbc},
    {"cast128", E::kCast128Cbc},
    {"cbc(blowfish)", E::kBlowfishCbc},
    {"blowfish", E::kBlowfishCbc},
    {"cbc(aes)", E::kAesCbc},
    {"aes", E::kAesCbc},
    {"cbc(camellia)", E::kCamelliaCbc},
    {"camellia", E::kCamelliaCbc},
    {"cbc(serpent)", E::kSerpentCbc},
    {"serpent", E::kSerpentCbc},
    {"cbc(twofish)", E::kTwofishCbc},
    {"twofish", E::kTwofishCbc},
    {"rfc3686(ctr(aes))", E::kAesCtr},
    {"rfc3686(ctr(camellia))", E::kCamelliaCtr},
    {"rfc4106(gcm(aes))", E::kAesGcm},
    {"rfc4309(ccm(aes))", E::kAesCcm},
    {"rfc4309(ccm(camellia))", E::kCamelliaCcm},
    {"rfc4543(gcm(aes))", E::kAesGmac},
    {"rfc7539esp(chacha20,poly1305)", E::kChaCha20Poly1305},
    {"seqiv(rfc4106(gcm(aes)))", E::kAesGcm},
});
constexpr auto kKernelIntegrities = std::to_array<IntegrityRow>({
    {"digest_null", I::kNone},
    {"hmac(digest_null)", I::kNone},
    {"hmac(md5)", I::kHmacMd5},
    {"md5", I::kHmacMd5},
    {"hmac(sha1)", I::kHmacSha1},
    {"sha1", I::kHmacSha1},
    {"hmac(sha256)", I::kHmacSha256},
    {"sha256", I::kHmacSha256},
    {"hmac(sha384)", I::kHmacSha384},
    {"hmac(sha512)", I::kHmacSha512},
    {"hmac(rmd160)", I::kHmacRipemd160},
    {"rmd160", I::kHmacRipemd160},
    {"xcbc(aes)", I::kAesXcbc},
    {"cmac(aes)", I::kAesCmac},
    {"hmac(sm3)", I::kHmacSm3},
});

constexpr auto kWiresharkEncryptions = std::to_array<EncryptionRow>({
    {"NULL", E::kNull},
    {"TripleDES-CBC [RFC2451]", E::kTripleDesCbc},
    {"3DES-CBC", E::kTripleDesCbc},
    {"AES-CBC [RFC3602]", E::kAesCbc},
    {"AES-CTR [RFC3686]", E::kAesCtr},
    {"DES-CBC [RFC2405]", E::kDesCbc},
    {"CAST5-CBC [RFC2144]", E::kCast128Cbc},
    {"CAST128-CBC", E::kCast128Cbc},
    {"BLOWFISH-CBC [RFC2451]", E::kBlowfishCbc},
    {"TWOFISH-CBC", E::kTwofishCbc},
    {"CAMELLIA-CBC", E::kCamelliaCbc},
    {"SERPENT-CBC", E::kSerpentCbc},
    {"AES-GCM with 16 octet ICV [RFC4106]", E::kAesGcm, 128},
    {"AES-GCM with 12 octet ICV [RFC4106]", E::kAesGcm, 96},
    {"AES-GCM with 8 octet ICV [RFC4106]", E::kAesGcm, 64},
    {"AES-GCM [RFC4106]", E::kAesGcm},
    {"AES-GCM with IIV and 16 octet ICV [RFC4106 & RFC8750]", E::kAesGcmIiv, 128},
    {"AES-CCM with 16 octet ICV [RFC4309]", E::kAesCcm, 128},
    {"AES-CCM with 12 octet ICV [RFC4309]", E::kAesCcm, 96},
    {"AES-CCM with 8 octet ICV [RFC4309]", E::kAesCcm, 64},
    {"AES-GMAC [RFC4543]", E::kAesGmac, 128},
    {"ChaCha20 with Poly1305 [RFC7634]", E::kChaCha20Poly1305, 128},
    {"ChaCha20 with Poly1305 and IIV [RFC7634 & RFC8750]", E::kChaCha20Poly1305Iiv, 128},
});
constexpr auto kWiresharkIntegrities = std::to_array<IntegrityRow>({
    {"NULL", I::kNone},
    {"HMAC-SHA-1-96 [RFC2404]", I::kHmacSha1, 96},
    {"HMAC-SHA1-96", I::kHmacSha1, 96},
    {"HMAC-SHA-256-128 [RFC4868]", I::kHmacSha256, 128},
    {"HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]", I::kHmacSha256, 96},
    {"HMAC-SHA-384-192 [RFC4868]", I::kHmacSha384, 192},
    {"HMAC-SHA-512-256 [RFC4868]", I::kHmacSha512, 256},
    {"HMAC-MD5-96 [RFC2403]", I::kHmacMd5, 96},
    {"MAC-RIPEMD-160-96 [RFC2857]", I::kHmacRipemd160, 96},
    {"HMAC-RIPEMD-160-96", I::kHmacRipemd160, 96},
    {"AES-XCBC-MAC-96 [RFC3566]", I::kAesXcbc, 96},
    {"AES-CMAC-96 [RFC4494]", I::kAesCmac, 96},
    {"ANY 64 bit authentication [no checking]", I::kAny, 64},
    {"ANY 96 bit authentication [no checking]", I::kAny, 96},
    {"ANY 128 bit authentication [no checking]", I::kAny, 128},
    {"ANY 192 bit authentication [no checking]", I::kAny, 192},
    {"ANY 256 bit authentication [no checking]", I::kAny, 256},
});

constexpr auto kTcpdumpEncryptions = std::to_array<EncryptionRow>({
    {"none", E::kNull},
    {"null", E::kNull},
    {"des", E::kDesCbc},
    {"3des", E::kTripleDesCbc},
    {"des-ede3", E::kTripleDesCbc},
    {"des3", E::kTripleDesCbc},
    {"blowfish", E::kBlowfishCbc},
    {"bf", E::kBlowfishCbc},
    {"cast128", E::kCast128Cbc},
    {"cast5", E::kCast128Cbc},
    {"cast", E::kCast128Cbc},
    {"aes", E::kAesCbc},
    {"aes128", E::kAesCbc, 0, 16},
    {"aes192", E::kAesCbc, 0, 24},
    {"aes256", E::kAesCbc, 0, 32},
    {"aes-128", E::kAesCbc, 0, 16},
    {"aes-192", E::kAesCbc, 0, 24},
    {"aes-256", E::kAesCbc, 0, 32},
    {"camellia128", E::kCamelliaCbc, 0, 16},
    {"camellia192", E::kCamelliaCbc, 0, 24},
    {"camellia256", E::kCamelliaCbc, 0, 32},
    {"camellia-128", E::kCamelliaCbc, 0, 16},
    {"camellia-192", E::kCamelliaCbc, 0, 24},
    {"camellia-256", E::kCamelliaCbc, 0, 32},
});

std::span<const EncryptionRow> encryptions(Dialect dialect) {
  switch (dialect) {
    case Dialect::kSetkey: return kSetkeyEncryptions;
    case Dialect::kKernel: return kKernelEncryptions;
    case Dialect::kWireshark: return kWiresharkEncryptions;
    case Dialect::kTcpdump: break;
  }
  return kTcpdumpEncryptions;
}

std::span<const IntegrityRow> integrities(Dialect dialect) {
  switch (dialect) {
    case Dialect::kSetkey: return kSetkeyIntegrities;
    case Dialect::kKernel: return kKernelIntegrities;
    case Dialect::kWireshark: return kWiresharkIntegrities;
    case Dialect::kTcpdump: break;
  }
  return {};
}

// "AES-CBC [RFC3602]" and "AES-CBC" are one name.
std::string comparable(Dialect dialect, std::string_view name) {
  return lower(trim(dialect == Dialect::kWireshark ? name.substr(0, name.find('[')) : name));
}

template <class Row>
const Row* find_row(std::span<const Row> rows, Dialect dialect, std::string_view name) {
  const std::string wanted = comparable(dialect, name);
  const auto found = std::ranges::find_if(rows, [&](const Row& row) { return comparable(dialect, row.name) == wanted; });
  return found == rows.end() ? nullptr : &*found;
}

template <class Row, class Id>
std::string_view name_of(std::span<const Row> rows, Id id, std::uint16_t icv_bits) {
  const auto fits = [&](const Row& row) { return row.id == id && (icv_bits == 0 || row.icv_bits == 0 || row.icv_bits == icv_bits); };
  const auto exact = std::ranges::find_if(rows, [&](const Row& row) { return row.id == id && row.icv_bits == icv_bits; });
  const auto found = exact != rows.end() && icv_bits != 0 ? exact : std::ranges::find_if(rows, fits);
  return found == rows.end() ? std::string_view() : found->name;
}

template <class Row>
std::vector<std::string_view> names_of(std::span<const Row> rows) {
  std::vector<std::string_view> names;
  for (const Row& row : rows) names.push_back(trim(row.name.substr(0, row.name.find('['))));
  return names;
}

}  // namespace

std::optional<NamedEncryption> find_encryption(Dialect dialect, std::string_view name) {
  const EncryptionRow* row = find_row(encryptions(dialect), dialect, name);
  if (row == nullptr) return std::nullopt;
  return NamedEncryption{.id = row->id, .icv_bits = row->icv_bits, .key_size = row->key_size};
}

std::optional<NamedIntegrity> find_integrity(Dialect dialect, std::string_view name) {
  const IntegrityRow* row = find_row(integrities(dialect), dialect, name);
  if (row == nullptr) return std::nullopt;
  return NamedIntegrity{.id = row->id, .icv_bits = row->icv_bits};
}

std::string_view encryption_name(Dialect dialect, ipsec::Encryption id, std::uint16_t icv_bits) {
  return name_of(encryptions(dialect), id, icv_bits);
}

std::string_view integrity_name(Dialect dialect, ipsec::Integrity id, std::uint16_t icv_bits) {
  return name_of(integrities(dialect), id, icv_bits);
}

std::vector<std::string_view> encryption_names(Dialect dialect) { return names_of(encryptions(dialect)); }

std::vector<std::string_view> integrity_names(Dialect dialect) { return names_of(integrities(dialect)); }

}  // namespace espy::config
