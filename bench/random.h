// Random and Noise: reproducible numbers and octets for captures. Fast, and of no use for secrets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace espy::bench {

// xorshift64*, seeded through splitmix64 so that neighbouring seeds have nothing in common.
class Random {
 public:
  explicit Random(std::uint64_t seed) {
    std::uint64_t mixed = seed + 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    state_ = (mixed ^ (mixed >> 31)) | 1;
  }

  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1d;
  }

  // 0 to limit - 1, from the upper half of a number.
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(((next() >> 32) * limit) >> 32); }

 private:
  std::uint64_t state_;
};

// Octets that look encrypted. A packet takes them from anywhere in the pool.
class Noise {
 public:
  static constexpr std::size_t kLongest = 4096;

  explicit Noise(std::uint64_t seed) : octets_(kStarts + kLongest) {
    Random random(seed);
    for (auto& octet : octets_) octet = static_cast<std::uint8_t>(random.next() >> 56);
  }

  // kLongest octets.
  const std::uint8_t* at(std::uint64_t start) const { return octets_.data() + start % kStarts; }

 private:
  static constexpr std::size_t kStarts = 1 << 16;
  std::vector<std::uint8_t> octets_;
};

}  // namespace espy::bench
