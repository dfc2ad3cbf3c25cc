// Address and Prefix: IPv4 and IPv6 addresses as comparable values. Not a socket address, not a name.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace espy::base {

enum class Family : std::uint8_t { kNone, kIpv4, kIpv6 };

// Octets in network order; an IPv4 address uses the first four, the others stay zero so that == and hashing see one form.
struct Address {
  std::array<std::uint8_t, 16> octets{};
  Family family = Family::kNone;

  // In two words: the packet path compares addresses more than it does anything else.
  std::strong_ordering operator<=>(const Address& other) const {
    if (word(0) != other.word(0)) return __builtin_bswap64(word(0)) <=> __builtin_bswap64(other.word(0));
    if (word(8) != other.word(8)) return __builtin_bswap64(word(8)) <=> __builtin_bswap64(other.word(8));
    return family <=> other.family;
  }
  bool operator==(const Address& other) const { return word(0) == other.word(0) && word(8) == other.word(8) && family == other.family; }
  std::uint64_t word(std::size_t at) const {
    std::uint64_t value = 0;
    std::memcpy(&value, octets.data() + at, sizeof value);
    return value;
  }
  constexpr bool known() const { return family != Family::kNone; }
  constexpr std::size_t size() const { return family == Family::kIpv4 ? 4 : family == Family::kIpv6 ? 16 : 0; }
  Bytes bytes() const { return Bytes(octets).first(size()); }
  // 0.0.0.0 or ::
  bool unspecified() const {
    return std::all_of(octets.begin(), octets.end(), [](std::uint8_t octet) { return octet == 0; });
  }
};

// `bytes` must hold at least 4 (16) octets.
inline Address make_ipv4(Bytes bytes) {
  // In one register: octets that are stored in parts cannot be loaded as a whole for a while.
  using Register [[gnu::vector_size(16)]] = std::uint32_t;
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data(), sizeof word);
  return {.octets = std::bit_cast<std::array<std::uint8_t, 16>>(Register{word}), .family = Family::kIpv4};
}
inline Address make_ipv6(Bytes bytes) {
  Address address{.octets = {}, .family = Family::kIpv6};
  std::memcpy(address.octets.data(), bytes.data(), 16);
  return address;
}

// "10.0.0.1", "fd00::1" (RFC 5952); "?" when the family is none.
std::string to_string(const Address& address);

// Reads a numeric address; a host name is an error. A zone ("%eth0") is an error.
Result<Address> read_address(std::string_view text);

// The addresses whose first `length` bits equal those of `address`. Bits beyond `length` are zero.
struct Prefix {
  Address address;
  std::uint8_t length = 0;  // bits: 0 to 32 (IPv4) or 128 (IPv6)

  auto operator<=>(const Prefix&) const = default;
  bool contains(const Address& other) const;
  bool contains(const Prefix& other) const;
  bool is_host() const { return length == address.size() * 8; }
  bool is_everything() const { return length == 0; }
};

// `address` with the bits beyond `length` cleared.
Address mask(const Address& address, std::uint8_t length);
Prefix make_prefix(const Address& address, std::uint8_t length);
Prefix host_prefix(const Address& address);

// "10.0.0.0/24"; a host is written without its length.
std::string to_string(const Prefix& prefix);

// Reads "10.0.0.0/24", "fd00::/64" or a bare address (a host). Host bits beyond the length are cleared.
Result<Prefix> read_prefix(std::string_view text);

}  // namespace espy::base
