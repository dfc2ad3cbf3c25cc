#include <gcrypt.h>

#include "bench/bare_parts.h"

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

int by_key_size(std::size_t size, int first, int second, int third) { return size == 16 ? first : size == 24 ? second : third; }

int aes(std::size_t size) { return by_key_size(size, GCRY_CIPHER_AES128, GCRY_CIPHER_AES192, GCRY_CIPHER_AES256); }

int camellia(std::size_t size) { return by_key_size(size, GCRY_CIPHER_CAMELLIA128, GCRY_CIPHER_CAMELLIA192, GCRY_CIPHER_CAMELLIA256); }

Cipher cipher_of(Encryption encryption, std::size_t key_size) {
  switch (encryption) {
    case Encryption::kAesCbc: return {aes(key_size), GCRY_CIPHER_MODE_CBC};
    case Encryption::kAesCtr: return {aes(key_size), GCRY_CIPHER_MODE_CTR};
    case Encryption::kAesGcm:
    case Encryption::kAesGcmIiv:
    case Encryption::kAesGmac: return {aes(key_size), GCRY_CIPHER_MODE_GCM};
    case Encryption::kAesCcm:
    case Encryption::kAesCcmIiv: return {aes(key_size), GCRY_CIPHER_MODE_CCM};
    case Encryption::kDesCbc:
    case Encryption::kDesDeriv:
    case Encryption::kDes32Iv: return {GCRY_CIPHER_DES, GCRY_CIPHER_MODE_CBC};
    case Encryption::kTripleDesCbc:
    case Encryption::kTripleDesDeriv: return {GCRY_CIPHER_3DES, GCRY_CIPHER_MODE_CBC};
    case Encryption::kBlowfishCbc: return {GCRY_CIPHER_BLOWFISH, GCRY_CIPHER_MODE_CBC};
    case Encryption::kCast128Cbc: return {GCRY_CIPHER_CAST5, GCRY_CIPHER_MODE_CBC};
    case Encryption::kCamelliaCbc: return {camellia(key_size), GCRY_CIPHER_MODE_CBC};
    case Encryption::kCamelliaCtr: return {camellia(key_size), GCRY_CIPHER_MODE_CTR};
    case Encryption::kCamelliaCcm: return {camellia(key_size), GCRY_CIPHER_MODE_CCM};
    case Encryption::kTwofishCbc: return {key_size == 16 ? GCRY_CIPHER_TWOFISH128 : GCRY_CIPHER_TWOFISH, GCRY_CIPHER_MODE_CBC};
    case Encryption::kSerpentCbc:
      return {by_key_size(key_size, GCRY_CIPHER_SERPENT128, GCRY_CIPHER_SERPENT192, GCRY_CIPHER_SERPENT256), GCRY_CIPHER_MODE_CBC};
    case Encryption::kChaCha20Poly1305:
    case Encryption::kChaCha20Poly1305Iiv: return {GCRY_CIPHER_CHACHA20, GCRY_CIPHER_MODE_POLY1305};
    default: return {};
  }
}

int hash_of(Integrity integrity) {
  switch (integrity) {
    case Integrity::kHmacMd5:
    case Integrity::kKeyedMd5: return GCRY_MD_MD5;
    case Integrity::kHmacSha1:
    case Integrity::kKeyedSha1: return GCRY_MD_SHA1;
    case Integrity::kHmacSha256: return GCRY_MD_SHA256;
    case Integrity::kHmacSha384: return GCRY_MD_SHA384;
    case Integrity::kHmacSha512: return GCRY_MD_SHA512;
    case Integrity::kHmacRipemd160: return GCRY_MD_RMD160;
    case Integrity::kHmacSm3: return GCRY_MD_SM3;
    default: return 0;
  }
}

struct CloseCipher {
  void operator()(gcry_cipher_hd_t handle) const { gcry_cipher_close(handle); }
};
using Handle = std::unique_ptr<gcry_cipher_handle, CloseCipher>;

Handle open_cipher(Cipher cipher, base::Bytes key, unsigned flags = 0) {
  gcry_cipher_hd_t handle = nullptr;
  if (cipher.algorithm == 0 || gcry_cipher_open(&handle, cipher.algorithm, cipher.mode, flags) != 0) return nullptr;
  if (!key.empty()) gcry_cipher_setkey(handle, key.data(), key.size());
  return Handle(handle);
}

