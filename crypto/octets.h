// octets: the few operations on octets that constructions need and the standard library has not.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace espy::crypto {

inline void put_big_endian(std::uint32_t value, std::uint8_t* out) {
  for (int shift = 24; shift >= 0; shift -= 8) *out++ = static_cast<std::uint8_t>(value >> shift);
}

// The bits in which the words at two places differ.
template <class Word>
Word difference_of(const std::uint8_t* left, const std::uint8_t* right) {
  Word words[2];
  std::memcpy(&words[0], left, sizeof(Word));
  std::memcpy(&words[1], right, sizeof(Word));
  return words[0] ^ words[1];
}

// In a time that does not depend on where they differ. Both are of one size.
inline bool equal_in_constant_time(base::Bytes left, base::Bytes right) {
  if (left.size() == 16) {  // the usual ICV
    return (difference_of<std::uint64_t>(left.data(), right.data()) | difference_of<std::uint64_t>(left.data() + 8, right.data() + 8)) == 0;
  }
  std::uint64_t difference = 0;
  std::size_t index = 0;
  for (; index + 8 <= left.size(); index += 8) difference |= difference_of<std::uint64_t>(left.data() + index, right.data() + index);
  for (; index + 4 <= left.size(); index += 4) difference |= difference_of<std::uint32_t>(left.data() + index, right.data() + index);
  for (; index < left.size(); ++index) difference |= static_cast<std::uint64_t>(left[index] ^ right[index]);
  return difference == 0;
}

}  // namespace espy::crypto
