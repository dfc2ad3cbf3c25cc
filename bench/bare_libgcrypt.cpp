#include <gcrypt.h>

#include <array>
#include <cstring>

#include "bench/bare.h"

namespace espy::bench {

namespace {

using crypto::Layout;
using crypto::Parameters;
using ipsec::Encryption;
using ipsec::Integrity;

struct Cipher {
  int algorithm = 0;
  int mode = 0;
};

int aes(std::size_t key_size) { return key_size == 16 ? GCRY_CIPHER_AES128 : key_size == 24 ? GCRY_CIPHER_AES192 : GCRY_CIPHER_AES256; }

Cipher cipher_of(const Parameters& parameters) {
  const std::size_t key_size = parameters.encryption_key.size();
  switch (parameters.encryption) {
    case Encryption::kAesCbc: return {aes(key_size), GCRY_CIPHER_MODE_CBC};
    case Encryption::kAesCtr: return {aes(key_size), GCRY_CIPHER_MODE_CTR};
    case Encryption::kAesGcm: return {aes(key_size), GCRY_CIPHER_MODE_GCM};
    case Encryption::kTripleDesCbc: return {GCRY_CIPHER_3DES, GCRY_CIPHER_MODE_CBC};
    case Encryption::kBlowfishCbc: return {GCRY_CIPHER_BLOWFISH, GCRY_CIPHER_MODE_CBC};
    case Encryption::kCast128Cbc: return {GCRY_CIPHER_CAST5, GCRY_CIPHER_MODE_CBC};
    case Encryption::kCamelliaCbc: return {GCRY_CIPHER_CAMELLIA256, GCRY_CIPHER_MODE_CBC};
    case Encryption::kCamelliaCtr: return {GCRY_CIPHER_CAMELLIA256, GCRY_CIPHER_MODE_CTR};
    case Encryption::kTwofishCbc: return {GCRY_CIPHER_TWOFISH, GCRY_CIPHER_MODE_CBC};
    case Encryption::kSerpentCbc: return {GCRY_CIPHER_SERPENT256, GCRY_CIPHER_MODE_CBC};
    case Encryption::kChaCha20Poly1305: return {GCRY_CIPHER_CHACHA20, GCRY_CIPHER_MODE_POLY1305};
    default: return {};
  }
}

int hash_of(Integrity integrity) {
  switch (integrity) {
    case Integrity::kHmacMd5: return GCRY_MD_MD5;
    case Integrity::kHmacSha1: return GCRY_MD_SHA1;
    case Integrity::kHmacSha256: return GCRY_MD_SHA256;
    case Integrity::kHmacSha512: return GCRY_MD_SHA512;
    default: return 0;
  }
}

class Loop final : public BareLoop {
 public:
  Loop(const Parameters& parameters, Cipher cipher, int hash) : parameters_(parameters), layout_(layout_of(parameters)), hash_(hash) {
    const base::Bytes key = parameters.encryption_key.secret();
    const base::Bytes integrity_key = parameters.integrity_key.secret();
    if (cipher.algorithm != 0) {
      gcry_cipher_open(&cipher_, cipher.algorithm, cipher.mode, 0);
      gcry_cipher_setkey(cipher_, key.data(), key.size());
    }
    if (hash != 0) {
      gcry_md_open(&digest_, hash, GCRY_MD_FLAG_HMAC);
      gcry_md_setkey(digest_, integrity_key.data(), integrity_key.size());
    }
    iv_.back() = 1;
    std::memcpy(iv_.data(), parameters.salt.secret().data(), parameters.salt.size());
  }
  ~Loop() override {
    gcry_cipher_close(cipher_);
    gcry_md_close(digest_);
  }

  std::size_t open(const std::vector<Packet>& packets) override {
    std::size_t good = 0;
    for (const Packet& packet : packets) good += (digest_ != nullptr ? open_by_mac(packet) : open_sealed(packet)) ? 1U : 0U;
    return good;
  }

 private:
  base::Bytes payload_of(const Packet& packet) const {
    return packet.octets.subspan(layout_.payload_offset(), layout_.payload_size(packet.octets.size()));
  }

  bool open_by_mac(const Packet& packet) {
    gcry_md_reset(digest_);
    if (ah_) gcry_md_write(digest_, packet.header.data(), packet.header.size());
    gcry_md_write(digest_, packet.octets.data(), packet.octets.size() - (ah_ ? 0 : packet.icv.size()));
    const bool good = std::memcmp(gcry_md_read(digest_, hash_), packet.icv.data(), packet.icv.size()) == 0;
    if (!ah_) decrypt(packet, payload_of(packet));
    return good;
  }

  void decrypt(const Packet& packet, base::Bytes payload) {
    const std::uint8_t* const iv = packet.octets.data() + layout_.header_size;
    if (cipher_ == nullptr) {
      std::memcpy(packet.plaintext, payload.data(), payload.size());
      return;
    }
    if (parameters_.encryption == Encryption::kAesCtr || parameters_.encryption == Encryption::kCamelliaCtr) {
      std::memcpy(iv_.data() + 4, iv, 8);
      gcry_cipher_setctr(cipher_, iv_.data(), iv_.size());
    } else {
      gcry_cipher_setiv(cipher_, iv, layout_.iv_size);
    }
    gcry_cipher_decrypt(cipher_, packet.plaintext, payload.size(), payload.data(), payload.size());
  }

  bool open_sealed(const Packet& packet) {
    const base::Bytes payload = payload_of(packet);
    std::memcpy(iv_.data() + 4, packet.octets.data() + 8, 8);
    gcry_cipher_setiv(cipher_, iv_.data(), 12);
    gcry_cipher_authenticate(cipher_, packet.octets.data(), 8);
    gcry_cipher_decrypt(cipher_, packet.plaintext, payload.size(), payload.data(), payload.size());
    std::array<std::uint8_t, 16> tag;
    gcry_cipher_gettag(cipher_, tag.data(), tag.size());
    return std::memcmp(tag.data(), packet.icv.data(), packet.icv.size()) == 0;
  }

  Parameters parameters_;
  Layout layout_;
  int hash_;
  bool ah_ = parameters_.protocol == ipsec::Protocol::kAh;
  gcry_cipher_hd_t cipher_ = nullptr;
  gcry_md_hd_t digest_ = nullptr;
  std::array<std::uint8_t, 16> iv_{};
};

}  // namespace

std::unique_ptr<BareLoop> make_bare_libgcrypt(const Parameters& parameters) {
  const bool plain = parameters.encryption == Encryption::kNull || parameters.encryption == Encryption::kNone;
  const Cipher cipher = cipher_of(parameters);
  const int hash = hash_of(parameters.integrity);
  if ((!plain && cipher.algorithm == 0) || (hash == 0) != ipsec::facts(parameters.encryption).aead) return nullptr;
  return std::make_unique<Loop>(parameters, cipher, hash);
}

}  // namespace espy::bench
