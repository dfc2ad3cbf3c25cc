// HistoryPool: room for the histories of many SAs, which packets of all of them touch in turn.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/large_pages.h"
#include "verify/sequence.h"

namespace espy::verify {

class HistoryPool {
 public:
  // Of histories of `slots` numbers each, a power of two.
  explicit HistoryPool(std::size_t slots) : slots_(slots) {}

  // One more, empty; lives as long as the pool.
  std::span<SequenceSlot> add();
  std::span<SequenceSlot> operator[](std::size_t index) { return {histories_[index], slots_}; }
  std::size_t size() const { return histories_.size(); }

 private:
  std::size_t slots_;
  std::vector<std::vector<SequenceSlot, base::LargePages<SequenceSlot>>> blocks_;  // none grows beyond its first room
  std::vector<SequenceSlot*> histories_;
};

}  // namespace espy::verify
