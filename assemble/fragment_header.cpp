#include "assemble/fragment_header.h"

namespace espy::assemble {

namespace {

constexpr std::size_t kIpv4HeaderSize = 20;
constexpr std::size_t kIpv4TotalLength = 2;
constexpr std::size_t kIpv4Flags = 6;
constexpr std::size_t kIpv4Checksum = 10;
constexpr std::uint8_t kKeptIpv4Flags = 0xc0;  // reserved and DF; MF and the offset go

constexpr std::size_t kIpv6HeaderSize = 40;
constexpr std::size_t kIpv6PayloadLength = 4;
constexpr std::size_t kIpv6NextHeader = 6;
constexpr std::uint8_t kFragmentProtocol = 44;

void put_u16(std::span<std::uint8_t> bytes, std::size_t offset, std::size_t value) {
  bytes[offset] = static_cast<std::uint8_t>(value >> 8);
  bytes[offset + 1] = static_cast<std::uint8_t>(value);
}

std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t index = 0; index + 1 < bytes.size(); index += 2) {
    sum += static_cast<std::uint32_t>(bytes[index] << 8 | bytes[index + 1]);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

std::optional<std::size_t> unfragment_ipv4(std::span<std::uint8_t> header, std::size_t data_size) {
  const std::size_t size = header.size() + data_size;
  if (header.size() < kIpv4HeaderSize || size > kMaxDatagramSize) return std::nullopt;
  put_u16(header, kIpv4TotalLength, size);
  header[kIpv4Flags] &= kKeptIpv4Flags;
  header[kIpv4Flags + 1] = 0;
  put_u16(header, kIpv4Checksum, 0);
  put_u16(header, kIpv4Checksum, internet_checksum(header));
  return header.size();
}

// The octet that says "a Fragment header follows".
std::optional<std::size_t> find_fragment_pointer(std::span<const std::uint8_t> header) {
  const std::size_t fragment = header.size() - kIpv6FragmentHeaderSize;
  std::size_t pointer = kIpv6NextHeader;
  std::size_t at = kIpv6HeaderSize;
  while (at < fragment) {
    pointer = at;
    at += (std::size_t{header[at + 1]} + 1) * 8;
  }
  if (at != fragment || header[pointer] != kFragmentProtocol) return std::nullopt;
  return pointer;
}

std::optional<std::size_t> unfragment_ipv6(std::span<std::uint8_t> header, std::size_t data_size) {
  if (header.size() < kIpv6HeaderSize + kIpv6FragmentHeaderSize) return std::nullopt;
  const std::size_t new_size = header.size() - kIpv6FragmentHeaderSize;
  const std::size_t payload_size = new_size - kIpv6HeaderSize + data_size;
  if (payload_size > kMaxDatagramSize) return std::nullopt;
  const std::optional<std::size_t> pointer = find_fragment_pointer(header);
  if (!pointer) return std::nullopt;
  header[*pointer] = header[new_size];
  put_u16(header, kIpv6PayloadLength, payload_size);
  return new_size;
}

}  // namespace

std::optional<std::size_t> unfragment_header(std::span<std::uint8_t> header, std::size_t data_size) {
  if (header.empty()) return std::nullopt;
  switch (header[0] >> 4) {
    case 4: return unfragment_ipv4(header, data_size);
    case 6: return unfragment_ipv6(header, data_size);
    default: return std::nullopt;
  }
}

}  // namespace espy::assemble
