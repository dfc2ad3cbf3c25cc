#include "verify/content.h"

#include <algorithm>
#include <array>

#include "decode/numbers.h"
#include "verify/null_esp_reading.h"

namespace espy::verify {
namespace {

constexpr unsigned kEnoughBits = 12;

// Protocols that have no header worth reading here, and yet stand in ESP: IPv6's extension headers, BEET, PIM, VRRP, EtherIP, AGGFRAG …
constexpr std::array<std::uint8_t, 16> kRare{0, 33, 43, 44, 46, 60, 88, 94, 97, 103, 112, 135, 136, 137, 143, 144};

}  // namespace

// Default padding takes 8 bits of luck at least, a protocol among some thirty of 256 another 3 to 4.
bool is_sane(base::Bytes plaintext, const decode::EspTrailer& trailer) {
  if (!trailer.fits) return false;
  if (trailer.next_header == decode::kNoNextHeader) return trailer.default_padding;
  const auto evidence = evidence_of(plaintext.first(trailer.content_size), trailer.next_header);
  if (evidence) return trailer.default_padding || *evidence >= kEnoughBits;
  const bool rare = std::ranges::find(kRare, trailer.next_header) != kRare.end();
  return trailer.default_padding && (rare || trailer.pad_size > 0);
}

}  // namespace espy::verify
