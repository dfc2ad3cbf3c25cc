// HMAC (RFC 2104) and the keyed hashes of RFC 1828 and 1852 over OpenSSL's hash functions.
//
// The states of a hash after the key are plain values that every packet starts from a copy of. EVP allocates with each such copy and takes
// twice the time for a packet of 64 octets, which is why the older interface of OpenSSL is used here.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/ripemd.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <vector>

#include "crypto/keyed_hash.h"
#include "crypto/openssl_primitives.h"

namespace espy::crypto {

namespace {

using I = ipsec::Integrity;

// A hash function: its state, the sizes of its blocks and its output, and its three calls.
template <class StateType, auto Init, auto Update, auto Final, std::size_t kBlock, std::size_t kOutput>
struct Hash {
  using State = StateType;
  static constexpr std::size_t kBlockSize = kBlock;
  static constexpr std::size_t kOutputSize = kOutput;
  static void start(State& state) { Init(&state); }
  static void add(State& state, base::Bytes octets) { Update(&state, octets.data(), octets.size()); }
  static void finish(State& state, std::uint8_t* out) { Final(out, &state); }
};
using Md5 = Hash<MD5_CTX, MD5_Init, MD5_Update, MD5_Final, 64, 16>;
using Sha1 = Hash<SHA_CTX, SHA1_Init, SHA1_Update, SHA1_Final, 64, 20>;
using Sha256 = Hash<SHA256_CTX, SHA256_Init, SHA256_Update, SHA256_Final, 64, 32>;
using Sha384 = Hash<SHA512_CTX, SHA384_Init, SHA384_Update, SHA384_Final, 128, 48>;
using Sha512 = Hash<SHA512_CTX, SHA512_Init, SHA512_Update, SHA512_Final, 128, 64>;
using Ripemd160 = Hash<RIPEMD160_CTX, RIPEMD160_Init, RIPEMD160_Update, RIPEMD160_Final, 64, 20>;

template <class H>
class Hmac final : public Mac {
 public:
  explicit Hmac(base::Bytes key) {
    Block block{};
    if (key.size() > block.size()) {
      typename H::State state;
      H::start(state);
      H::add(state, key);
      H::finish(state, block.data());
      OPENSSL_cleanse(&state, sizeof state);
    } else {
      std::ranges::copy(key, block.begin());
    }
    begin(inner_, block, 0x36);
    begin(outer_, block, 0x5c);
    OPENSSL_cleanse(block.data(), block.size());
  }
  ~Hmac() override {
    OPENSSL_cleanse(&inner_, sizeof inner_);
    OPENSSL_cleanse(&outer_, sizeof outer_);
  }

  bool compute(base::Bytes, std::span<const base::Bytes> parts, Tag& tag) noexcept override {
    typename H::State state = inner_;
    for (const base::Bytes part : parts) H::add(state, part);
    H::finish(state, tag.data());
    state = outer_;
    H::add(state, base::Bytes(tag).first(H::kOutputSize));
    H::finish(state, tag.data());
    return true;
  }

 private:
  using Block = std::array<std::uint8_t, H::kBlockSize>;

  static void begin(typename H::State& state, const Block& key, std::uint8_t pad) {
    Block block = key;
    for (std::uint8_t& octet : block) octet = static_cast<std::uint8_t>(octet ^ pad);
    H::start(state);
    H::add(state, block);
    OPENSSL_cleanse(block.data(), block.size());
  }

  typename H::State inner_;
  typename H::State outer_;
};

template <class H>
class KeyedHash final : public Mac {
 public:
  KeyedHash(base::Bytes key, LengthOrder order) : key_(std::vector<std::uint8_t>(key.begin(), key.end())) {
    const ipsec::Key filled = filled_key(key, order);
    H::start(keyed_);
    H::add(keyed_, filled.secret());
  }
  ~KeyedHash() override { OPENSSL_cleanse(&keyed_, sizeof keyed_); }

  bool compute(base::Bytes, std::span<const base::Bytes> parts, Tag& tag) noexcept override {
    typename H::State state = keyed_;
    for (const base::Bytes part : parts) H::add(state, part);
    H::add(state, key_.secret());
    H::finish(state, tag.data());
    return true;
  }

 private:
  typename H::State keyed_;
  ipsec::Key key_;
};

}  // namespace

std::unique_ptr<Mac> make_openssl_hash_mac(ipsec::Integrity integrity, base::Bytes key) {
  switch (integrity) {
    case I::kHmacMd5: return std::make_unique<Hmac<Md5>>(key);
    case I::kHmacSha1: return std::make_unique<Hmac<Sha1>>(key);
    case I::kHmacSha256: return std::make_unique<Hmac<Sha256>>(key);
    case I::kHmacSha384: return std::make_unique<Hmac<Sha384>>(key);
    case I::kHmacSha512: return std::make_unique<Hmac<Sha512>>(key);
    case I::kHmacRipemd160: return std::make_unique<Hmac<Ripemd160>>(key);
    case I::kKeyedMd5: return std::make_unique<KeyedHash<Md5>>(key, LengthOrder::kLittleEndian);
    case I::kKeyedSha1: return std::make_unique<KeyedHash<Sha1>>(key, LengthOrder::kBigEndian);
    default: return nullptr;
  }
}

}  // namespace espy::crypto
