#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/provider.h>
#include <openssl/ripemd.h>
#include <openssl/sha.h>

#include <string>

#include "bench/bare_parts.h"

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
    case Encryption::kAesGcm:
    case Encryption::kAesGcmIiv:
    case Encryption::kAesGmac: return "AES-" + bits + "-GCM";
    case Encryption::kAesCcm:
    case Encryption::kAesCcmIiv: return "AES-" + bits + "-CCM";
    case Encryption::kDesCbc:
    case Encryption::kDesDeriv:
    case Encryption::kDes32Iv: return "DES-CBC";
    case Encryption::kTripleDesCbc:
    case Encryption::kTripleDesDeriv: return "DES-EDE3-CBC";
    case Encryption::kBlowfishCbc: return "BF-CBC";
    case Encryption::kCast128Cbc: return "CAST5-CBC";
    case Encryption::kCamelliaCbc: return "CAMELLIA-" + bits + "-CBC";
    case Encryption::kCamelliaCtr: return "CAMELLIA-" + bits + "-CTR";
    case Encryption::kChaCha20Poly1305:
    case Encryption::kChaCha20Poly1305Iiv: return "ChaCha20-Poly1305";
    default: return {};
  }
}

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

Context make_context(const std::string& name) {
  static OSSL_PROVIDER* const legacy = OSSL_PROVIDER_load(nullptr, "legacy");
  static OSSL_PROVIDER* const standard = OSSL_PROVIDER_load(nullptr, "default");
  EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, name.c_str(), nullptr);
  if (legacy == nullptr || standard == nullptr || cipher == nullptr) return nullptr;
  Context context(EVP_CIPHER_CTX_new());
  EVP_CipherInit_ex2(context.get(), cipher, nullptr, nullptr, 0, nullptr);
  EVP_CIPHER_free(cipher);
  return context;
}

// With EVP_CIPHER_CTX_set_padding() instead OpenSSL would set it again for every packet.
struct Unpadded {
  unsigned int padding = 0;
  OSSL_PARAM options[2] = {OSSL_PARAM_construct_uint(OSSL_CIPHER_PARAM_PADDING, &padding), OSSL_PARAM_construct_end()};
};

Context make_context(const Parameters& parameters) {
  Context context = make_context(cipher_name(parameters));
  if (!context) return nullptr;
  if (is_ccm(parameters.encryption)) {
    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_IVLEN, 11, nullptr);
    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, parameters.icv_size, nullptr);
  }
  const bool sealed = ipsec::facts(parameters.encryption).aead;
  const Unpadded unpadded;
  EVP_DecryptInit_ex2(context.get(), nullptr, parameters.encryption_key.secret().data(), nullptr, sealed ? nullptr : unpadded.options);
  return context;
}

int length(base::Bytes octets) { return static_cast<int>(octets.size()); }

template <class StateType, auto Init, auto Update, auto Final, std::size_t kBlock, std::size_t kOutput>
struct Hash {
  using State = StateType;
  using Block = std::array<std::uint8_t, kBlock>;
  using Output = std::array<std::uint8_t, kOutput>;
  static void start(State& state) { Init(&state); }
  static void add(State& state, base::Bytes octets) { Update(&state, octets.data(), octets.size()); }
  static void add(State& state, const Covered& covered) {
    if (!covered.header.empty()) add(state, covered.header);
    add(state, covered.octets);
    if (!covered.high_half.empty()) add(state, covered.high_half);
  }
  static void finish(State& state, Output& output) { Final(output.data(), &state); }
};
using Md5 = Hash<MD5_CTX, MD5_Init, MD5_Update, MD5_Final, 64, 16>;
using Sha1 = Hash<SHA_CTX, SHA1_Init, SHA1_Update, SHA1_Final, 64, 20>;
using Sha256 = Hash<SHA256_CTX, SHA256_Init, SHA256_Update, SHA256_Final, 64, 32>;
using Sha384 = Hash<SHA512_CTX, SHA384_Init, SHA384_Update, SHA384_Final, 128, 48>;
using Sha512 = Hash<SHA512_CTX, SHA512_Init, SHA512_Update, SHA512_Final, 128, 64>;
using Ripemd160 = Hash<RIPEMD160_CTX, RIPEMD160_Init, RIPEMD160_Update, RIPEMD160_Final, 64, 20>;

