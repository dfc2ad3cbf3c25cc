// Primitives: what a library gives for one SA so that the constructions of ESP and AH (association_opener.h) can be written once. One
// thread's own: they hold contexts that change with every packet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/parameters.h"

namespace espy::crypto {

inline constexpr std::size_t kMostTagSize = 64;    // HMAC-SHA-512
inline constexpr std::size_t kMostBlockSize = 16;  // of every cipher here
using Tag = std::array<std::uint8_t, kMostTagSize>;

// A cipher without an ICV of its own, ready to decrypt.
class Cipher {
 public:
  virtual ~Cipher() = default;
  // `ciphertext` is a multiple of the block size; `plaintext` has room for as much. False where the library fails.
  virtual bool decrypt(base::Bytes initial_vector, base::Bytes ciphertext, std::uint8_t* plaintext) noexcept = 0;
};

// An integrity function. `nonce` is for GMAC alone; the others do not look at it.
class Mac {
 public:
  virtual ~Mac() = default;
  // Over the parts one after another. Writes the whole output of the function; false where the library fails.
  virtual bool compute(base::Bytes nonce, std::span<const base::Bytes> parts, Tag& tag) noexcept = 0;
};

// One packet of a cipher that carries its own ICV.
struct Sealed {
  base::Bytes nonce;
  base::Bytes associated_data;
  base::Bytes ciphertext;
  base::Bytes tag;
};

class Aead {
 public:
  virtual ~Aead() = default;
  // True where the tag is right. Writes the plaintext in either case, with room for as much as there is ciphertext.
  virtual bool open(const Sealed& sealed, std::uint8_t* plaintext) noexcept = 0;
};

// Either `aead`, or `mac` and `cipher`; each of the two is nullptr where the SA has none (NULL encryption, no integrity).
struct Primitives {
  std::unique_ptr<Aead> aead;
  std::unique_ptr<Mac> mac;
  std::unique_ptr<Cipher> cipher;
};

// True for NULL and where there is no encryption at all.
bool needs_no_cipher(ipsec::Encryption encryption);

// The cipher of a library that an algorithm is made of: GMAC is GCM without a ciphertext, and an implicit IV changes the nonce alone.
ipsec::Encryption underlying_cipher(ipsec::Encryption encryption);

// Makes them from the keys of an SA. One a back-end.
class PrimitiveFactory {
 public:
  virtual ~PrimitiveFactory() = default;
  virtual std::string version() const = 0;  // as Backend::version()
  virtual bool supports(const Parameters& parameters) const = 0;
  // Fails, with a sentence without a key, where the library refuses the key.
  virtual base::Result<Primitives> make(const Parameters& parameters) const = 0;
};

}  // namespace espy::crypto
