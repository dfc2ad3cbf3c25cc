#include "crypto/openssl_library.h"

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "crypto/primitives.h"

namespace espy::crypto {

namespace {

using E = ipsec::Encryption;

struct CipherName {
  E encryption;
  std::size_t key_size;  // 0: any
  const char* name;
};

constexpr auto kCipherNames = std::to_array<CipherName>({
    {E::kDesCbc, 0, "DES-CBC"},
    {E::kDesDeriv, 0, "DES-CBC"},
    {E::kDes32Iv, 0, "DES-CBC"},
    {E::kTripleDesCbc, 0, "DES-EDE3-CBC"},
    {E::kTripleDesDeriv, 0, "DES-EDE3-CBC"},
    {E::kBlowfishCbc, 0, "BF-CBC"},
    {E::kCast128Cbc, 0, "CAST5-CBC"},
    {E::kAesCbc, 16, "AES-128-CBC"},
    {E::kAesCbc, 24, "AES-192-CBC"},
    {E::kAesCbc, 32, "AES-256-CBC"},
    {E::kAesCtr, 16, "AES-128-CTR"},
    {E::kAesCtr, 24, "AES-192-CTR"},
    {E::kAesCtr, 32, "AES-256-CTR"},
    {E::kAesGcm, 16, "AES-128-GCM"},
    {E::kAesGcm, 24, "AES-192-GCM"},
    {E::kAesGcm, 32, "AES-256-GCM"},
    {E::kAesCcm, 16, "AES-128-CCM"},
    {E::kAesCcm, 24, "AES-192-CCM"},
    {E::kAesCcm, 32, "AES-256-CCM"},
    {E::kCamelliaCbc, 16, "CAMELLIA-128-CBC"},
    {E::kCamelliaCbc, 24, "CAMELLIA-192-CBC"},
    {E::kCamelliaCbc, 32, "CAMELLIA-256-CBC"},
    {E::kCamelliaCtr, 16, "CAMELLIA-128-CTR"},
    {E::kCamelliaCtr, 24, "CAMELLIA-192-CTR"},
    {E::kCamelliaCtr, 32, "CAMELLIA-256-CTR"},
    {E::kChaCha20Poly1305, 0, "ChaCha20-Poly1305"},
});

}  // namespace

// Lives as long as the process: workers may still hold contexts when static objects go.
const OpensslLibrary& OpensslLibrary::instance() {
  static const OpensslLibrary* const library = new OpensslLibrary;
  return *library;
}

OpensslLibrary::OpensslLibrary() {
  static_assert(kCipherNames.size() == kCipherCount);
  OSSL_LIB_CTX* const context = OSSL_LIB_CTX_new();
  if (context == nullptr) return;
  OSSL_PROVIDER_load(context, "default");
  has_legacy_ = OSSL_PROVIDER_load(context, "legacy") != nullptr;
  for (std::size_t index = 0; index < kCipherNames.size(); ++index)
    ciphers_[index] = EVP_CIPHER_fetch(context, kCipherNames[index].name, nullptr);
}

const EVP_CIPHER* OpensslLibrary::find_cipher(E encryption, std::size_t key_size) const {
  const E wanted = underlying_cipher(encryption);
  for (std::size_t index = 0; index < kCipherNames.size(); ++index) {
    const CipherName& row = kCipherNames[index];
    if (row.encryption == wanted && (row.key_size == 0 || row.key_size == key_size)) return ciphers_[index];
  }
  return nullptr;
}

}  // namespace espy::crypto
