// One ESP packet read as if it were not encrypted: how much chance it would take that ciphertext looks like this.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "decode/numbers.h"
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

inline constexpr std::size_t kLeastGlance = 36;  // before the end: the largest ICV and a word

// Whether one of the places 0, 8, 12, 16, 24 and 32 octets before `end` may give something else than kNot: no padding, a last pad octet
// that is its length, or a dummy. Each place is the end of a word of four octets; eight are looked at side by side.
inline bool any_promises(const std::uint8_t* end) {
  static_assert(std::endian::native == std::endian::little);
  using Words [[gnu::vector_size(16)]] = std::uint32_t;
  using Octets [[gnu::vector_size(16)]] = std::uint8_t;
  using Halves [[gnu::vector_size(16)]] = std::uint64_t;
  const auto words_at = [](const std::uint8_t* at) {
    Words words;
    std::memcpy(&words, at, sizeof words);
    return words;
  };
  // An octet of the result is 0 where it keeps a promise: the last pad octet, its length, the next header. The first octet keeps none.
  const auto differences = [](Words words) {
    constexpr std::uint32_t kLastPad = 0x0000ff00;
    constexpr std::uint32_t kDummy = std::uint32_t{decode::kNoNextHeader} << 24;
    return ((words >> 8 & kLastPad) ^ words ^ kDummy) | 0xff;
  };
  const Words far = words_at(end - 36);   // 32, 28, 24, 20
  const Words near = words_at(end - 20);  // 16, 12, 8, 4
  const Words last = words_at(end - 16);  // 12, 8, 4, 0
  constexpr Words kFour{0, 0, 0, ~std::uint32_t{0}};
  const Words one = differences(near) | kFour;
  const Words other = differences(__builtin_shufflevector(far, last, 0, 2, 5, 7));
  const auto found = (std::bit_cast<Octets>(one) == 0) | (std::bit_cast<Octets>(other) == 0);
  const auto halves = std::bit_cast<Halves>(found);
  return (halves[0] | halves[1]) != 0;
}

// That of the places that says most.
Legibility look_at_endings(const std::uint8_t* end);

// A glance at where a trailer would stand before each of kIcvSizes. kNot: read_as_null() would give nothing for any end of the content
// before it; kDummy: at most a dummy.
inline Legibility glance_at_endings(base::Bytes content_and_icv) {
  if (content_and_icv.size() < kLeastGlance) return Legibility::kPerhaps;  // too small to be worth a glance
  const std::uint8_t* end = content_and_icv.data() + content_and_icv.size();
  return any_promises(end) ? look_at_endings(end) : Legibility::kNot;
}

// The bits of evidence that `inner` by itself, without padding and trailer, is a `next_header`; nullopt where it cannot be one or where
// espy does not know the protocol.
std::optional<unsigned> evidence_of(base::Bytes inner, std::uint8_t next_header);

}  // namespace espy::verify
