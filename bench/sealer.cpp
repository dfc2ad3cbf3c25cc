#include "bench/sealer.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "bench/frame_headers.h"

namespace espy::bench {

namespace {

constexpr std::size_t kAesKeySize = 16;
constexpr std::size_t kSaltSize = 4;
constexpr std::size_t kHmacKeySize = 32;
constexpr std::size_t kGcmIvSize = 8;
constexpr std::size_t kBlockSize = 16;
constexpr std::size_t kTrailerSize = 2;
constexpr std::size_t kIcvSize = 16;

void must(int result) {
  if (result == 1) return;
  std::fputs("make_capture: OpenSSL refuses to encrypt\n", stderr);
  std::exit(1);
}

std::vector<std::uint8_t> make_key(Random& random, std::size_t size) {
  std::vector<std::uint8_t> key(size);
  for (auto& octet : key) octet = static_cast<std::uint8_t>(random.next() >> 56);
  return key;
}

}  // namespace

Sealer::Sealer(Suite suite, std::uint64_t seed) : suite_(suite), random_(seed), cipher_(EVP_CIPHER_CTX_new()) {
  encryption_key_ = make_key(random_, suite == Suite::kAesGcm ? kAesKeySize + kSaltSize : kAesKeySize);
  if (suite == Suite::kAesCbcHmacSha256) integrity_key_ = make_key(random_, kHmacKeySize);
  set_up();
}

void Sealer::set_up() {
  const EVP_CIPHER* const cipher = suite_ == Suite::kAesGcm ? EVP_aes_128_gcm() : EVP_aes_128_cbc();
  must(EVP_EncryptInit_ex(cipher_.get(), cipher, nullptr, encryption_key_.data(), nullptr));
  if (suite_ == Suite::kAesGcm) return;
  must(EVP_CIPHER_CTX_set_padding(cipher_.get(), 0));
  EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  mac_.reset(EVP_MAC_CTX_new(hmac));
  EVP_MAC_free(hmac);
  std::array<char, 7> digest{"SHA256"};
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()};
  must(EVP_MAC_init(mac_.get(), integrity_key_.data(), integrity_key_.size(), parameters));
}

std::size_t Sealer::payload_offset() const { return kEspHeaderSize + (suite_ == Suite::kAesGcm ? kGcmIvSize : kBlockSize); }

std::size_t Sealer::padding_size(std::size_t payload_size) const {
  const std::size_t unit = suite_ == Suite::kAesGcm ? 4 : kBlockSize;
  return (unit - (payload_size + kTrailerSize) % unit) % unit;
}

std::size_t Sealer::packet_size(std::size_t payload_size) const {
  return payload_offset() + payload_size + padding_size(payload_size) + kTrailerSize + kIcvSize;
}

void Sealer::seal(std::uint8_t* packet, std::size_t payload_size, std::uint8_t next_header) {
  const std::size_t padding = padding_size(payload_size);
  std::uint8_t* const trailer = packet + payload_offset() + payload_size;
  for (std::size_t index = 0; index < padding; ++index) trailer[index] = static_cast<std::uint8_t>(index + 1);
  trailer[padding] = static_cast<std::uint8_t>(padding);
  trailer[padding + 1] = next_header;
  const std::size_t text_size = payload_size + padding + kTrailerSize;
  if (suite_ == Suite::kAesGcm) {
    seal_gcm(packet, text_size);
  } else {
    seal_cbc(packet, text_size);
  }
}

// RFC 4106: the IV counts, here with the sequence number.
void Sealer::seal_gcm(std::uint8_t* packet, std::size_t text_size) {
  std::uint8_t* const iv = packet + kEspHeaderSize;
  std::memset(iv, 0, 4);
  std::memcpy(iv + 4, packet + 4, 4);
  std::array<std::uint8_t, kSaltSize + kGcmIvSize> nonce;
  std::memcpy(nonce.data(), encryption_key_.data() + kAesKeySize, kSaltSize);
  std::memcpy(nonce.data() + kSaltSize, iv, kGcmIvSize);
  std::uint8_t* const text = iv + kGcmIvSize;
  int size = 0;
  must(EVP_EncryptInit_ex(cipher_.get(), nullptr, nullptr, nullptr, nonce.data()));
  must(EVP_EncryptUpdate(cipher_.get(), nullptr, &size, packet, kEspHeaderSize));
  must(EVP_EncryptUpdate(cipher_.get(), text, &size, text, static_cast<int>(text_size)));
  must(EVP_EncryptFinal_ex(cipher_.get(), text + text_size, &size));
  must(EVP_CIPHER_CTX_ctrl(cipher_.get(), EVP_CTRL_AEAD_GET_TAG, kIcvSize, text + text_size));
}

// RFC 3602: the IV is random.
void Sealer::seal_cbc(std::uint8_t* packet, std::size_t text_size) {
  std::uint8_t* const iv = packet + kEspHeaderSize;
  for (const std::size_t half : {0, 8}) {
    const std::uint64_t number = random_.next();
    std::memcpy(iv + half, &number, sizeof number);
  }
  std::uint8_t* const text = iv + kBlockSize;
  int size = 0;
  must(EVP_EncryptInit_ex(cipher_.get(), nullptr, nullptr, nullptr, iv));
  must(EVP_EncryptUpdate(cipher_.get(), text, &size, text, static_cast<int>(text_size)));
  std::array<std::uint8_t, 32> tag;
  std::size_t tag_size = 0;
  must(EVP_MAC_init(mac_.get(), nullptr, 0, nullptr));
  must(EVP_MAC_update(mac_.get(), packet, kEspHeaderSize + kBlockSize + text_size));
  must(EVP_MAC_final(mac_.get(), tag.data(), &tag_size, tag.size()));
  std::memcpy(text + text_size, tag.data(), kIcvSize);
}

std::string Sealer::setkey_algorithms() const {
  const std::string encryption = fmt::format("0x{:02x}", fmt::join(encryption_key_, ""));
  if (suite_ == Suite::kAesGcm) return "-E aes-gcm-16 " + encryption;
  return fmt::format("-E aes-cbc {} -A hmac-sha256 0x{:02x}", encryption, fmt::join(integrity_key_, ""));
}

}  // namespace espy::bench
