// What OpenSSL gives of the primitives: which algorithms it has, and their contexts for one SA.
#pragma once

#include <memory>

#include "crypto/primitives.h"

struct evp_cipher_ctx_st;

namespace espy::crypto {

struct FreeCipherContext {
  void operator()(evp_cipher_ctx_st* context) const;
};
using CipherContext = std::unique_ptr<evp_cipher_ctx_st, FreeCipherContext>;

// The cipher, or the AEAD cipher, of an SA.
bool has_openssl_cipher(const Parameters& parameters);
// Sets `primitives.cipher`, `primitives.aead`, for AES-GMAC `primitives.mac`, or none of them (NULL, AH). False where the key is refused.
bool make_openssl_cipher(const Parameters& parameters, Primitives& primitives);

std::unique_ptr<Aead> make_openssl_aead(const Parameters& parameters);
std::unique_ptr<Mac> make_openssl_gmac(const ipsec::Key& key);

bool has_openssl_mac(ipsec::Integrity integrity);
// Sets `primitives.mac`, or leaves it where the SA has none.
bool make_openssl_mac(const Parameters& parameters, Primitives& primitives);

// HMAC and the keyed hashes of RFC 1828 and 1852; nullptr for everything else.
std::unique_ptr<Mac> make_openssl_hash_mac(ipsec::Integrity integrity, base::Bytes key);

}  // namespace espy::crypto
