#include "verify/history_pool.h"

#include <algorithm>

namespace espy::verify {

namespace {

// Octets. Each block is twice the one before it, up to a large page.
constexpr std::size_t kFirstBlock = std::size_t{64} << 10;

}  // namespace

std::span<SequenceSlot> HistoryPool::add() {
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < slots_) {
    const std::size_t octets =
        blocks_.empty() ? kFirstBlock : std::min(2 * blocks_.back().capacity() * sizeof(SequenceSlot), base::kLargePage);
    blocks_.emplace_back().reserve(octets / sizeof(SequenceSlot));
  }
  auto& block = blocks_.back();
  block.resize(block.size() + slots_);  // so that no page is touched ahead of its history
  const std::span<SequenceSlot> added = std::span(block).last(slots_);
  histories_.push_back(added.data());
  return added;
}

}  // namespace espy::verify
