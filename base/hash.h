// hash: one mixing function for the tables of the packet path. Seeded once a run, so that hostile traffic cannot aim at buckets.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace espy::base {

// A value that differs from run to run; results never depend on it, only the place of a row in a table does.
std::uint64_t hash_seed();

constexpr std::uint64_t mix(std::uint64_t value) {
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93ULL;
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93ULL;
  return value ^ (value >> 32);
}

constexpr std::uint64_t combine(std::uint64_t left, std::uint64_t right) { return mix(left ^ (right + 0x9e3779b97f4a7c15ULL)); }

inline std::uint64_t hash_bytes(Bytes bytes, std::uint64_t seed) {
  std::uint64_t state = mix(seed ^ bytes.size());
  while (bytes.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    state = combine(state, word);
    bytes = bytes.subspan(8);
  }
  std::uint64_t word = 0;
  if (!bytes.empty()) std::memcpy(&word, bytes.data(), bytes.size());
  return combine(state, word);
}

}  // namespace espy::base