// The states after the two padded keys, and the calls from there.
template <class H>
class Hmac {
 public:
  explicit Hmac(const Parameters& parameters) {
    begin(inner_, parameters.integrity_key.secret(), 0x36);
    begin(outer_, parameters.integrity_key.secret(), 0x5c);
  }
  bool verify(const Covered& covered, base::Bytes icv) const {
    typename H::Output tag;
    typename H::State state = inner_;
    H::add(state, covered);
    H::finish(state, tag);
    state = outer_;
    H::add(state, tag);
    H::finish(state, tag);
    return is_equal(tag.data(), icv);
  }

 private:
  static void begin(typename H::State& state, base::Bytes key, std::uint8_t pad) {
    typename H::Block block;
    block.fill(pad);
    for (std::size_t index = 0; index < key.size(); ++index) block[index] = static_cast<std::uint8_t>(block[index] ^ key[index]);
    H::start(state);
    H::add(state, block);
  }
  typename H::State inner_;
  typename H::State outer_;
};

template <class H>
class KeyedHash {
 public:
  explicit KeyedHash(const Parameters& parameters) : key_(parameters.integrity_key) {
    H::start(keyed_);
    H::add(keyed_, fill_key(key_.secret(), parameters.integrity));
  }
  bool verify(const Covered& covered, base::Bytes icv) const {
    typename H::Output tag;
    typename H::State state = keyed_;
    H::add(state, covered);
    H::add(state, key_.secret());
    H::finish(state, tag);
    return is_equal(tag.data(), icv);
  }

 private:
  typename H::State keyed_;
  ipsec::Key key_;
};

class Chain {
 public:
  Chain() = default;
  explicit Chain(base::Bytes key) { set_key(key); }
  void set_key(base::Bytes key) {
    const Unpadded unpadded;
    EVP_EncryptInit_ex2(context_.get(), nullptr, key.data(), nullptr, unpadded.options);
  }
  void start() {
    static constexpr std::uint8_t zero[16] = {};
    EVP_EncryptInit_ex2(context_.get(), nullptr, nullptr, zero, nullptr);
  }
  void encrypt(base::Bytes blocks, std::uint8_t* out) {
    int size = 0;
    EVP_EncryptUpdate(context_.get(), out, &size, blocks.data(), length(blocks));
  }

 private:
  Context context_ = make_context("AES-128-CBC");
};

template <class Mac>
class CipherAndMac final : public BareLoop {
 public:
  CipherAndMac(const Parameters& parameters, Context context)
      : layout_(layout_of(parameters)), coverage_(parameters), mac_(parameters), context_(std::move(context)), nonce_(parameters) {}

  std::size_t open(const std::vector<Packet>& packets) override {
    std::size_t good = 0;
    for (const Packet& packet : packets) {
      good += mac_.verify(coverage_.of(packet), packet.icv) ? 1U : 0U;
      if (context_ != nullptr) decrypt(packet);
    }
    return good;
  }

 private:
  void decrypt(const Packet& packet) {
    const base::Bytes payload = packet.octets.subspan(layout_.payload_offset(), layout_.payload_size(packet.octets.size()));
    int size = 0;
    EVP_DecryptInit_ex2(context_.get(), nullptr, nullptr, nonce_.of(packet.octets), nullptr);
    EVP_DecryptUpdate(context_.get(), packet.plaintext, &size, payload.data(), length(payload));
  }

  Layout layout_;
  Coverage coverage_;
  Mac mac_;
  Context context_;
  Nonce nonce_;
};

