// libgcrypt's integrity functions, and AES-CBC for the one that espy builds on it.
#include <gcrypt.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "crypto/block_mac.h"
#include "crypto/keyed_hash.h"
#include "crypto/libgcrypt_primitives.h"

namespace espy::crypto {

namespace {

using I = ipsec::Integrity;

constexpr std::uint8_t kZeroBlock[kMostBlockSize] = {};

struct CloseHash {
  void operator()(gcry_md_handle* handle) const { gcry_md_close(handle); }
};
using HashHandle = std::unique_ptr<gcry_md_handle, CloseHash>;

struct CloseMac {
  void operator()(gcry_mac_handle* handle) const { gcry_mac_close(handle); }
};
using MacHandle = std::unique_ptr<gcry_mac_handle, CloseMac>;

HashHandle open_hash(int algorithm, unsigned flags) {
  gcry_md_hd_t opened = nullptr;
  return gcry_md_open(&opened, algorithm, flags) == 0 ? HashHandle(opened) : nullptr;
}

void add(gcry_md_hd_t handle, base::Bytes octets) {
  if (!octets.empty()) gcry_md_write(handle, octets.data(), octets.size());
}

bool read_hash(gcry_md_hd_t handle, int algorithm, Tag& tag) {
  const unsigned char* const output = gcry_md_read(handle, algorithm);
  if (output == nullptr) return false;
  std::copy_n(output, std::min<std::size_t>(gcry_md_get_algo_dlen(algorithm), tag.size()), tag.begin());
  return true;
}

class LibgcryptHmac final : public Mac {
 public:
  LibgcryptHmac(HashHandle handle, int algorithm) : handle_(std::move(handle)), algorithm_(algorithm) {}

  static std::unique_ptr<Mac> make(int algorithm, base::Bytes key) {
    HashHandle handle = open_hash(algorithm, GCRY_MD_FLAG_HMAC);
    if (!handle || gcry_md_setkey(handle.get(), key.data(), key.size()) != 0) return nullptr;
    return std::make_unique<LibgcryptHmac>(std::move(handle), algorithm);
  }

  bool compute(base::Bytes, std::span<const base::Bytes> parts, Tag& tag) noexcept override {
    gcry_md_reset(handle_.get());
    for (const base::Bytes part : parts) add(handle_.get(), part);
    return read_hash(handle_.get(), algorithm_, tag);
  }

 private:
  HashHandle handle_;
  int algorithm_;
};

// RFC 1828 and 1852.
class LibgcryptKeyedHash final : public Mac {
 public:
  LibgcryptKeyedHash(HashHandle handle, int algorithm, ipsec::Key filled, ipsec::Key key)
      : handle_(std::move(handle)), algorithm_(algorithm), filled_(std::move(filled)), key_(std::move(key)) {}

  static std::unique_ptr<Mac> make(int algorithm, LengthOrder order, const ipsec::Key& key) {
    HashHandle handle = open_hash(algorithm, 0);
    return handle ? std::make_unique<LibgcryptKeyedHash>(std::move(handle), algorithm, filled_key(key.secret(), order), key) : nullptr;
  }

  bool compute(base::Bytes, std::span<const base::Bytes> parts, Tag& tag) noexcept override {
    gcry_md_reset(handle_.get());
    add(handle_.get(), filled_.secret());
    for (const base::Bytes part : parts) add(handle_.get(), part);
    add(handle_.get(), key_.secret());
    return read_hash(handle_.get(), algorithm_, tag);
  }

 private:
  HashHandle handle_;
  int algorithm_;
  ipsec::Key filled_;
  ipsec::Key key_;
};

class LibgcryptCmac final : public Mac {
 public:
  explicit LibgcryptCmac(MacHandle handle) : handle_(std::move(handle)) {}

  static std::unique_ptr<Mac> make(base::Bytes key) {
    gcry_mac_hd_t opened = nullptr;
    if (key.size() != kMostBlockSize || gcry_mac_open(&opened, GCRY_MAC_CMAC_AES, 0, nullptr) != 0) return nullptr;
    MacHandle handle(opened);
    return gcry_mac_setkey(opened, key.data(), key.size()) == 0 ? std::make_unique<LibgcryptCmac>(std::move(handle)) : nullptr;
  }

  bool compute(base::Bytes, std::span<const base::Bytes> parts, Tag& tag) noexcept override {
    gcry_mac_reset(handle_.get());
    for (const base::Bytes part : parts) {
      if (!part.empty() && gcry_mac_write(handle_.get(), part.data(), part.size()) != 0) return false;
    }
    std::size_t size = tag.size();
    return gcry_mac_read(handle_.get(), tag.data(), &size) == 0;
  }

 private:
  MacHandle handle_;
};

class LibgcryptBlockChain final : public BlockChain {
 public:
  explicit LibgcryptBlockChain(CipherHandle handle) : handle_(std::move(handle)) {}

  static std::unique_ptr<BlockChain> make(base::Bytes key) {
    CipherHandle handle = make_libgcrypt_handle(ipsec::Encryption::kAesCbc, key);
    return handle ? std::make_unique<LibgcryptBlockChain>(std::move(handle)) : nullptr;
  }

  bool start() noexcept override { return gcry_cipher_setiv(handle_.get(), kZeroBlock, sizeof kZeroBlock) == 0; }
  bool encrypt(base::Bytes blocks, std::uint8_t* out) noexcept override {
    return gcry_cipher_encrypt(handle_.get(), out, blocks.size(), blocks.data(), blocks.size()) == 0;
  }

 private:
  CipherHandle handle_;
};

std::optional<int> hmac_algorithm(I integrity) {
  switch (integrity) {
    case I::kHmacMd5: return GCRY_MD_MD5;
    case I::kHmacSha1: return GCRY_MD_SHA1;
    case I::kHmacSha256: return GCRY_MD_SHA256;
    case I::kHmacSha384: return GCRY_MD_SHA384;
    case I::kHmacSha512: return GCRY_MD_SHA512;
    case I::kHmacRipemd160: return GCRY_MD_RMD160;
    case I::kHmacSm3: return GCRY_MD_SM3;
    default: return std::nullopt;
  }
}

std::unique_ptr<Mac> make_mac(const Parameters& parameters) {
  const base::Bytes key = parameters.integrity_key.secret();
  switch (parameters.integrity) {
    case I::kAesXcbc: return BlockMac::make_xcbc(key, LibgcryptBlockChain::make);
    case I::kAesCmac: return LibgcryptCmac::make(key);
    case I::kAesGmac: return make_libgcrypt_gmac(parameters.integrity_key);
    case I::kKeyedMd5: return LibgcryptKeyedHash::make(GCRY_MD_MD5, LengthOrder::kLittleEndian, parameters.integrity_key);
    case I::kKeyedSha1: return LibgcryptKeyedHash::make(GCRY_MD_SHA1, LengthOrder::kBigEndian, parameters.integrity_key);
    default: break;
  }
  const std::optional<int> algorithm = hmac_algorithm(parameters.integrity);
  return algorithm ? LibgcryptHmac::make(*algorithm, key) : nullptr;
}

bool needs_no_mac(I integrity) { return integrity == I::kNone || integrity == I::kAny; }

}  // namespace

bool has_libgcrypt_mac(I integrity) { return integrity != I::kUnknown && integrity != I::kTcpMd5; }

bool make_libgcrypt_mac(const Parameters& parameters, Primitives& primitives) {
  if (needs_no_mac(parameters.integrity)) return true;
  primitives.mac = make_mac(parameters);
  return primitives.mac != nullptr;
}

}  // namespace espy::crypto
