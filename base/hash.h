// hash: one mixing function for the tables of the packet path. Seeded once a run, so that hostile traffic cannot aim at buckets.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/address.h"
#include "base/bytes.h"

namespace espy::base {

// A value that differs from run to run; results never depend on it, only the place of a row in a table does.
std::uint64_t hash_seed();

__extension__ using Product = unsigned __int128;

// Two words folded into one by their product. Each must hold something that hostile traffic does not know: a word of zeros hides the other.
constexpr std::uint64_t fold(std::uint64_t left, std::uint64_t right) {
  const Product product = static_cast<Product>(left) * right;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// One of 2^`bits` places, `bits` from 1 to 63, for two words as fold() takes them: in fewer steps, where a clash costs nothing but time.
constexpr std::size_t place(std::uint64_t left, std::uint64_t right, unsigned bits) { return left * right >> (64 - bits); }

constexpr std::uint64_t mix(std::uint64_t value) { return fold(value ^ 0x9e3779b97f4a7c15ULL, 0xd6e8feb86659fd93ULL); }

constexpr std::uint64_t combine(std::uint64_t left, std::uint64_t right) {
  return fold(left ^ 0x2d358dccaa6c78a5ULL, right ^ 0x8bb84b93962eacc9ULL ^ (left >> 32));
}

// 16 octets, which is what an address is.
inline std::uint64_t hash_16(const std::uint8_t* octets, std::uint64_t seed) {
  std::array<std::uint64_t, 2> words{};
  std::memcpy(words.data(), octets, sizeof words);
  return fold(words[0] ^ seed, words[1] ^ std::rotl(seed, 32) ^ 0x4b33a62ed433d4a3ULL);
}

inline std::uint64_t hash_bytes(Bytes bytes, std::uint64_t seed) {
  std::uint64_t state = combine(seed, bytes.size());
  if (bytes.size() >= 128) {  // four at a time: no product waits for another
    std::array<std::uint64_t, 4> states{state, state + 1, state + 2, state + 3};
    for (; bytes.size() >= 64; bytes = bytes.subspan(64)) {
      for (std::size_t index = 0; index < 4; ++index) states[index] = hash_16(bytes.data() + 16 * index, states[index]);
    }
    state = combine(combine(states[0], states[1]), combine(states[2], states[3]));
  }
  while (bytes.size() >= 16) {
    state = hash_16(bytes.data(), state);
    bytes = bytes.subspan(16);
  }
  if (bytes.empty()) return state;
  std::array<std::uint8_t, 16> rest{};
  std::memcpy(rest.data(), bytes.data(), bytes.size());
  return hash_16(rest.data(), state);
}

// Both ends of a packet or flow; another value the other way round.
inline std::uint64_t hash_ends(const Address& source, const Address& destination, std::uint64_t seed) {
  if (source.family == Family::kIpv4 && destination.family == Family::kIpv4) {
    const std::uint64_t both = (source.word(0) << 32) | destination.word(0);
    return fold(both ^ seed, std::rotl(seed, 32) ^ 0x4b33a62ed433d4a3ULL);
  }
  return combine(hash_16(source.octets.data(), seed), hash_16(destination.octets.data(), seed + 0x9e3779b97f4a7c15ULL));
}

}  // namespace espy::base
