// The bare decoder of the limit programs: Ethernet with VLAN tags, IPv4 and IPv6 without options, and of what they carry ESP, AH, UDP and
// TCP. Everything else is passed over.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace espy::bench {

enum class FrameClass : std::uint8_t { kEsp, kAh, kIke, kLeak };

// What commit needs of a frame.
struct Observation {
  std::uint64_t key;       // of the SA: addresses and SPI; of a flow: addresses, protocol and ports
  std::uint32_t sequence;  // of ESP and AH
  std::uint32_t offset;    // of the IP payload in the batch
  std::uint32_t size;      // of the frame
  std::uint16_t payload_size;
  FrameClass what;
  bool good;  // the ICV was checked and is right
};
static_assert(sizeof(Observation) <= 32);

// IPv4 addresses fill the upper half of `high`.
struct BareAddress {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};

struct BareFrame {
  BareAddress source;
  BareAddress destination;
  const std::uint8_t* payload = nullptr;
  std::size_t payload_size = 0;
  std::uint8_t protocol = 0;
  bool ipv6 = false;
};

inline std::uint16_t load16(const std::uint8_t* octets) {
  std::uint16_t number;
  std::memcpy(&number, octets, sizeof number);
  return __builtin_bswap16(number);
}

inline std::uint32_t load32(const std::uint8_t* octets) {
  std::uint32_t number;
  std::memcpy(&number, octets, sizeof number);
  return __builtin_bswap32(number);
}

inline std::uint64_t load64(const std::uint8_t* octets) {
  std::uint64_t number;
  std::memcpy(&number, octets, sizeof number);
  return __builtin_bswap64(number);
}

inline std::uint64_t fold(std::uint64_t one, std::uint64_t other) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(one) * other;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline std::uint64_t hash_ends(const BareAddress& source, const BareAddress& destination, std::uint64_t rest) {
  constexpr std::uint64_t kOne = 0xa0761d6478bd642f;
  constexpr std::uint64_t kTwo = 0xe7037ed1a0b428db;
  std::uint64_t hash = fold(source.high ^ kOne, std::rotl(destination.high, 32) ^ rest ^ kTwo);
  if ((source.low | destination.low) != 0) hash ^= fold(source.low ^ kTwo, destination.low ^ kOne);
  return hash | 1;  // 0 is an empty place in a table
}

inline bool decode_ipv4(const std::uint8_t* header, std::size_t size, BareFrame& frame) {
  constexpr std::size_t kHeaderSize = 20;
  if (size < kHeaderSize || header[0] != 0x45) return false;
  const std::size_t total = load16(header + 2);
  if (total < kHeaderSize || total > size || (load16(header + 6) & 0x3fff) != 0) return false;
  frame.source.high = static_cast<std::uint64_t>(load32(header + 12)) << 32;
  frame.destination.high = static_cast<std::uint64_t>(load32(header + 16)) << 32;
  frame.protocol = header[9];
  frame.payload = header + kHeaderSize;
  frame.payload_size = total - kHeaderSize;
  return true;
}

inline bool decode_ipv6(const std::uint8_t* header, std::size_t size, BareFrame& frame) {
  constexpr std::size_t kHeaderSize = 40;
  if (size < kHeaderSize || header[0] >> 4 != 6) return false;
  const std::size_t length = load16(header + 4);
  if (length > size - kHeaderSize) return false;
  frame.source = {load64(header + 8), load64(header + 16)};
  frame.destination = {load64(header + 24), load64(header + 32)};
  frame.protocol = header[6];
  frame.payload = header + kHeaderSize;
  frame.payload_size = length;
  frame.ipv6 = true;
  return true;
}

inline bool decode_frame(const std::uint8_t* octets, std::size_t size, BareFrame& frame) {
  std::size_t place = 12;
  if (size < place + 2) return false;
  std::uint16_t type = load16(octets + place);
  while ((type == 0x8100 || type == 0x88a8) && size >= place + 6) {
    place += 4;
    type = load16(octets + place);
  }
  place += 2;
  if (type == 0x0800) return decode_ipv4(octets + place, size - place, frame);
  return type == 0x86dd && decode_ipv6(octets + place, size - place, frame);
}

}  // namespace espy::bench
