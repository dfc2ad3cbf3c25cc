#include "base/large_pages.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace espy::base {
namespace {

TEST(LargePages, AVectorGrowsAcrossTheSizeOfALargePage) {
  std::vector<std::uint64_t, LargePages<std::uint64_t>> numbers;
  constexpr std::uint64_t kNumbers = 3 * kLargePage / sizeof(std::uint64_t);
  for (std::uint64_t number = 0; number < kNumbers; ++number) numbers.push_back(number);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(numbers.data()) % kLargePage, 0U);
  for (std::uint64_t number = 0; number < kNumbers; ++number) ASSERT_EQ(numbers[number], number);
  numbers.resize(3);
  numbers.shrink_to_fit();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(numbers.data()) % 64, 0U);
  EXPECT_EQ(numbers, (decltype(numbers){0, 1, 2}));
}

}  // namespace
}  // namespace espy::base
