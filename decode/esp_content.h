// esp_content: what stands in an ESP packet once it is decrypted, its trailer (RFC 4303 sections 2.4 to 2.6), and how the parser goes on
// into it.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/bytes.h"
#include "decode/packet.h"

namespace espy::decode {

struct EspTrailer {
  bool fits = false;             // the pad length leaves room for it; else the rest is not set
  bool default_padding = false;  // 1, 2, 3 … as RFC 4303 section 2.4 asks for; true of no padding
  std::uint8_t next_header = 0;  // 59: a dummy packet (RFC 4303 section 2.6)
  std::uint8_t pad_size = 0;
  std::uint32_t content_size = 0;  // before padding and trailer
};

// Whether these octets count up from 1.
bool counts_up(base::Bytes padding);
// Whether the last `size` octets of `padded` do.
inline bool ends_counting_up(base::Bytes padded, std::size_t size) {
  constexpr std::uint64_t kCounted = 0x0807060504030201;
  std::uint64_t end = 0;
  if (size > sizeof end || padded.size() < sizeof end) return counts_up(padded.last(size));
  std::memcpy(&end, padded.data() + padded.size() - sizeof end, sizeof end);
  const std::size_t others = 8 * (sizeof end - size);
  return size == 0 || end >> others == kCounted << others >> others;
}

// Reads the trailer at the end of `plaintext`, which is payload, padding, pad length and next header.
inline EspTrailer read_esp_trailer(base::Bytes plaintext) {
  constexpr std::size_t kTrailerSize = 2;
  if (plaintext.size() < kTrailerSize) return {};
  const base::Bytes padded = plaintext.first(plaintext.size() - kTrailerSize);
  const std::uint8_t pad_size = plaintext[padded.size()];
  if (pad_size > padded.size()) return {};
  return {.fits = true,
          .default_padding = ends_counting_up(padded, pad_size),
          .next_header = plaintext.back(),
          .pad_size = pad_size,
          .content_size = static_cast<std::uint32_t>(padded.size() - pad_size)};
}

// Where a content was made readable.
struct OpenedContent {
  std::uint8_t security = 0;     // index into packet.security: the ESP or IPComp header that hid it
  std::uint8_t next_header = 0;  // what it is
  std::uint32_t offset = 0;      // in `data`
  std::uint32_t size = 0;        // without padding and trailer
};

// Goes on parsing where the header stopped the parser. `data` is what the offsets of `packet` count in from now on: the same octets as
// before with the content at `content.offset` readable there. Sets the header's next_header; in transport mode its layer's payload,
// protocol and ports become those of the content; in tunnel mode a layer is added (Carrier::kEspTunnel). The packet's trouble is that of
// the content. Total, like parse_frame. `packet` must come from the same parser, with the header the last of its security headers.
void parse_opened(base::Bytes data, const OpenedContent& content, const Ports& ports, Packet& packet) noexcept;

}  // namespace espy::decode
