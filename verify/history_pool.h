// HistoryPool: room for the histories of many SAs, which packets of all of them touch in turn. Most of it lies in large pages, where the
// kernel has them: with one page for each SA every packet would wait for the page tables too.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "verify/sequence.h"

namespace espy::verify {

class HistoryPool {
 public:
  // One more; lives as long as the pool.
  SequenceHistory& add();
  SequenceHistory& operator[](std::size_t index) { return *histories_[index]; }
  std::size_t size() const { return histories_.size(); }

 private:
  struct Free {
    void operator()(std::byte* block) const;
  };

  std::vector<std::unique_ptr<std::byte[], Free>> blocks_;
  std::vector<SequenceHistory*> histories_;
  std::byte* room_ = nullptr;  // in the last block
  std::size_t left_ = 0;       // histories that it has room for
};

}  // namespace espy::verify