template <class Write>
void write_all(const Covered& covered, Write write) {
  if (!covered.header.empty()) write(covered.header);
  write(covered.octets);
  if (!covered.high_half.empty()) write(covered.high_half);
}

class Hmac {
 public:
  explicit Hmac(const Parameters& parameters) : hash_(hash_of(parameters.integrity)) {
    const base::Bytes key = parameters.integrity_key.secret();
    gcry_md_open(&digest_, hash_, GCRY_MD_FLAG_HMAC);
    gcry_md_setkey(digest_, key.data(), key.size());
  }
  Hmac(const Hmac&) = delete;
  ~Hmac() { gcry_md_close(digest_); }
  bool verify(const Covered& covered, base::Bytes icv) {
    gcry_md_reset(digest_);
    write_all(covered, [this](base::Bytes part) { gcry_md_write(digest_, part.data(), part.size()); });
    return is_equal(gcry_md_read(digest_, hash_), icv);
  }

 private:
  int hash_;
  gcry_md_hd_t digest_ = nullptr;
};

class KeyedHash {
 public:
  explicit KeyedHash(const Parameters& parameters)
      : hash_(hash_of(parameters.integrity)),
        filled_(fill_key(parameters.integrity_key.secret(), parameters.integrity)),
        key_(parameters.integrity_key) {
    gcry_md_open(&digest_, hash_, 0);
  }
  KeyedHash(const KeyedHash&) = delete;
  ~KeyedHash() { gcry_md_close(digest_); }
  bool verify(const Covered& covered, base::Bytes icv) {
    gcry_md_reset(digest_);
    gcry_md_write(digest_, filled_.data(), filled_.size());
    write_all(covered, [this](base::Bytes part) { gcry_md_write(digest_, part.data(), part.size()); });
    gcry_md_write(digest_, key_.secret().data(), key_.size());
    return is_equal(gcry_md_read(digest_, hash_), icv);
  }

 private:
  int hash_;
  std::array<std::uint8_t, 64> filled_;
  ipsec::Key key_;
  gcry_md_hd_t digest_ = nullptr;
};

class Cmac {
 public:
  explicit Cmac(const Parameters& parameters) {
    gcry_mac_open(&mac_, GCRY_MAC_CMAC_AES, 0, nullptr);
    gcry_mac_setkey(mac_, parameters.integrity_key.secret().data(), parameters.integrity_key.size());
  }
  Cmac(const Cmac&) = delete;
  ~Cmac() { gcry_mac_close(mac_); }
  bool verify(const Covered& covered, base::Bytes icv) {
    gcry_mac_reset(mac_);
    write_all(covered, [this](base::Bytes part) { gcry_mac_write(mac_, part.data(), part.size()); });
    std::array<std::uint8_t, 16> tag;
    std::size_t size = tag.size();
    gcry_mac_read(mac_, tag.data(), &size);
    return is_equal(tag.data(), icv);
  }

 private:
  gcry_mac_hd_t mac_ = nullptr;
};

// The library keeps only the last block of a CBC-MAC.
class Chain {
 public:
  Chain() = default;
  explicit Chain(base::Bytes key) { set_key(key); }
  void set_key(base::Bytes key) { gcry_cipher_setkey(handle_.get(), key.data(), key.size()); }
  void start() { gcry_cipher_setiv(handle_.get(), nullptr, 0); }
  void encrypt(base::Bytes blocks, std::uint8_t* out) { gcry_cipher_encrypt(handle_.get(), out, 16, blocks.data(), blocks.size()); }

 private:
  Handle handle_ = open_cipher({GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_CBC}, {}, GCRY_CIPHER_CBC_MAC);
};

template <class Mac>
class CipherAndMac final : public BareLoop {
 public:
  CipherAndMac(const Parameters& parameters, Handle handle)
      : layout_(layout_of(parameters)),
        counter_(is_counter(parameters.encryption)),
        iv_size_(ipsec::facts(parameters.encryption).block_size),
        coverage_(parameters),
        mac_(parameters),
        handle_(std::move(handle)),
        nonce_(parameters) {}

  std::size_t open(const std::vector<Packet>& packets) override {
    std::size_t good = 0;
    for (const Packet& packet : packets) {
      good += mac_.verify(coverage_.of(packet), packet.icv) ? 1U : 0U;
      if (handle_ != nullptr) decrypt(packet);
    }
    return good;
  }

