// libgcrypt's GCM, CCM and ChaCha20-Poly1305, and GMAC, which is GCM without a ciphertext.
#include <gcrypt.h>

#include <cstdint>
#include <utility>

#include "crypto/libgcrypt_primitives.h"
#include "crypto/octets.h"

namespace espy::crypto {

namespace {

using E = ipsec::Encryption;

constexpr std::size_t kStreamTagSize = 16;

// CCM has to know its lengths before it begins.
class LibgcryptAead final : public Aead {
 public:
  LibgcryptAead(CipherHandle handle, bool ccm) : handle_(std::move(handle)), ccm_(ccm) {}

  bool open(const Sealed& sealed, std::uint8_t* plaintext) noexcept override {
    gcry_cipher_hd_t const handle = handle_.get();
    const std::size_t size = sealed.ciphertext.size();
    const std::size_t tag_size = ccm_ ? sealed.tag.size() : kStreamTagSize;
    Tag tag;
    return gcry_cipher_setiv(handle, sealed.nonce.data(), sealed.nonce.size()) == 0 && (!ccm_ || say_lengths(sealed)) &&
           gcry_cipher_authenticate(handle, sealed.associated_data.data(), sealed.associated_data.size()) == 0 &&
           gcry_cipher_decrypt(handle, plaintext, size, sealed.ciphertext.data(), size) == 0 &&
           gcry_cipher_gettag(handle, tag.data(), tag_size) == 0 &&
           equal_in_constant_time(sealed.tag, base::Bytes(tag).first(sealed.tag.size()));
  }

 private:
  bool say_lengths(const Sealed& sealed) noexcept {
    std::uint64_t lengths[] = {sealed.ciphertext.size(), sealed.associated_data.size(), sealed.tag.size()};
    return gcry_cipher_ctl(handle_.get(), GCRYCTL_SET_CCM_LENGTHS, lengths, sizeof lengths) == 0;
  }

  CipherHandle handle_;
  bool ccm_;
};

class LibgcryptGmac final : public Mac {
 public:
  explicit LibgcryptGmac(CipherHandle handle) : handle_(std::move(handle)) {}

  bool compute(base::Bytes nonce, std::span<const base::Bytes> parts, Tag& tag) noexcept override {
    if (gcry_cipher_setiv(handle_.get(), nonce.data(), nonce.size()) != 0) return false;
    for (const base::Bytes part : parts) {
      if (!part.empty() && gcry_cipher_authenticate(handle_.get(), part.data(), part.size()) != 0) return false;
    }
    return gcry_cipher_gettag(handle_.get(), tag.data(), kStreamTagSize) == 0;
  }

 private:
  CipherHandle handle_;
};

bool is_ccm(E encryption) { return encryption == E::kAesCcm || encryption == E::kAesCcmIiv || encryption == E::kCamelliaCcm; }

}  // namespace

std::unique_ptr<Aead> make_libgcrypt_aead(const Parameters& parameters) {
  CipherHandle handle = make_libgcrypt_handle(parameters.encryption, parameters.encryption_key.secret());
  return handle ? std::make_unique<LibgcryptAead>(std::move(handle), is_ccm(parameters.encryption)) : nullptr;
}

std::unique_ptr<Mac> make_libgcrypt_gmac(const ipsec::Key& key) {
  CipherHandle handle = make_libgcrypt_handle(E::kAesGmac, key.secret());
  return handle ? std::make_unique<LibgcryptGmac>(std::move(handle)) : nullptr;
}

}  // namespace espy::crypto
