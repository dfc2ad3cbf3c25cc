#include "verify/history_pool.h"

#include <algorithm>

namespace espy::verify {

namespace {

// Histories. Each block is twice the one before it, up to a large page.
constexpr std::size_t kFirstBlock = 64;

}  // namespace

std::span<SequenceSlot> HistoryPool::add() {
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < slots_) {
    const std::size_t slots =
        blocks_.empty() ? kFirstBlock * slots_ : std::min(2 * blocks_.back().capacity(), base::kLargePage / sizeof(SequenceSlot));
    blocks_.emplace_back().reserve(slots);
  }
  auto& block = blocks_.back();
  block.resize(block.size() + slots_);  // so that a large page is not touched ahead of its histories
  const std::span<SequenceSlot> added = std::span(block).last(slots_);
  histories_.push_back(added.data());
  return added;
}

}  // namespace espy::verify
