#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/provider.h>
#include <openssl/sha.h>

#include <array>
#include <cstring>
#include <string>

#include "bench/bare.h"

namespace espy::bench {

namespace {

using crypto::Layout;
using crypto::Parameters;
using ipsec::Encryption;
using ipsec::Integrity;

std::string cipher_name(const Parameters& parameters) {
  const std::string bits = std::to_string(parameters.encryption_key.size() * 8);
  switch (parameters.encryption) {
    case Encryption::kAesCbc: return "AES-" + bits + "-CBC";
    case Encryption::kAesCtr: return "AES-" + bits + "-CTR";
    case Encryption::kAesGcm: return "AES-" + bits + "-GCM";
    case Encryption::kTripleDesCbc: return "DES-EDE3-CBC";
    case Encryption::kBlowfishCbc: return "BF-CBC";
    case Encryption::kCast128Cbc: return "CAST5-CBC";
    case Encryption::kCamelliaCbc: return "CAMELLIA-" + bits + "-CBC";
    case Encryption::kCamelliaCtr: return "CAMELLIA-" + bits + "-CTR";
    case Encryption::kChaCha20Poly1305: return "ChaCha20-Poly1305";
    default: return {};
  }
}

EVP_CIPHER_CTX* make_context(const Parameters& parameters) {
  static OSSL_PROVIDER* const legacy = OSSL_PROVIDER_load(nullptr, "legacy");
  static OSSL_PROVIDER* const standard = OSSL_PROVIDER_load(nullptr, "default");
  EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, cipher_name(parameters).c_str(), nullptr);
  if (legacy == nullptr || standard == nullptr || cipher == nullptr) return nullptr;
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  unsigned int padding = 0;
  const OSSL_PARAM options[] = {OSSL_PARAM_construct_uint(OSSL_CIPHER_PARAM_PADDING, &padding), OSSL_PARAM_construct_end()};
  const bool sealed = ipsec::facts(parameters.encryption).aead;
  EVP_DecryptInit_ex2(context, cipher, parameters.encryption_key.secret().data(), nullptr, sealed ? nullptr : options);
  EVP_CIPHER_free(cipher);
  return context;
}

// The states after the two padded keys, and the calls from there.
template <class State, auto Init, auto Update, auto Final, std::size_t kBlock, std::size_t kOutput>
class Hmac {
 public:
  explicit Hmac(base::Bytes key) {
    begin(inner_, key, 0x36);
    begin(outer_, key, 0x5c);
  }
  bool verify(base::Bytes header, base::Bytes covered, base::Bytes icv) const {
    std::array<std::uint8_t, kOutput> tag;
    State state = inner_;
    if (!header.empty()) Update(&state, header.data(), header.size());
    Update(&state, covered.data(), covered.size());
    Final(tag.data(), &state);
    state = outer_;
    Update(&state, tag.data(), tag.size());
    Final(tag.data(), &state);
    return std::memcmp(tag.data(), icv.data(), icv.size()) == 0;
  }

 private:
  static void begin(State& state, base::Bytes key, std::uint8_t pad) {
    std::array<std::uint8_t, kBlock> block;
    block.fill(pad);
    for (std::size_t index = 0; index < key.size(); ++index) block[index] = static_cast<std::uint8_t>(block[index] ^ key[index]);
    Init(&state);
    Update(&state, block.data(), block.size());
  }
  State inner_;
  State outer_;
};
using HmacMd5 = Hmac<MD5_CTX, MD5_Init, MD5_Update, MD5_Final, 64, 16>;
using HmacSha1 = Hmac<SHA_CTX, SHA1_Init, SHA1_Update, SHA1_Final, 64, 20>;
using HmacSha256 = Hmac<SHA256_CTX, SHA256_Init, SHA256_Update, SHA256_Final, 64, 32>;
using HmacSha512 = Hmac<SHA512_CTX, SHA512_Init, SHA512_Update, SHA512_Final, 128, 64>;

template <class Mac>
class CipherAndMac final : public BareLoop {
 public:
  CipherAndMac(const Parameters& parameters, EVP_CIPHER_CTX* context)
      : parameters_(parameters), layout_(layout_of(parameters)), mac_(parameters.integrity_key.secret()), context_(context) {
    if (parameters.encryption == Encryption::kAesCtr || parameters.encryption == Encryption::kCamelliaCtr) counter_[15] = 1;
  }
  ~CipherAndMac() override { EVP_CIPHER_CTX_free(context_); }

