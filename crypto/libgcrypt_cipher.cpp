// libgcrypt's ciphers without an ICV, and the handles of all of them.
#include <gcrypt.h>

#include <algorithm>
#include <utility>

#include "crypto/libgcrypt_primitives.h"

namespace espy::crypto {

namespace {

using E = ipsec::Encryption;

struct CipherRow {
  E encryption;
  std::size_t key_size;  // 0: any that the algorithm allows
  int algorithm;
  int mode;
};

constexpr CipherRow kCiphers[] = {
    {E::kDesCbc, 8, GCRY_CIPHER_DES, GCRY_CIPHER_MODE_CBC},
    {E::kDesDeriv, 8, GCRY_CIPHER_DES, GCRY_CIPHER_MODE_CBC},
    {E::kDes32Iv, 8, GCRY_CIPHER_DES, GCRY_CIPHER_MODE_CBC},
    {E::kTripleDesCbc, 24, GCRY_CIPHER_3DES, GCRY_CIPHER_MODE_CBC},
    {E::kTripleDesDeriv, 24, GCRY_CIPHER_3DES, GCRY_CIPHER_MODE_CBC},
    {E::kBlowfishCbc, 0, GCRY_CIPHER_BLOWFISH, GCRY_CIPHER_MODE_CBC},
    {E::kCast128Cbc, 16, GCRY_CIPHER_CAST5, GCRY_CIPHER_MODE_CBC},  // shorter keys have fewer rounds, which libgcrypt has not
    {E::kAesCbc, 16, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_CBC},
    {E::kAesCbc, 24, GCRY_CIPHER_AES192, GCRY_CIPHER_MODE_CBC},
    {E::kAesCbc, 32, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_CBC},
    {E::kAesCtr, 16, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_CTR},
    {E::kAesCtr, 24, GCRY_CIPHER_AES192, GCRY_CIPHER_MODE_CTR},
    {E::kAesCtr, 32, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_CTR},
    {E::kAesGcm, 16, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_GCM},
    {E::kAesGcm, 24, GCRY_CIPHER_AES192, GCRY_CIPHER_MODE_GCM},
    {E::kAesGcm, 32, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_GCM},
    {E::kAesCcm, 16, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_CCM},
    {E::kAesCcm, 24, GCRY_CIPHER_AES192, GCRY_CIPHER_MODE_CCM},
    {E::kAesCcm, 32, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_CCM},
    {E::kCamelliaCbc, 16, GCRY_CIPHER_CAMELLIA128, GCRY_CIPHER_MODE_CBC},
    {E::kCamelliaCbc, 24, GCRY_CIPHER_CAMELLIA192, GCRY_CIPHER_MODE_CBC},
    {E::kCamelliaCbc, 32, GCRY_CIPHER_CAMELLIA256, GCRY_CIPHER_MODE_CBC},
    {E::kCamelliaCtr, 16, GCRY_CIPHER_CAMELLIA128, GCRY_CIPHER_MODE_CTR},
    {E::kCamelliaCtr, 24, GCRY_CIPHER_CAMELLIA192, GCRY_CIPHER_MODE_CTR},
    {E::kCamelliaCtr, 32, GCRY_CIPHER_CAMELLIA256, GCRY_CIPHER_MODE_CTR},
    {E::kCamelliaCcm, 16, GCRY_CIPHER_CAMELLIA128, GCRY_CIPHER_MODE_CCM},
    {E::kCamelliaCcm, 24, GCRY_CIPHER_CAMELLIA192, GCRY_CIPHER_MODE_CCM},
    {E::kCamelliaCcm, 32, GCRY_CIPHER_CAMELLIA256, GCRY_CIPHER_MODE_CCM},
    {E::kSerpentCbc, 16, GCRY_CIPHER_SERPENT128, GCRY_CIPHER_MODE_CBC},
    {E::kSerpentCbc, 24, GCRY_CIPHER_SERPENT192, GCRY_CIPHER_MODE_CBC},
    {E::kSerpentCbc, 32, GCRY_CIPHER_SERPENT256, GCRY_CIPHER_MODE_CBC},
    {E::kTwofishCbc, 16, GCRY_CIPHER_TWOFISH128, GCRY_CIPHER_MODE_CBC},
    {E::kTwofishCbc, 32, GCRY_CIPHER_TWOFISH, GCRY_CIPHER_MODE_CBC},
    {E::kChaCha20Poly1305, 32, GCRY_CIPHER_CHACHA20, GCRY_CIPHER_MODE_POLY1305},
};

const CipherRow* find_row(E encryption, std::size_t key_size) {
  const E wanted = underlying_cipher(encryption);
  const auto found = std::ranges::find_if(
      kCiphers, [&](const CipherRow& row) { return row.encryption == wanted && (row.key_size == 0 || row.key_size == key_size); });
  return found == std::end(kCiphers) ? nullptr : found;
}

// A weak key is one that the SA has nevertheless: libgcrypt sets it, when asked to, and says so.
bool is_set(gcry_error_t error) { return error == 0 || gcry_err_code(error) == GPG_ERR_WEAK_KEY; }

class LibgcryptCipher final : public Cipher {
 public:
  LibgcryptCipher(CipherHandle handle, bool counter) : handle_(std::move(handle)), counter_(counter) {}

  bool decrypt(base::Bytes initial_vector, base::Bytes ciphertext, std::uint8_t* plaintext) noexcept override {
    const auto set = counter_ ? gcry_cipher_setctr : gcry_cipher_setiv;
    return set(handle_.get(), initial_vector.data(), initial_vector.size()) == 0 &&
           gcry_cipher_decrypt(handle_.get(), plaintext, ciphertext.size(), ciphertext.data(), ciphertext.size()) == 0;
  }

 private:
  CipherHandle handle_;
  bool counter_;
};

}  // namespace

void CloseCipherHandle::operator()(gcry_cipher_handle* handle) const { gcry_cipher_close(handle); }

CipherHandle make_libgcrypt_handle(E encryption, base::Bytes key) {
  const CipherRow* const row = find_row(encryption, key.size());
  gcry_cipher_hd_t opened = nullptr;
  if (row == nullptr || gcry_cipher_open(&opened, row->algorithm, row->mode, 0) != 0) return nullptr;
  CipherHandle handle(opened);
  gcry_cipher_ctl(opened, GCRYCTL_SET_ALLOW_WEAK_KEY, nullptr, 1);
  return is_set(gcry_cipher_setkey(opened, key.data(), key.size())) ? std::move(handle) : nullptr;
}

bool has_libgcrypt_cipher(const Parameters& parameters) {
  return needs_no_cipher(parameters.encryption) || find_row(parameters.encryption, parameters.encryption_key.size()) != nullptr;
}

bool make_libgcrypt_cipher(const Parameters& parameters, Primitives& primitives) {
  if (needs_no_cipher(parameters.encryption)) return true;
  if (parameters.encryption == E::kAesGmac) {
    primitives.mac = make_libgcrypt_gmac(parameters.encryption_key);
    return primitives.mac != nullptr;
  }
  if (ipsec::facts(parameters.encryption).aead) {
    primitives.aead = make_libgcrypt_aead(parameters);
    return primitives.aead != nullptr;
  }
  CipherHandle handle = make_libgcrypt_handle(parameters.encryption, parameters.encryption_key.secret());
  if (!handle) return false;
  const bool counter = ipsec::facts(parameters.encryption).mode == ipsec::CipherMode::kCounter;
  primitives.cipher = std::make_unique<LibgcryptCipher>(std::move(handle), counter);
  return true;
}

}  // namespace espy::crypto
