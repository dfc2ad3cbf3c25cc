// Sealer: an independent sender. It protects packets with OpenSSL's own functions and shares no code with crypto/, so that the tests, the
// fuzz target and the bench have packets whose ICV is right. Slow and simple on purpose.
#pragma once

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "crypto/parameters.h"

namespace espy::tests {

using Octets = std::vector<std::uint8_t>;

// What the sender puts together: for AH `payload` follows the AH header and `header` is the muted one before it.
struct Message {
  std::uint32_t spi = 0;
  std::uint32_t sequence = 0;
  std::uint32_t esn_high = 0;
  Octets iv;       // as sent; of the size that the algorithm wants
  Octets payload;  // padding, pad length and next header included: a multiple of the block
  Octets header;
};

struct Sealed {
  Octets packet;
  Octets icv;  // AH
};

inline void expect_success(int result) {
  if (result <= 0) std::abort();
}

inline void append(Octets& out, base::Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

inline void append_number(Octets& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
};

inline Octets encrypt(const EVP_CIPHER* cipher, base::Bytes key, base::Bytes iv, base::Bytes plaintext) {
  const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  Octets out(plaintext.size() + 32);
  int size = 0;
  expect_success(EVP_EncryptInit_ex(context.get(), cipher, nullptr, key.data(), iv.data()));
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  expect_success(EVP_EncryptUpdate(context.get(), out.data(), &size, plaintext.data(), static_cast<int>(plaintext.size())));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

// The ciphertext with the tag behind it.
inline Octets encrypt_aead(const EVP_CIPHER* cipher, base::Bytes key, base::Bytes nonce, base::Bytes associated, base::Bytes plaintext,
                           std::size_t tag_size) {
  const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* const raw = context.get();
  Octets out(plaintext.size() + tag_size);
  int size = 0;
  expect_success(EVP_EncryptInit_ex(raw, cipher, nullptr, nullptr, nullptr));
  expect_success(EVP_CIPHER_CTX_ctrl(raw, EVP_CTRL_AEAD_SET_IVLEN, static_cast<int>(nonce.size()), nullptr));
  const bool ccm = EVP_CIPHER_get_mode(cipher) == EVP_CIPH_CCM_MODE;
  if (ccm) expect_success(EVP_CIPHER_CTX_ctrl(raw, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag_size), nullptr));
  expect_success(EVP_EncryptInit_ex(raw, nullptr, nullptr, key.data(), nonce.data()));
  if (ccm) expect_success(EVP_EncryptUpdate(raw, nullptr, &size, nullptr, static_cast<int>(plaintext.size())));
  if (!associated.empty()) expect_success(EVP_EncryptUpdate(raw, nullptr, &size, associated.data(), static_cast<int>(associated.size())));
  if (!plaintext.empty()) expect_success(EVP_EncryptUpdate(raw, out.data(), &size, plaintext.data(), static_cast<int>(plaintext.size())));
  expect_success(EVP_EncryptFinal_ex(raw, out.data() + plaintext.size(), &size));
  expect_success(EVP_CIPHER_CTX_ctrl(raw, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag_size), out.data() + plaintext.size()));
  return out;
}

inline Octets compute_mac(const char* function, const char* parameter, const char* value, base::Bytes key, base::Bytes data) {
  const std::unique_ptr<EVP_MAC, FreeContext> mac(EVP_MAC_fetch(nullptr, function, nullptr));
  const std::unique_ptr<EVP_MAC_CTX, FreeContext> context(EVP_MAC_CTX_new(mac.get()));
  std::string text(value);
  const std::array parameters{OSSL_PARAM_construct_utf8_string(parameter, text.data(), 0), OSSL_PARAM_construct_end()};
  Octets out(64);
  std::size_t size = 0;
  const std::uint8_t none = 0;
  expect_success(EVP_MAC_init(context.get(), key.empty() ? &none : key.data(), key.size(), parameters.data()));
  expect_success(EVP_MAC_update(context.get(), data.data(), data.size()));
  expect_success(EVP_MAC_final(context.get(), out.data(), &size, out.size()));
  out.resize(size);
  return out;
}

// RFC 3566 section 4.
inline Octets compute_xcbc(base::Bytes key, base::Bytes data) {
  const std::array<std::uint8_t, 16> zero{};
  const auto derived = [&](std::uint8_t octet) { return encrypt(EVP_aes_128_ecb(), key, zero, Octets(16, octet)); };
  Octets padded(data.begin(), data.end());
  const bool whole = !padded.empty() && padded.size() % 16 == 0;
  if (!whole) {
    padded.push_back(0x80);
    padded.resize((padded.size() + 15) / 16 * 16);
  }
  const Octets last = derived(whole ? 2 : 3);
  for (std::size_t index = 0; index < 16; ++index) padded[padded.size() - 16 + index] ^= last[index];
  const Octets chain = encrypt(EVP_aes_128_cbc(), derived(1), zero, padded);
  return {chain.end() - 16, chain.end()};
}

inline Octets compute_integrity(const crypto::Parameters& parameters, base::Bytes data) {
  const base::Bytes key = parameters.integrity_key.secret();
  switch (parameters.integrity) {
    case ipsec::Integrity::kHmacMd5: return compute_mac("HMAC", OSSL_MAC_PARAM_DIGEST, "MD5", key, data);
    case ipsec::Integrity::kHmacSha1: return compute_mac("HMAC", OSSL_MAC_PARAM_DIGEST, "SHA1", key, data);
    case ipsec::Integrity::kHmacSha256: return compute_mac("HMAC", OSSL_MAC_PARAM_DIGEST, "SHA256", key, data);
    case ipsec::Integrity::kHmacSha384: return compute_mac("HMAC", OSSL_MAC_PARAM_DIGEST, "SHA384", key, data);
    case ipsec::Integrity::kHmacSha512: return compute_mac("HMAC", OSSL_MAC_PARAM_DIGEST, "SHA512", key, data);
    case ipsec::Integrity::kHmacRipemd160: return compute_mac("HMAC", OSSL_MAC_PARAM_DIGEST, "RIPEMD160", key, data);
    case ipsec::Integrity::kAesCmac: return compute_mac("CMAC", OSSL_MAC_PARAM_CIPHER, "AES-128-CBC", key, data);
    case ipsec::Integrity::kAesXcbc: return compute_xcbc(key, data);
    default: return Octets(64);
  }
}

template <class Function>
const EVP_CIPHER* by_key_size(std::size_t size, Function first, Function second, Function third) {
  return size == 16 ? first() : size == 24 ? second() : third();
}

inline const EVP_CIPHER* aead_cipher(ipsec::Encryption encryption, std::size_t key_size) {
  switch (encryption) {
    case ipsec::Encryption::kAesCcm:
    case ipsec::Encryption::kAesCcmIiv: return by_key_size(key_size, EVP_aes_128_ccm, EVP_aes_192_ccm, EVP_aes_256_ccm);
    case ipsec::Encryption::kChaCha20Poly1305:
    case ipsec::Encryption::kChaCha20Poly1305Iiv: return EVP_chacha20_poly1305();
    default: return by_key_size(key_size, EVP_aes_128_gcm, EVP_aes_192_gcm, EVP_aes_256_gcm);
  }
}

// Salt, then the IV as sent or, where none is sent, the sequence number (RFC 8750 section 2).
inline Octets make_nonce(const crypto::Parameters& parameters, const Message& message) {
  Octets nonce;
  append(nonce, parameters.salt.secret());
  append(nonce, message.iv);
  if (!message.iv.empty()) return nonce;
  append_number(nonce, parameters.esn ? message.esn_high : 0);
  append_number(nonce, message.sequence);
  return nonce;
}

inline Octets encrypt_payload(const crypto::Parameters& parameters, const Message& message) {
  const base::Bytes key = parameters.encryption_key.secret();
  switch (parameters.encryption) {
    case ipsec::Encryption::kNull: return message.payload;
    case ipsec::Encryption::kAesCtr: {
      Octets counter = make_nonce(parameters, message);
      append_number(counter, 1);
      return encrypt(by_key_size(key.size(), EVP_aes_128_ctr, EVP_aes_192_ctr, EVP_aes_256_ctr), key, counter, message.payload);
    }
    case ipsec::Encryption::kDesCbc: {  // DES is 3DES with three equal keys
      Octets thrice;
      for (int count = 0; count < 3; ++count) append(thrice, key);
      return encrypt(EVP_des_ede3_cbc(), thrice, message.iv, message.payload);
    }
    case ipsec::Encryption::kTripleDesCbc: return encrypt(EVP_des_ede3_cbc(), key, message.iv, message.payload);
    default: return encrypt(by_key_size(key.size(), EVP_aes_128_cbc, EVP_aes_192_cbc, EVP_aes_256_cbc), key, message.iv, message.payload);
  }
}

inline Octets associated_data(const crypto::Parameters& parameters, const Message& message) {
  Octets data = message.header;
  append_number(data, message.spi);
  if (parameters.esn) append_number(data, message.esn_high);
  append_number(data, message.sequence);
  return data;
}

inline Octets seal_aead(const crypto::Parameters& parameters, const Message& message) {
  const bool gmac = parameters.encryption == ipsec::Encryption::kAesGmac;
  Octets associated = associated_data(parameters, message);
  if (gmac) {
    append(associated, message.iv);
    append(associated, message.payload);
  }
  const base::Bytes key = parameters.encryption_key.secret();
  const Octets closed = encrypt_aead(aead_cipher(parameters.encryption, key.size()), key, make_nonce(parameters, message), associated,
                                     gmac ? Octets() : message.payload, parameters.icv_size);
  Octets packet;
  append_number(packet, message.spi);
  append_number(packet, message.sequence);
  append(packet, message.iv);
  if (gmac) append(packet, message.payload);
  append(packet, closed);
  return packet;
}

inline Octets seal_esp(const crypto::Parameters& parameters, const Message& message) {
  Octets packet;
  append_number(packet, message.spi);
  if (!parameters.old_header) append_number(packet, message.sequence);
  append(packet, message.iv);
  append(packet, encrypt_payload(parameters, message));
  Octets covered = message.header;
  append(covered, packet);
  if (parameters.esn) append_number(covered, message.esn_high);
  append(packet, base::Bytes(compute_integrity(parameters, covered)).first(parameters.icv_size));
  return packet;
}

inline Octets seal_ah(const crypto::Parameters& parameters, const Message& message) {
  Octets covered = message.header;
  append(covered, message.payload);
  if (parameters.esn) append_number(covered, message.esn_high);
  if (parameters.integrity != ipsec::Integrity::kAesGmac) {
    const Octets mac = compute_integrity(parameters, covered);
    return {mac.begin(), mac.begin() + parameters.icv_size};
  }
  const base::Bytes key = parameters.integrity_key.secret();
  Octets icv = message.iv;
  append(icv, encrypt_aead(aead_cipher(ipsec::Encryption::kAesGmac, key.size()), key, make_nonce(parameters, message), covered, {}, 16));
  return icv;
}

inline Sealed seal(const crypto::Parameters& parameters, const Message& message) {
  if (parameters.protocol == ipsec::Protocol::kAh) return {message.payload, seal_ah(parameters, message)};
  if (ipsec::facts(parameters.encryption).aead) return {seal_aead(parameters, message), {}};
  return {seal_esp(parameters, message), {}};
}

}  // namespace espy::tests
