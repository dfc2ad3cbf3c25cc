// OpensslLibrary: the algorithms of OpenSSL, fetched once from a library context of espy's own, with the legacy provider where it is there.
#pragma once

#include <array>
#include <cstddef>

#include "ipsec/algorithm.h"

struct evp_cipher_st;

namespace espy::crypto {

class OpensslLibrary {
 public:
  static const OpensslLibrary& instance();

  // nullptr where OpenSSL has none. `key_size` in octets.
  const evp_cipher_st* find_cipher(ipsec::Encryption encryption, std::size_t key_size) const;
  bool has_legacy() const { return has_legacy_; }

 private:
  OpensslLibrary();
  static constexpr std::size_t kCipherCount = 26;

  bool has_legacy_ = false;
  std::array<const evp_cipher_st*, kCipherCount> ciphers_{};
};

}  // namespace espy::crypto
