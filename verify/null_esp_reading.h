// One ESP packet read as if it were not encrypted: how much chance it would take that ciphertext looks like this.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "verify/null_esp.h"

namespace espy::verify {

struct NullEspReading {
  unsigned bits = 0;  // of evidence; 0 for a dummy packet
  std::uint8_t next_header = 0;
  bool dummy = false;                         // next header 59: says nothing (RFC 4303 section 2.6)
  std::optional<std::uint16_t> constant_sum;  // of a checksum with a pseudo header: the addresses' share
};

// `content`: inner packet and trailer, without IV and ICV. nullopt: it cannot be plaintext.
std::optional<NullEspReading> read_as_null(base::Bytes content);

// The sizes of an ICV that plaintext is looked for in front of.
inline constexpr std::array<std::uint8_t, 6> kIcvSizes{0, 8, 12, 16, 24, 32};

// A glance at where a trailer would stand before each of them. kNot: read_as_null() would give nothing for any end of the content before
// it; kDummy: at most a dummy.
Legibility glance_at_endings(base::Bytes content_and_icv);

// The bits of evidence that `inner` by itself, without padding and trailer, is a `next_header`; nullopt where it cannot be one or where
// espy does not know the protocol.
std::optional<unsigned> evidence_of(base::Bytes inner, std::uint8_t next_header);

}  // namespace espy::verify
