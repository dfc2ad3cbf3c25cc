// OpenSSL's GCM, CCM and ChaCha20-Poly1305, and GMAC, which is GCM without a ciphertext.
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/octets.h"
#include "crypto/openssl_library.h"
#include "crypto/openssl_primitives.h"

namespace espy::crypto {

namespace {

using E = ipsec::Encryption;

constexpr std::size_t kGmacTagSize = 16;
constexpr std::size_t kCcmNonceSize = 11;  // RFC 4309 section 4

int length(base::Bytes octets) { return static_cast<int>(octets.size()); }

// The tag to compare with goes in with the IV: one call less than EVP_CTRL_AEAD_SET_TAG.
std::array<OSSL_PARAM, 2> tag_to_expect(base::Bytes tag) {
  return {OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, const_cast<std::uint8_t*>(tag.data()), tag.size()),
          OSSL_PARAM_construct_end()};
}

// GCM and ChaCha20-Poly1305: one pass, and the plaintext is there before the tag is judged.
class OpensslStreamAead final : public Aead {
 public:
  explicit OpensslStreamAead(CipherContext context) : context_(std::move(context)) {}

  bool open(const Sealed& sealed, std::uint8_t* plaintext) noexcept override {
    EVP_CIPHER_CTX* const context = context_.get();
    const auto expected = tag_to_expect(sealed.tag);
    int written = 0;
    return EVP_DecryptInit_ex2(context, nullptr, nullptr, sealed.nonce.data(), expected.data()) == 1 &&
           EVP_DecryptUpdate(context, nullptr, &written, sealed.associated_data.data(), length(sealed.associated_data)) == 1 &&
           EVP_DecryptUpdate(context, plaintext, &written, sealed.ciphertext.data(), length(sealed.ciphertext)) == 1 &&
           EVP_DecryptFinal_ex(context, plaintext, &written) == 1;
  }

 private:
  CipherContext context_;
};

CipherContext make_context(E encryption, base::Bytes key) {
  const EVP_CIPHER* const cipher = OpensslLibrary::instance().find_cipher(encryption, key.size());
  CipherContext context(EVP_CIPHER_CTX_new());
  if (cipher == nullptr || !context || static_cast<std::size_t>(EVP_CIPHER_get_key_length(cipher)) != key.size()) return nullptr;
  return EVP_DecryptInit_ex2(context.get(), cipher, key.data(), nullptr, nullptr) == 1 ? std::move(context) : nullptr;
}

// CCM has its length said first, and wipes the plaintext of a bad tag: that plaintext comes from the counter mode inside CCM.
class OpensslCcm final : public Aead {
 public:
  OpensslCcm(CipherContext context, CipherContext counter) : context_(std::move(context)), counter_(std::move(counter)) {}

  bool open(const Sealed& sealed, std::uint8_t* plaintext) noexcept override {
    return authenticate(sealed, plaintext) || (decrypt(sealed, plaintext), false);
  }

 private:
  bool authenticate(const Sealed& sealed, std::uint8_t* plaintext) noexcept {
    EVP_CIPHER_CTX* const context = context_.get();
    const auto expected = tag_to_expect(sealed.tag);
    int written = 0;
    return EVP_DecryptInit_ex2(context, nullptr, nullptr, sealed.nonce.data(), expected.data()) == 1 &&
           EVP_DecryptUpdate(context, nullptr, &written, nullptr, length(sealed.ciphertext)) == 1 &&
           EVP_DecryptUpdate(context, nullptr, &written, sealed.associated_data.data(), length(sealed.associated_data)) == 1 &&
           EVP_DecryptUpdate(context, plaintext, &written, sealed.ciphertext.data(), length(sealed.ciphertext)) == 1;
  }

  // RFC 3610 section 2.3: flags, nonce and a counter of four octets, of which 1 is the first that meets data.
  void decrypt(const Sealed& sealed, std::uint8_t* plaintext) noexcept {
    std::array<std::uint8_t, kMostBlockSize> block{};
    block[0] = kMostBlockSize - 2 - kCcmNonceSize;
    std::ranges::copy(sealed.nonce, block.begin() + 1);
    block.back() = 1;
    int written = 0;
    if (EVP_DecryptInit_ex2(counter_.get(), nullptr, nullptr, block.data(), nullptr) == 1)
      EVP_DecryptUpdate(counter_.get(), plaintext, &written, sealed.ciphertext.data(), length(sealed.ciphertext));
  }

  CipherContext context_;
  CipherContext counter_;
};

// CCM's formatting of blocks depends on the sizes of nonce and tag, which go in before the key.
CipherContext make_ccm_context(const Parameters& parameters) {
  const base::Bytes key = parameters.encryption_key.secret();
  const EVP_CIPHER* const cipher = OpensslLibrary::instance().find_cipher(E::kAesCcm, key.size());
  CipherContext context(EVP_CIPHER_CTX_new());
  if (cipher == nullptr || !context || EVP_DecryptInit_ex2(context.get(), cipher, nullptr, nullptr, nullptr) != 1) return nullptr;
  if (EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_IVLEN, kCcmNonceSize, nullptr) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, parameters.icv_size, nullptr) != 1)
    return nullptr;
  return EVP_DecryptInit_ex2(context.get(), nullptr, key.data(), nullptr, nullptr) == 1 ? std::move(context) : nullptr;
}

class OpensslGmac final : public Mac {
 public:
  explicit OpensslGmac(CipherContext context) : context_(std::move(context)) {}

  bool compute(base::Bytes nonce, std::span<const base::Bytes> parts, Tag& tag) noexcept override {
    EVP_CIPHER_CTX* const context = context_.get();
    int written = 0;
    if (EVP_EncryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) != 1) return false;
    for (const base::Bytes part : parts) {
      if (!part.empty() && EVP_EncryptUpdate(context, nullptr, &written, part.data(), length(part)) != 1) return false;
    }
    return EVP_EncryptFinal_ex(context, tag.data(), &written) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kGmacTagSize, tag.data()) == 1;
  }

 private:
  CipherContext context_;
};

}  // namespace

std::unique_ptr<Aead> make_openssl_aead(const Parameters& parameters) {
  const base::Bytes key = parameters.encryption_key.secret();
  if (underlying_cipher(parameters.encryption) == E::kAesCcm) {
    CipherContext context = make_ccm_context(parameters);
    CipherContext counter = make_context(E::kAesCtr, key);
    return context && counter ? std::make_unique<OpensslCcm>(std::move(context), std::move(counter)) : nullptr;
  }
  CipherContext context = make_context(parameters.encryption, key);
  return context ? std::make_unique<OpensslStreamAead>(std::move(context)) : nullptr;
}

std::unique_ptr<Mac> make_openssl_gmac(const ipsec::Key& key) {
  CipherContext context = make_context(E::kAesGmac, key.secret());
  if (!context || EVP_EncryptInit_ex2(context.get(), nullptr, key.secret().data(), nullptr, nullptr) != 1) return nullptr;
  return std::make_unique<OpensslGmac>(std::move(context));
}

}  // namespace espy::crypto
