// octets: the few operations on octets that constructions need and the standard library has not.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace espy::crypto {

inline void put_big_endian(std::uint32_t value, std::uint8_t* out) {
  for (int shift = 24; shift >= 0; shift -= 8) *out++ = static_cast<std::uint8_t>(value >> shift);
}

// In a time that does not depend on where they differ. Both are of one size.
inline bool equal_in_constant_time(base::Bytes left, base::Bytes right) {
  std::uint8_t difference = 0;
  for (std::size_t index = 0; index < left.size(); ++index)
    difference = static_cast<std::uint8_t>(difference | (left[index] ^ right[index]));
  return difference == 0;
}

}  // namespace espy::crypto