 private:
  void decrypt(const Packet& packet) {
    const base::Bytes payload = packet.octets.subspan(layout_.payload_offset(), layout_.payload_size(packet.octets.size()));
    const std::uint8_t* const iv = nonce_.of(packet.octets);
    if (counter_) {
      gcry_cipher_setctr(handle_.get(), iv, 16);
    } else {
      gcry_cipher_setiv(handle_.get(), iv, iv_size_);
    }
    gcry_cipher_decrypt(handle_.get(), packet.plaintext, payload.size(), payload.data(), payload.size());
  }

  Layout layout_;
  bool counter_;
  std::size_t iv_size_;
  Coverage coverage_;
  Mac mac_;
  Handle handle_;
  Nonce nonce_;
};

class Sealed final : public BareLoop {
 public:
  Sealed(const Parameters& parameters, Handle handle)
      : layout_(layout_of(parameters)),
        ccm_(is_ccm(parameters.encryption)),
        handle_(std::move(handle)),
        nonce_(parameters),
        associated_(parameters.esn) {}

  std::size_t open(const std::vector<Packet>& packets) override {
    std::size_t good = 0;
    for (const Packet& packet : packets) good += open(packet) ? 1U : 0U;
    return good;
  }

 private:
  bool open(const Packet& packet) {
    const base::Bytes payload = packet.octets.subspan(layout_.payload_offset(), layout_.payload_size(packet.octets.size()));
    const base::Bytes associated = associated_.of(packet.octets);
    gcry_cipher_setiv(handle_.get(), nonce_.of(packet.octets), ccm_ ? 11 : 12);
    std::uint64_t lengths[] = {payload.size(), associated.size(), packet.icv.size()};
    if (ccm_) gcry_cipher_ctl(handle_.get(), GCRYCTL_SET_CCM_LENGTHS, lengths, sizeof lengths);
    gcry_cipher_authenticate(handle_.get(), associated.data(), associated.size());
    gcry_cipher_decrypt(handle_.get(), packet.plaintext, payload.size(), payload.data(), payload.size());
    std::array<std::uint8_t, 16> tag;
    gcry_cipher_gettag(handle_.get(), tag.data(), ccm_ ? packet.icv.size() : tag.size());
    return is_equal(tag.data(), packet.icv);
  }

  Layout layout_;
  bool ccm_;
  Handle handle_;
  Nonce nonce_;
  Associated associated_;
};

class Gmac {
 public:
  explicit Gmac(base::Bytes key) : handle_(open_cipher(cipher_of(Encryption::kAesGmac, key.size()), key)) {}
  void start(const std::uint8_t* nonce, base::Bytes) { gcry_cipher_setiv(handle_.get(), nonce, 12); }
  void add(base::Bytes octets) { gcry_cipher_authenticate(handle_.get(), octets.data(), octets.size()); }
  bool finish(base::Bytes icv) {
    std::array<std::uint8_t, 16> tag;
    gcry_cipher_gettag(handle_.get(), tag.data(), tag.size());
    return is_equal(tag.data(), icv);
  }

 private:
  Handle handle_;
};

template <class Mac>
std::unique_ptr<BareLoop> make_loop(const Parameters& parameters, Handle handle) {
  return std::make_unique<CipherAndMac<Mac>>(parameters, std::move(handle));
}

}  // namespace

std::unique_ptr<BareLoop> make_bare_libgcrypt(const Parameters& parameters) {
  if (is_gmac(parameters)) return std::make_unique<GmacLoop<Gmac>>(parameters, gmac_key(parameters).secret());
  const ipsec::Key& key = parameters.encryption_key;
  Handle handle = open_cipher(cipher_of(parameters.encryption, key.size()), key.secret());
  if (!handle && !is_plain(parameters.encryption)) return nullptr;
  if (ipsec::facts(parameters.encryption).aead) return std::make_unique<Sealed>(parameters, std::move(handle));
  switch (parameters.integrity) {
    case Integrity::kNone: return make_loop<NoMac>(parameters, std::move(handle));
    case Integrity::kAesCmac: return make_loop<Cmac>(parameters, std::move(handle));
    case Integrity::kAesXcbc: return make_loop<ChainMac<Chain>>(parameters, std::move(handle));
    case Integrity::kKeyedMd5:
    case Integrity::kKeyedSha1: return make_loop<KeyedHash>(parameters, std::move(handle));
    default: return hash_of(parameters.integrity) == 0 ? nullptr : make_loop<Hmac>(parameters, std::move(handle));
  }
}

}  // namespace espy::bench
