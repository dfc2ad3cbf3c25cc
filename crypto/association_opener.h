// AssociationOpener: the constructions of ESP and AH over the primitives of one SA (RFC 4302, 4303 and those of the algorithms). It knows
// what an ICV covers and where IVs come from; it knows no library.
#pragma once

#include <array>
#include <vector>

#include "crypto/backend.h"
#include "crypto/initial_vector.h"
#include "crypto/primitives.h"

namespace espy::crypto {

// Room for a plaintext that nobody asked for, of one engine. Grows to its largest packet.
using Scratch = std::vector<std::uint8_t>;

class AssociationOpener {
 public:
  AssociationOpener(const Parameters& parameters, Primitives primitives);
  void open(Job& job, Scratch& scratch) noexcept;

 private:
  Check check_header(const Job& job) noexcept;
  Check check_packet(const Job& job) noexcept;
  Check compare(base::Bytes nonce, std::span<const base::Bytes> parts, base::Bytes icv) noexcept;
  void open_sealed(Job& job, Scratch& scratch) noexcept;
  bool decrypt(const Job& job) noexcept;

  Layout layout_;
  InitialVector initial_vector_;
  ipsec::Protocol protocol_;
  bool esn_;
  bool gmac_;
  Primitives primitives_;
};

}  // namespace espy::crypto
