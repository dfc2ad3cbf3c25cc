#include "verify/history_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <type_traits>

namespace espy::verify {

namespace {

constexpr std::size_t kLargePage = std::size_t{2} << 20;
constexpr std::size_t kFew = 16;  // that come before a large page is worth its while
constexpr std::align_val_t kAlignment{kLargePage};

}  // namespace

static_assert(std::is_trivially_destructible_v<SequenceHistory>);

void HistoryPool::Free::operator()(std::byte* block) const { ::operator delete[](block, kAlignment); }

SequenceHistory& HistoryPool::add() {
  if (left_ == 0) {
    const std::size_t size = histories_.empty() ? kFew * sizeof(SequenceHistory) : kLargePage;
    blocks_.emplace_back(static_cast<std::byte*>(::operator new[](size, kAlignment)));
    room_ = blocks_.back().get();
    left_ = size / sizeof(SequenceHistory);
    if (size == kLargePage) ::madvise(room_, size, MADV_HUGEPAGE);  // a hint: what it answers changes nothing
  }
  histories_.push_back(new (room_) SequenceHistory);
  room_ += sizeof(SequenceHistory);
  --left_;
  return *histories_.back();
}

}  // namespace espy::verify
