// esn: the high half of extended sequence numbers, which is not on the wire (RFC 4303 section 2.2.1 and Appendix A2).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "ipsec/world.h"

namespace espy::verify {

// Appendix A2.2: the high half of `low`, given the highest number authenticated so far and a window wide enough for any reordering.
inline std::uint32_t infer_high(std::uint64_t highest, std::uint32_t low) {
  constexpr std::uint32_t kWindow = 1U << 31;
  const auto top_high = static_cast<std::uint32_t>(highest >> 32);
  const auto top_low = static_cast<std::uint32_t>(highest);
  const std::uint32_t bottom = top_low - kWindow + 1;
  if (top_low >= kWindow - 1) return low >= bottom ? top_high : top_high + 1;
  return low >= bottom && top_high > 0 ? top_high - 1 : top_high;
}

// The highest number that was authenticated of each configured SA, for workers that inspect ahead of the ledger. Written by one thread,
// read by all. A stale value costs time and never changes a result: what a worker cannot verify with it, the ledger tries again.
class EsnHints {
 public:
  explicit EsnHints(const ipsec::World& world)
      : size_(world.associations().size()), highest_(std::make_unique<std::atomic<std::uint64_t>[]>(size_)) {
    for (ipsec::AssociationId id = 0; id < size_; ++id) {
      const std::uint32_t high = world.associations()[id].esn_high.value_or(0);
      highest_[id].store(std::uint64_t{high} << 32, std::memory_order_relaxed);
    }
  }
  std::uint64_t highest(ipsec::AssociationId id) const { return highest_[id].load(std::memory_order_relaxed); }
  void advance(ipsec::AssociationId id, std::uint64_t highest) { highest_[id].store(highest, std::memory_order_relaxed); }

 private:
  std::size_t size_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> highest_;
};

}  // namespace espy::verify
