// Parameters: how the packets of one SA are protected, with every choice made that a configuration may leave open. Holds keys; knows no
// library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "ipsec/configuration.h"

namespace espy::crypto {

struct Parameters {
  ipsec::Protocol protocol = ipsec::Protocol::kEsp;
  ipsec::Encryption encryption = ipsec::Encryption::kNone;  // kNone for AH
  ipsec::Integrity integrity = ipsec::Integrity::kNone;     // kNone also where an AEAD cipher carries the ICV
  ipsec::Key encryption_key;                                // without the salt
  ipsec::Key salt;                                          // AEAD and counter modes: RFC 3686, 4106, 4309, 4543, 7634; AH with AES-GMAC
  ipsec::Key integrity_key;
  std::uint8_t icv_size = 0;  // octets on the wire; 0: none. AH with AES-GMAC: IV and tag, 24 (RFC 4543 section 5)
  bool esn = false;           // 64-bit sequence numbers (RFC 4303 section 2.2.1)
  bool old_header = false;    // no sequence number in the header: RFC 1826, RFC 1827
};

// Where things stand in an ESP packet of these parameters, in octets.
struct Layout {
  std::uint8_t header_size = 8;  // SPI and sequence number; 4 for the old header
  std::uint8_t iv_size = 0;      // on the wire
  std::uint8_t icv_size = 0;
  std::uint8_t block_size = 1;  // the ciphertext is a multiple of it: 8 or 16 for CBC, else 1; a power of two
  bool encrypted = true;        // false: the payload can be read as it stands in the packet (NULL, AES-GMAC)

  std::size_t payload_offset() const { return std::size_t{header_size} + iv_size; }
  // False for a length that the algorithm cannot produce (V15): not even a trailer, or a broken block.
  bool fits(std::size_t packet_size) const {
    const std::size_t around = payload_offset() + icv_size;
    return packet_size >= around + 2 && ((packet_size - around) & (block_size - 1U)) == 0;
  }
  // Of the plaintext, padding and trailer included; only where it fits().
  std::size_t payload_size(std::size_t packet_size) const { return packet_size - payload_offset() - icv_size; }
};
Layout layout_of(const Parameters& parameters);

// True where the parts go together: algorithms of this protocol, sizes of keys and ICV that they can have. Of other parameters no back-end
// claims support. A HMAC key may have any size here.
bool is_consistent(const Parameters& parameters);

// The readings of a configured SA in the order in which they are to be tried: HMAC-SHA-256 of a setkey.conf, for example, is 128 bits by
// RFC 4868 and 96 by old kernels (FACTS.md section 1). Never empty on success. Fails, with a sentence that names no key, where the SA has
// no keys, a key of a wrong size or an algorithm that is not known.
base::Result<std::vector<Parameters>> parameters_of(const ipsec::Association& association);

}  // namespace espy::crypto