  std::size_t open(const std::vector<Packet>& packets) override {
    std::size_t good = 0;
    for (const Packet& packet : packets) {
      good += mac_.verify(packet.header, packet.octets.first(packet.octets.size() - (ah_ ? 0 : packet.icv.size())), packet.icv) ? 1U : 0U;
      if (!ah_) decrypt(packet);
    }
    return good;
  }

 private:
  void decrypt(const Packet& packet) {
    const base::Bytes payload = packet.octets.subspan(layout_.payload_offset(), layout_.payload_size(packet.octets.size()));
    if (context_ == nullptr) {
      std::memcpy(packet.plaintext, payload.data(), payload.size());
      return;
    }
    const std::uint8_t* iv = packet.octets.data() + layout_.header_size;
    if (parameters_.encryption == Encryption::kAesCtr || parameters_.encryption == Encryption::kCamelliaCtr) {
      std::memcpy(counter_.data(), parameters_.salt.secret().data(), 4);
      std::memcpy(counter_.data() + 4, iv, 8);
      iv = counter_.data();
    }
    int size = 0;
    EVP_DecryptInit_ex2(context_, nullptr, nullptr, iv, nullptr);
    EVP_DecryptUpdate(context_, packet.plaintext, &size, payload.data(), static_cast<int>(payload.size()));
  }

  Parameters parameters_;
  Layout layout_;
  bool ah_ = parameters_.protocol == ipsec::Protocol::kAh;
  Mac mac_;
  EVP_CIPHER_CTX* context_;
  std::array<std::uint8_t, 16> counter_{};
};

class Sealed final : public BareLoop {
 public:
  Sealed(const Parameters& parameters, EVP_CIPHER_CTX* context) : layout_(layout_of(parameters)), context_(context) {
    std::memcpy(nonce_.data(), parameters.salt.secret().data(), 4);
  }
  ~Sealed() override { EVP_CIPHER_CTX_free(context_); }

  std::size_t open(const std::vector<Packet>& packets) override {
    std::size_t good = 0;
    for (const Packet& packet : packets) good += open(packet) ? 1U : 0U;
    return good;
  }

 private:
  bool open(const Packet& packet) {
    const base::Bytes payload = packet.octets.subspan(layout_.payload_offset(), layout_.payload_size(packet.octets.size()));
    std::memcpy(nonce_.data() + 4, packet.octets.data() + 8, 8);
    const OSSL_PARAM expected[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, const_cast<std::uint8_t*>(packet.icv.data()), packet.icv.size()),
        OSSL_PARAM_construct_end()};
    int size = 0;
    EVP_DecryptInit_ex2(context_, nullptr, nullptr, nonce_.data(), expected);
    EVP_DecryptUpdate(context_, nullptr, &size, packet.octets.data(), 8);
    EVP_DecryptUpdate(context_, packet.plaintext, &size, payload.data(), static_cast<int>(payload.size()));
    return EVP_DecryptFinal_ex(context_, packet.plaintext, &size) == 1;
  }

  Layout layout_;
  EVP_CIPHER_CTX* context_;
  std::array<std::uint8_t, 12> nonce_{};
};

}  // namespace

std::unique_ptr<BareLoop> make_bare_openssl(const Parameters& parameters) {
  const bool plain = parameters.encryption == Encryption::kNull || parameters.encryption == Encryption::kNone;
  EVP_CIPHER_CTX* const context = plain || cipher_name(parameters).empty() ? nullptr : make_context(parameters);
  if (context == nullptr && !plain) return nullptr;
  if (ipsec::facts(parameters.encryption).aead) return std::make_unique<Sealed>(parameters, context);
  switch (parameters.integrity) {
    case Integrity::kHmacMd5: return std::make_unique<CipherAndMac<HmacMd5>>(parameters, context);
    case Integrity::kHmacSha1: return std::make_unique<CipherAndMac<HmacSha1>>(parameters, context);
    case Integrity::kHmacSha256: return std::make_unique<CipherAndMac<HmacSha256>>(parameters, context);
    case Integrity::kHmacSha512: return std::make_unique<CipherAndMac<HmacSha512>>(parameters, context);
    default: EVP_CIPHER_CTX_free(context); return nullptr;
  }
}

}  // namespace espy::bench
