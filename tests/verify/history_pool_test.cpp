#include "verify/history_pool.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace espy::verify {
namespace {

// More than the first block and one large page hold.
TEST(HistoryPool, KeepsEachHistoryApart) {
  constexpr std::uint32_t kHistories = 1'200;
  HistoryPool pool;
  for (std::uint32_t index = 0; index < kHistories; ++index) {
    SequenceHistory& history = pool.add();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&history) % alignof(SequenceHistory), 0U) << index;
    EXPECT_EQ(history.find(7), nullptr) << index;
    history.lend_to(index);
    for (std::uint32_t number = 0; number < SequenceHistory::kSlots; ++number) {
      history.write({.time = {1}, .sequence = number, .fingerprint = index});
      history.show(number, number);
    }
  }
  ASSERT_EQ(pool.size(), kHistories);
  for (std::uint32_t index = 0; index < kHistories; ++index) {
    EXPECT_EQ(pool[index].owner, index);
    for (const std::uint32_t number : {0U, 7U, 255U}) {
      ASSERT_NE(pool[index].find(number), nullptr) << index;
      EXPECT_EQ(pool[index].find(number)->fingerprint, index);
    }
  }
}

}  // namespace
}  // namespace espy::verify
