#include "verify/history_pool.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace espy::verify {
namespace {

// More than the blocks up to a large page hold, and than one of these.
TEST(HistoryPool, KeepsEachHistoryApart) {
  for (const std::uint32_t slots : {SequenceRun::kShort, SequenceRun::kLong}) {
    const std::uint32_t histories = 6'000'000 / (slots * static_cast<std::uint32_t>(sizeof(SequenceSlot)));
    HistoryPool pool(slots);
    for (std::uint32_t index = 0; index < histories; ++index) {
      const std::span<SequenceSlot> history = pool.add();
      ASSERT_EQ(history.size(), slots);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(history.data()) % 64, 0U) << index;
      for (SequenceSlot& slot : history) {
        EXPECT_FALSE(slot.time.known());
        slot = {.time = {1}, .sequence = index, .fingerprint = slots};
      }
    }
    ASSERT_EQ(pool.size(), histories);
    for (std::uint32_t index = 0; index < histories; ++index) {
      for (const SequenceSlot& slot : pool[index]) ASSERT_EQ(slot.sequence, index);
    }
  }
}

}  // namespace
}  // namespace espy::verify
