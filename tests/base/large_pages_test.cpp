#include "base/large_pages.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
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

// As the kernel tells it. Kernels before 5.14 lend pages one by one, which is no failure.
TEST(LargePages, ATableThatFillsNoLargePageHasAllItsPagesBeforeTheyAreTouched) {
  constexpr std::size_t kPage = 4096;
  constexpr std::size_t kPages = 200;
  std::vector<std::uint8_t, LargePages<std::uint8_t>> octets;
  octets.reserve(kPages * kPage);
  ASSERT_EQ(reinterpret_cast<std::uintptr_t>(octets.data()) % kPage, 0U);
  if (::madvise(octets.data(), kPage, MADV_POPULATE_WRITE) != 0) GTEST_SKIP() << "this kernel does not lend many pages at once";
  std::vector<unsigned char> lent(kPages);
  ASSERT_EQ(::mincore(octets.data(), kPages * kPage, lent.data()), 0);
  EXPECT_EQ(std::count_if(lent.begin(), lent.end(), [](unsigned char page) { return (page & 1) != 0; }), static_cast<long>(kPages));
}

}  // namespace
}  // namespace espy::base