// The calls of one packet of an AEAD: the tag to compare with goes in with the IV.
void start(EVP_CIPHER_CTX* context, const std::uint8_t* nonce, base::Bytes tag) {
  const OSSL_PARAM expected[] = {
      OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, const_cast<std::uint8_t*>(tag.data()), tag.size()),
      OSSL_PARAM_construct_end()};
  EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce, expected);
}

void add(EVP_CIPHER_CTX* context, base::Bytes associated) {
  int size = 0;
  EVP_DecryptUpdate(context, nullptr, &size, associated.data(), length(associated));
}

class Sealed final : public BareLoop {
 public:
  Sealed(const Parameters& parameters, Context context)
      : layout_(layout_of(parameters)),
        ccm_(is_ccm(parameters.encryption)),
        context_(std::move(context)),
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
    int size = 0;
    start(context_.get(), nonce_.of(packet.octets), packet.icv);
    if (ccm_) EVP_DecryptUpdate(context_.get(), nullptr, &size, nullptr, length(payload));
    add(context_.get(), associated_.of(packet.octets));
    const int good = EVP_DecryptUpdate(context_.get(), packet.plaintext, &size, payload.data(), length(payload));
    return (ccm_ ? good : EVP_DecryptFinal_ex(context_.get(), packet.plaintext, &size)) == 1;
  }

  Layout layout_;
  bool ccm_;
  Context context_;
  Nonce nonce_;
  Associated associated_;
};

class Gmac {
 public:
  explicit Gmac(Context context) : context_(std::move(context)) {}
  void start(const std::uint8_t* nonce, base::Bytes icv) { bench::start(context_.get(), nonce, icv); }
  void add(base::Bytes octets) { bench::add(context_.get(), octets); }
  bool finish(base::Bytes) {
    int size = 0;
    std::uint8_t nothing = 0;
    return EVP_DecryptFinal_ex(context_.get(), &nothing, &size) == 1;
  }

 private:
  Context context_;
};

Parameters with_gmac_key(Parameters parameters) {
  parameters.encryption_key = gmac_key(parameters);
  parameters.encryption = Encryption::kAesGmac;
  return parameters;
}

template <class Mac>
std::unique_ptr<BareLoop> make_loop(const Parameters& parameters, Context context) {
  return std::make_unique<CipherAndMac<Mac>>(parameters, std::move(context));
}

}  // namespace

std::unique_ptr<BareLoop> make_bare_openssl(const Parameters& parameters) {
  if (is_gmac(parameters)) return std::make_unique<GmacLoop<Gmac>>(parameters, make_context(with_gmac_key(parameters)));
  const bool plain = is_plain(parameters.encryption);
  Context context = plain ? nullptr : make_context(parameters);
  if (context == nullptr && !plain) return nullptr;
  if (ipsec::facts(parameters.encryption).aead) return std::make_unique<Sealed>(parameters, std::move(context));
  switch (parameters.integrity) {
    case Integrity::kNone: return make_loop<NoMac>(parameters, std::move(context));
    case Integrity::kHmacMd5: return make_loop<Hmac<Md5>>(parameters, std::move(context));
    case Integrity::kHmacSha1: return make_loop<Hmac<Sha1>>(parameters, std::move(context));
    case Integrity::kHmacSha256: return make_loop<Hmac<Sha256>>(parameters, std::move(context));
    case Integrity::kHmacSha384: return make_loop<Hmac<Sha384>>(parameters, std::move(context));
    case Integrity::kHmacSha512: return make_loop<Hmac<Sha512>>(parameters, std::move(context));
    case Integrity::kHmacRipemd160: return make_loop<Hmac<Ripemd160>>(parameters, std::move(context));
    case Integrity::kKeyedMd5: return make_loop<KeyedHash<Md5>>(parameters, std::move(context));
    case Integrity::kKeyedSha1: return make_loop<KeyedHash<Sha1>>(parameters, std::move(context));
    case Integrity::kAesXcbc:
    case Integrity::kAesCmac: return make_loop<ChainMac<Chain>>(parameters, std::move(context));
    default: return nullptr;
  }
}

}  // namespace espy::bench
