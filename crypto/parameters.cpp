#include "crypto/parameters.h"

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace espy::crypto {

namespace {

using ipsec::Association;
using ipsec::Encryption;
using ipsec::Integrity;
using ipsec::Protocol;

constexpr std::size_t kTruncatedSize = 12;  // 96 bits
constexpr std::size_t kLeastIcvSize = 4;
constexpr std::size_t kMostIcvSize = 64;
constexpr std::size_t kGmacIvSize = 8;

ipsec::Key part(const ipsec::Key& key, std::size_t first, std::size_t count) {
  const base::Bytes octets = key.secret().subspan(first, count);
  return ipsec::Key(std::vector<std::uint8_t>(octets.begin(), octets.end()));
}

std::unexpected<base::Error> refuse(const Association& association, const std::string& what, std::string advice = {}) {
  const std::string spi = association.spi ? fmt::format("0x{:x}", association.spi->value) : "*";
  return std::unexpected(base::Error{.message = fmt::format("the SA of {} with SPI {}: {}", name(association.protocol), spi, what),
                                     .advice = std::move(advice),
                                     .file = association.origin.file,
                                     .line = association.origin.line});
}

bool has_fixed_icv(Encryption encryption) {
  switch (encryption) {
    case Encryption::kAesGmac:
    case Encryption::kAesGcmIiv:
    case Encryption::kChaCha20Poly1305:
    case Encryption::kChaCha20Poly1305Iiv: return true;
    default: return false;
  }
}

bool is_sha2(Integrity integrity) {
  return integrity == Integrity::kHmacSha256 || integrity == Integrity::kHmacSha384 || integrity == Integrity::kHmacSha512;
}

bool is_sha1(Integrity integrity) { return integrity == Integrity::kHmacSha1 || integrity == Integrity::kKeyedSha1; }

bool is_md5(Integrity integrity) { return integrity == Integrity::kHmacMd5 || integrity == Integrity::kKeyedMd5; }

// Octets of the algorithm's whole output: an ICV cannot be longer.
std::size_t output_size(Integrity integrity) {
  switch (integrity) {
    case Integrity::kHmacSha1:
    case Integrity::kHmacRipemd160:
    case Integrity::kKeyedSha1: return 20;
    case Integrity::kHmacSha256:
    case Integrity::kHmacSm3: return 32;
    case Integrity::kHmacSha384: return 48;
    case Integrity::kHmacSha512:
    case Integrity::kAny: return kMostIcvSize;
    default: return 16;
  }
}

using Sizes = std::vector<std::size_t>;

Sizes sealed_sizes(Encryption encryption) {
  if (has_fixed_icv(encryption)) return {16};
  if (encryption == Encryption::kAesCcmIiv) return {8};  // RFC 8750 has only ENCR_AES_CCM_8_IIV
  return {16, 12, 8};
}

// What the algorithms allow where the configuration does not say it, in the order in which it is likely.
Sizes unsaid_sizes(const Parameters& parameters) {
  const auto by_rfc = std::size_t{ipsec::facts(parameters.integrity).icv_size};
  if (parameters.integrity == Integrity::kNone)
    return ipsec::facts(parameters.encryption).aead ? sealed_sizes(parameters.encryption) : Sizes{0};
  if (is_sha2(parameters.integrity)) return {by_rfc, kTruncatedSize};
  if (parameters.old_header && is_md5(parameters.integrity)) return {16, kTruncatedSize};
  if (parameters.old_header && is_sha1(parameters.integrity)) return {20, 16, kTruncatedSize};
  return {by_rfc};
}

bool allows(const Parameters& parameters, std::size_t size) {
  if (parameters.integrity != Integrity::kNone) return kLeastIcvSize <= size && size <= output_size(parameters.integrity);
  if (!ipsec::facts(parameters.encryption).aead) return false;
  if (has_fixed_icv(parameters.encryption)) return size == 16;
  return size == 8 || size == 12 || size == 16;
}

base::Result<Sizes> icv_sizes(const Association& association, const Parameters& parameters) {
  const bool has_icv = parameters.integrity != Integrity::kNone || ipsec::facts(parameters.encryption).aead;
  if (association.icv_bits == 0 || !has_icv) return unsaid_sizes(parameters);
  if (association.icv_bits % 8 == 0 && allows(parameters, association.icv_bits / 8u)) return Sizes{association.icv_bits / 8u};
  return refuse(association, fmt::format("no ICV of its algorithms has {} bits", association.icv_bits));
}

// Splits `key` into the key proper and the salt at its end.
void split_key(const ipsec::Key& key, Encryption encryption, ipsec::Key& proper, ipsec::Key& salt) {
  const std::size_t salt_size = ipsec::facts(encryption).salt_size;
  proper = part(key, 0, key.size() - salt_size);
  salt = part(key, key.size() - salt_size, salt_size);
}

std::string key_complaint(const ipsec::Key& key, std::string_view algorithm) {
  if (key.empty()) return fmt::format("{} has no key", algorithm);
  return fmt::format("a key of {} octets does not fit {}", key.size(), algorithm);
}

base::Result<Parameters> with_gmac(Parameters parameters, const Association& association) {
  const bool own_key = association.encryption == Encryption::kAesGmac;
  const ipsec::Key& key = own_key ? association.encryption_key : association.integrity_key;
  if (!ipsec::key_size_fits(Encryption::kAesGmac, key.size())) return refuse(association, key_complaint(key, "aes-gmac"));
  if (parameters.protocol == Protocol::kEsp) {
    parameters.encryption = Encryption::kAesGmac;
    split_key(key, Encryption::kAesGmac, parameters.encryption_key, parameters.salt);
  } else {
    parameters.integrity = Integrity::kAesGmac;
    split_key(key, Encryption::kAesGmac, parameters.integrity_key, parameters.salt);
  }
  return parameters;
}

base::Result<Parameters> with_integrity(Parameters parameters, const Association& association) {
  const ipsec::IntegrityFacts& facts = ipsec::facts(association.integrity);
  if (association.integrity == Integrity::kUnknown)
    return refuse(association, fmt::format("\"{}\" is no integrity algorithm that espy knows", association.integrity_name));
  if (association.integrity == Integrity::kTcpMd5) return refuse(association, "tcp-md5 protects TCP, not AH or ESP");
  parameters.integrity = association.integrity;
  if (association.integrity == Integrity::kAny && association.icv_bits == 0)
    return refuse(association, "neither the integrity algorithm nor the size of its ICV is said");
  if (facts.key_size != association.integrity_key.size() && facts.key_size != 0)
    return refuse(association, key_complaint(association.integrity_key, facts.name),
                  fmt::format("{} needs {}", facts.name, facts.key_size));
  if (facts.key_size != 0) parameters.integrity_key = association.integrity_key;
  return parameters;
}

base::Result<Parameters> ah_parameters(Parameters parameters, const Association& association) {
  if (association.integrity == Integrity::kAesGmac || association.encryption == Encryption::kAesGmac)
    return with_gmac(std::move(parameters), association);
  if (association.integrity == Integrity::kNone) return refuse(association, "AH needs an integrity algorithm with a key");
  return with_integrity(std::move(parameters), association);
}

bool needs_sequence(Encryption encryption) {
  return ipsec::facts(encryption).aead || encryption == Encryption::kDesDeriv || encryption == Encryption::kTripleDesDeriv;
}

// The cipher alone, its key and its salt.
base::Result<Parameters> with_encryption(Parameters parameters, const Association& association) {
  const ipsec::EncryptionFacts& facts = ipsec::facts(parameters.encryption);
  if (parameters.encryption == Encryption::kNull) return parameters;
  if (!ipsec::key_size_fits(parameters.encryption, association.encryption_key.size()))
    return refuse(association, key_complaint(association.encryption_key, facts.name));
  if (association.old_header && needs_sequence(parameters.encryption))
    return refuse(association, fmt::format("{} needs the sequence number that the old ESP header has not", facts.name));
  split_key(association.encryption_key, parameters.encryption, parameters.encryption_key, parameters.salt);
  return parameters;
}

base::Result<Parameters> esp_parameters(Parameters parameters, const Association& association) {
  if (association.encryption == Encryption::kUnknown)
    return refuse(association, fmt::format("\"{}\" is no encryption algorithm that espy knows", association.encryption_name));
  const bool no_cipher = association.encryption == Encryption::kNone;
  if (no_cipher && association.integrity == Integrity::kNone) return refuse(association, "it has no algorithm and no key");
  parameters.encryption = no_cipher ? Encryption::kNull : association.encryption;
  if (parameters.encryption == Encryption::kNull && association.integrity == Integrity::kAesGmac)
    return with_gmac(std::move(parameters), association);
  base::Result<Parameters> encrypted = with_encryption(std::move(parameters), association);
  if (!encrypted || association.integrity == Integrity::kNone) return encrypted;
  const bool sealed = ipsec::facts(encrypted->encryption).aead;
  if (sealed && association.integrity == Integrity::kAny) return encrypted;
  if (sealed || association.integrity == Integrity::kAesGmac)
    return refuse(association, fmt::format("{} and {} do not go together", ipsec::facts(encrypted->encryption).name,
                                           ipsec::facts(association.integrity).name));
  return with_integrity(*std::move(encrypted), association);
}

bool has_consistent_encryption(const Parameters& parameters) {
  if (parameters.encryption == Encryption::kUnknown || parameters.encryption == Encryption::kNone) return false;
  if (parameters.old_header && needs_sequence(parameters.encryption)) return false;
  return parameters.salt.size() == ipsec::facts(parameters.encryption).salt_size &&
         ipsec::key_size_fits(parameters.encryption, parameters.encryption_key.size() + parameters.salt.size());
}

bool has_consistent_gmac(const Parameters& parameters) {
  return parameters.protocol == Protocol::kAh && parameters.icv_size == kGmacIvSize + 16 &&
         parameters.salt.size() == ipsec::facts(Encryption::kAesGmac).salt_size &&
         ipsec::key_size_fits(Encryption::kAesGmac, parameters.integrity_key.size() + parameters.salt.size());
}

bool has_consistent_integrity(const Parameters& parameters) {
  const bool sealed = ipsec::facts(parameters.encryption).aead;
  switch (parameters.integrity) {
    case Integrity::kUnknown:
    case Integrity::kTcpMd5: return false;
    case Integrity::kNone: return sealed ? allows(parameters, parameters.icv_size) : parameters.icv_size == 0;
    case Integrity::kAesGmac: return has_consistent_gmac(parameters);
    case Integrity::kAesXcbc:
    case Integrity::kAesCmac:
      if (parameters.integrity_key.size() != 16) return false;
      break;
    default: break;
  }
  return !sealed && allows(parameters, parameters.icv_size);
}

base::Result<Parameters> parameters_without_icv(const Association& association) {
  if (association.keys_hidden) return refuse(association, "its keys were hidden when it was listed");
  if (association.protocol == Protocol::kIpcomp) return refuse(association, "IPComp has no keys");
  Parameters parameters{.protocol = association.protocol,
                        .encryption = Encryption::kNone,
                        .integrity = Integrity::kNone,
                        .encryption_key = {},
                        .salt = {},
                        .integrity_key = {},
                        .icv_size = 0,
                        .esn = association.esn && !association.old_header,
                        .old_header = association.old_header};
  return association.protocol == Protocol::kAh ? ah_parameters(std::move(parameters), association)
                                               : esp_parameters(std::move(parameters), association);
}

}  // namespace

Layout layout_of(const Parameters& parameters) {
  Layout layout{.header_size = static_cast<std::uint8_t>(parameters.old_header ? 4 : 8),
                .iv_size = 0,
                .icv_size = parameters.icv_size,
                .block_size = 1,
                .encrypted = true};
  if (parameters.protocol != Protocol::kEsp) return layout;
  const ipsec::EncryptionFacts& facts = ipsec::facts(parameters.encryption);
  layout.iv_size = facts.iv_size;
  layout.encrypted = facts.confidential;
  if (facts.mode == ipsec::CipherMode::kCbc) layout.block_size = facts.block_size;
  return layout;
}

bool is_consistent(const Parameters& parameters) {
  if (parameters.protocol == Protocol::kAh) return parameters.encryption == Encryption::kNone && has_consistent_integrity(parameters);
  return parameters.protocol == Protocol::kEsp && has_consistent_encryption(parameters) && has_consistent_integrity(parameters);
}

base::Result<std::vector<Parameters>> parameters_of(const Association& association) {
  base::Result<Parameters> parameters = parameters_without_icv(association);
  if (!parameters) return std::unexpected(std::move(parameters).error());
  const bool gmac_of_ah = parameters->integrity == Integrity::kAesGmac;
  const auto sizes = icv_sizes(association, *parameters);
  if (!sizes) return std::unexpected(sizes.error());
  std::vector<Parameters> readings;
  for (const std::size_t size : *sizes) {
    readings.push_back(*parameters);
    readings.back().icv_size = static_cast<std::uint8_t>(gmac_of_ah ? size + kGmacIvSize : size);
  }
  return readings;
}

}  // namespace espy::crypto
