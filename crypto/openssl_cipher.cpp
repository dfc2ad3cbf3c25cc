// OpenSSL's ciphers without an ICV.
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <utility>

#include "crypto/openssl_library.h"
#include "crypto/openssl_primitives.h"

namespace espy::crypto {

namespace {

// Padding is ESP's own. It is switched off by a parameter: EVP_CIPHER_CTX_set_padding would be repeated by each later init.
CipherContext make_context(const Parameters& parameters) {
  const base::Bytes key = parameters.encryption_key.secret();
  const EVP_CIPHER* const cipher = OpensslLibrary::instance().find_cipher(parameters.encryption, key.size());
  CipherContext context(EVP_CIPHER_CTX_new());
  unsigned int padding = 0;
  const OSSL_PARAM options[] = {OSSL_PARAM_construct_uint(OSSL_CIPHER_PARAM_PADDING, &padding), OSSL_PARAM_construct_end()};
  if (cipher == nullptr || !context || EVP_DecryptInit_ex2(context.get(), cipher, nullptr, nullptr, nullptr) != 1) return nullptr;
  const int size = static_cast<int>(key.size());
  if (EVP_CIPHER_CTX_get_key_length(context.get()) != size && EVP_CIPHER_CTX_set_key_length(context.get(), size) != 1) return nullptr;
  if (EVP_DecryptInit_ex2(context.get(), nullptr, key.data(), nullptr, options) != 1) return nullptr;
  return context;
}

class OpensslCipher final : public Cipher {
 public:
  explicit OpensslCipher(CipherContext context) : context_(std::move(context)) {}

  bool decrypt(base::Bytes initial_vector, base::Bytes ciphertext, std::uint8_t* plaintext) noexcept override {
    int written = 0;
    return EVP_DecryptInit_ex2(context_.get(), nullptr, nullptr, initial_vector.data(), nullptr) == 1 &&
           EVP_DecryptUpdate(context_.get(), plaintext, &written, ciphertext.data(), static_cast<int>(ciphertext.size())) == 1 &&
           static_cast<std::size_t>(written) == ciphertext.size();
  }

 private:
  CipherContext context_;
};

}  // namespace

void FreeCipherContext::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

bool has_openssl_cipher(const Parameters& parameters) {
  return needs_no_cipher(parameters.encryption) ||
         OpensslLibrary::instance().find_cipher(parameters.encryption, parameters.encryption_key.size()) != nullptr;
}

bool make_openssl_cipher(const Parameters& parameters, Primitives& primitives) {
  if (needs_no_cipher(parameters.encryption)) return true;
  if (parameters.encryption == ipsec::Encryption::kAesGmac) {
    primitives.mac = make_openssl_gmac(parameters.encryption_key);
    return primitives.mac != nullptr;
  }
  if (ipsec::facts(parameters.encryption).aead) {
    primitives.aead = make_openssl_aead(parameters);
    return primitives.aead != nullptr;
  }
  CipherContext context = make_context(parameters);
  if (!context) return false;
  primitives.cipher = std::make_unique<OpensslCipher>(std::move(context));
  return true;
}

}  // namespace espy::crypto
