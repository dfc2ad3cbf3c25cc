#include "verify/history_pool.h"

#include <algorithm>

namespace espy::verify {

namespace {

// Octets. Each block is twice the one before it, up to a large page.
constexpr std::size_t kFirstBlock = std::size_t{64} << 10;

}  // namespace

std::span<SequenceSlot> HistoryPool::add() {
  if (room_.empty()) {
    const std::size_t octets = blocks_.empty() ? kFirstBlock : std::min(2 * blocks_.back().size() * sizeof(SequenceSlot), base::kLargePage);
    room_ = blocks_.emplace_back(octets / sizeof(SequenceSlot));
  }
  const std::span<SequenceSlot> added = room_.first(slots_);
  room_ = room_.subspan(slots_);
  histories_.push_back(added.data());
  return added;
}

}  // namespace espy::verify
