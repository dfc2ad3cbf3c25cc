#include "crypto/octets.h"

#include <gtest/gtest.h>

#include <vector>

namespace espy::crypto {
namespace {

TEST(EqualInConstantTime, SeesEveryOctetOfEverySize) {
  for (std::size_t size = 0; size <= 64; ++size) {
    const std::vector<std::uint8_t> left(size, 0xa5);
    std::vector<std::uint8_t> right = left;
    EXPECT_TRUE(equal_in_constant_time(left, right)) << size;
    for (std::uint8_t& octet : right) {
      octet ^= 0x80;
      EXPECT_FALSE(equal_in_constant_time(left, right)) << size << " at " << (&octet - right.data());
      octet ^= 0x80;
    }
  }
}

}  // namespace
}  // namespace espy::crypto
