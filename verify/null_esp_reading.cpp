#include "verify/null_esp_reading.h"

#include <algorithm>
#include <array>

#include "decode/numbers.h"

namespace espy::verify {

namespace {

constexpr std::size_t kTrailerSize = 2;

// Evidence in bits; each line's chance for random octets is 2^-bits or less. The next header is one of at most 16 of 256, less one bit
// for the choices below; a pad length of 0 to 3 (the usual alignment) one of 4 of 256, less one bit for the longer ones.
constexpr unsigned kNextHeaderBits = 3;
constexpr unsigned kShortPadBits = 5;
constexpr unsigned kVersionBits = 4;
constexpr unsigned kExactLengthBits = 15;  // a 16-bit field, less one for the padded lengths
constexpr unsigned kPaddedLengthBits = 3;  // smaller than the content: traffic flow confidentiality padding
constexpr unsigned kChecksumBits = 16;
constexpr unsigned kReservedBits = 3;
constexpr unsigned kFlagBits = 1;
constexpr unsigned kUrgentBits = 14;
constexpr unsigned kTypeBits = 2;
constexpr unsigned kCodeBits = 4;
constexpr unsigned kFieldBits = 4;

std::uint32_t u16(base::Bytes bytes, std::size_t offset) { return static_cast<std::uint32_t>(bytes[offset] << 8 | bytes[offset + 1]); }

// One's complement sum, folded; 0xffff where a checksum inside is right.
std::uint32_t sum_of(base::Bytes bytes) {
  std::uint64_t sum = 0;
  for (std::size_t index = 0; index + 1 < bytes.size(); index += 2) sum += u16(bytes, index);
  if (bytes.size() % 2 != 0) sum += static_cast<std::uint64_t>(bytes.back()) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint32_t>(sum);
}

// What the addresses of the pseudo header must add so that the sum is right; 0 and 0xffff are one number.
std::uint16_t share_of_addresses(base::Bytes upper, std::uint8_t protocol) {
  const std::uint64_t sum = sum_of(upper) + upper.size() + protocol;
  return static_cast<std::uint16_t>(0xffff - sum % 0xffff);
}

std::optional<unsigned> length_bits(std::size_t length, std::size_t floor, std::size_t available) {
  if (length < floor || length > available) return std::nullopt;
  return length == available ? kExactLengthBits : kPaddedLengthBits;
}

// What a header says of itself.
struct Reading {
  unsigned bits = 0;
  std::size_t summed = 0;  // octets under a checksum that has a pseudo header; 0: no such checksum
};
using Evidence = std::optional<Reading>;

Evidence read_ipv4(base::Bytes inner) {
  constexpr std::size_t kHeaderSize = 20;
  if (inner.size() < kHeaderSize || inner[0] >> 4 != 4) return std::nullopt;
  const std::size_t header_size = (inner[0] & 15U) * std::size_t{4};
  if (header_size < kHeaderSize || header_size > inner.size()) return std::nullopt;
  const std::optional<unsigned> length = length_bits(u16(inner, 2), header_size, inner.size());
  if (!length || sum_of(inner.first(header_size)) != 0xffff) return std::nullopt;
  return Reading{.bits = kVersionBits + *length + kChecksumBits};
}

Evidence read_ipv6(base::Bytes inner) {
  constexpr std::size_t kHeaderSize = 40;
  if (inner.size() < kHeaderSize || inner[0] >> 4 != 6) return std::nullopt;
  const std::optional<unsigned> length = length_bits(u16(inner, 4) + kHeaderSize, kHeaderSize, inner.size());
  if (!length) return std::nullopt;
  return Reading{.bits = kVersionBits + *length};
}

Evidence read_tcp(base::Bytes inner) {
  constexpr std::size_t kHeaderSize = 20;
  constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kAck = 0x10, kUrg = 0x20;
  constexpr std::uint8_t kReserved = 0x0e;
  if (inner.size() < kHeaderSize) return std::nullopt;
  const std::size_t header_size = (inner[12] >> 4) * std::size_t{4};
  if (header_size < kHeaderSize || header_size > inner.size() || (inner[12] & kReserved) != 0) return std::nullopt;
  const std::uint8_t flags = inner[13];
  const bool opens_and_ends = (flags & kSyn) != 0 && (flags & (kFin | kRst)) != 0;
  if (opens_and_ends || (flags & (kAck | kSyn | kRst)) == 0) return std::nullopt;
  Reading reading{.bits = kReservedBits + kFlagBits, .summed = inner.size()};
  if ((flags & kUrg) == 0 && u16(inner, 18) == 0) reading.bits += kUrgentBits;
  return reading;
}

Evidence read_udp(base::Bytes inner) {
  constexpr std::size_t kHeaderSize = 8;
  if (inner.size() < kHeaderSize) return std::nullopt;
  const std::size_t size = u16(inner, 4);
  const std::optional<unsigned> length = length_bits(size, kHeaderSize, inner.size());
  if (!length) return std::nullopt;
  return Reading{.bits = *length, .summed = u16(inner, 6) != 0 ? size : 0};
}

// ICMP and IGMP: their checksum covers all of it and needs no addresses.
Evidence read_self_checked(base::Bytes inner) {
  constexpr std::size_t kHeaderSize = 8;
  if (inner.size() < kHeaderSize || sum_of(inner) != 0xffff) return std::nullopt;
  return Reading{.bits = kChecksumBits};
}

Evidence read_icmp6(base::Bytes inner) {
  constexpr unsigned kHighestCode = 8;
  if (inner.size() < 4 || inner[1] > kHighestCode) return std::nullopt;
  const unsigned type = inner[0];
  if ((type < 1 || type > 4) && (type < 128 || type > 161)) return std::nullopt;
  return Reading{.bits = kTypeBits + kCodeBits, .summed = inner.size()};
}

// GRE of version 0 or 1 with the reserved bits clear.
Evidence read_gre(base::Bytes inner) {
  if (inner.size() < 4 || (inner[0] & 0x07) != 0 || (inner[1] & 0x78) != 0 || (inner[1] & 7) > 1) return std::nullopt;
  return Reading{.bits = kFieldBits};
}

// AH: its length and its reserved field.
Evidence read_ah(base::Bytes inner) {
  if (inner.size() < 12 || u16(inner, 2) != 0 || (inner[1] + std::size_t{2}) * 4 > inner.size()) return std::nullopt;
  return Reading{.bits = kChecksumBits};
}

Evidence read_spi(base::Bytes inner) {
  if (inner.size() < 8 || (u16(inner, 0) == 0 && u16(inner, 2) < 256)) return std::nullopt;
  return Reading{};
}

Evidence read_opaque(base::Bytes inner) {
  if (inner.size() < 4) return std::nullopt;
  return Reading{};
}

struct Protocol {
  std::uint8_t number;
  Evidence (*read)(base::Bytes);
};

constexpr std::array kProtocols = std::to_array<Protocol>({{4, read_ipv4},
                                                           {41, read_ipv6},
                                                           {6, read_tcp},
                                                           {17, read_udp},
                                                           {1, read_self_checked},
                                                           {58, read_icmp6},
                                                           {2, read_self_checked},
                                                           {47, read_gre},
                                                           {51, read_ah},
                                                           {50, read_spi},
                                                           {89, read_opaque},
                                                           {108, read_opaque},
                                                           {115, read_opaque},
                                                           {132, read_opaque}});

// By the number of a next header.
constexpr std::array<Legibility, 256> kMayFollow = [] {
  std::array<Legibility, 256> numbers{};
  for (const Protocol& protocol : kProtocols) numbers[protocol.number] = Legibility::kPerhaps;
  numbers[decode::kNoNextHeader] = Legibility::kDummy;
  return numbers;
}();

// Likewise; null: of no protocol.
constexpr std::array<decltype(Protocol::read), 256> kReaders = [] {
  std::array<decltype(Protocol::read), 256> readers{};
  for (const Protocol& protocol : kProtocols) readers[protocol.number] = protocol.read;
  return readers;
}();

// At least three octets end at `end`. Two of 256 random ones pass for padding, 15 for a next header.
inline Legibility ending_at(const std::uint8_t* end) {
  const std::uint8_t next_header = end[-1];
  const std::uint8_t pad_size = end[-2];
  const bool padded = pad_size == 0 || end[-3] == pad_size;
  if (padded) return kMayFollow[next_header];
  return next_header == decode::kNoNextHeader ? Legibility::kDummy : Legibility::kNot;
}

// Pad octets count 1, 2, 3 … (RFC 4303 section 2.4).
std::optional<unsigned> pad_bits(base::Bytes padding) {
  constexpr std::size_t kUsualPadding = 3;
  for (std::size_t index = 0; index < padding.size(); ++index) {
    if (padding[index] != index + 1) return std::nullopt;
  }
  const auto octets = static_cast<unsigned>(padding.size()) * 8;
  return padding.size() <= kUsualPadding ? octets + kShortPadBits : octets - 1;
}

}  // namespace

std::optional<unsigned> evidence_of(base::Bytes inner, std::uint8_t next_header) {
  if (kReaders[next_header] == nullptr) return std::nullopt;
  const Evidence reading = kReaders[next_header](inner);
  if (!reading) return std::nullopt;
  return reading->bits;
}

Legibility look_at_endings(const std::uint8_t* end) {
  Legibility most = Legibility::kNot;
  for (const std::uint8_t icv : kIcvSizes) most = std::max(most, ending_at(end - icv));
  return most;
}

std::optional<NullEspReading> read_as_null(base::Bytes content) {
  if (content.size() < kTrailerSize) return std::nullopt;
  const std::uint8_t next_header = content.back();
  if (next_header == decode::kNoNextHeader) return NullEspReading{.next_header = decode::kNoNextHeader, .dummy = true, .constant_sum = {}};
  const std::size_t pad_size = content[content.size() - kTrailerSize];
  if (kReaders[next_header] == nullptr || pad_size + kTrailerSize >= content.size()) return std::nullopt;
  const base::Bytes inner = content.first(content.size() - kTrailerSize - pad_size);
  const std::optional<unsigned> padding = pad_bits(content.subspan(inner.size(), pad_size));
  if (!padding) return std::nullopt;
  const Evidence reading = kReaders[next_header](inner);
  if (!reading) return std::nullopt;
  NullEspReading read{.bits = reading->bits + kNextHeaderBits + *padding, .next_header = next_header, .constant_sum = {}};
  if (reading->summed != 0) read.constant_sum = share_of_addresses(inner.first(reading->summed), next_header);
  return read;
}

}  // namespace espy::verify
