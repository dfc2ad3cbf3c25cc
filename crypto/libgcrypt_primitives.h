// What libgcrypt gives of the primitives: which algorithms it has, and their contexts for one SA.
#pragma once

#include <memory>

#include "crypto/primitives.h"

struct gcry_cipher_handle;

namespace espy::crypto {

struct CloseCipherHandle {
  void operator()(gcry_cipher_handle* handle) const;
};
using CipherHandle = std::unique_ptr<gcry_cipher_handle, CloseCipherHandle>;

// nullptr where libgcrypt has no such cipher or refuses the key. kAesCbc also serves the integrity functions that are built on it.
CipherHandle make_libgcrypt_handle(ipsec::Encryption encryption, base::Bytes key);

bool has_libgcrypt_cipher(const Parameters& parameters);
// Sets `primitives.cipher`, `primitives.aead`, for AES-GMAC `primitives.mac`, or none of them (NULL, AH). False where the key is refused.
bool make_libgcrypt_cipher(const Parameters& parameters, Primitives& primitives);

std::unique_ptr<Aead> make_libgcrypt_aead(const Parameters& parameters);
std::unique_ptr<Mac> make_libgcrypt_gmac(const ipsec::Key& key);

bool has_libgcrypt_mac(ipsec::Integrity integrity);
// Sets `primitives.mac`, or leaves it where the SA has none.
bool make_libgcrypt_mac(const Parameters& parameters, Primitives& primitives);

}  // namespace espy::crypto
