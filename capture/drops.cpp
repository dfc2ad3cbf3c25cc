#include "capture/drops.h"

#include <algorithm>
#include <limits>

namespace espy::capture {
namespace {

using Count = std::optional<std::uint64_t>;

std::uint64_t add(std::uint64_t left, std::uint64_t right) {
  std::uint64_t sum = 0;
  return __builtin_add_overflow(left, right, &sum) ? std::numeric_limits<std::uint64_t>::max() : sum;
}

void add_counter(const Count& now, Count& last, Count& sum) {
  if (!now) return;
  const std::uint64_t before = last.value_or(0);
  sum = add(sum.value_or(0), *now >= before ? *now - before : *now);
  last = now;
}

}  // namespace

void DropCount::add_statistics(const Drops& now, Drops& last) {
  add_counter(now.by_kernel, last.by_kernel, statistics_.by_kernel);
  add_counter(now.by_interface, last.by_interface, statistics_.by_interface);
}

void DropCount::add_packet(std::uint64_t lost) { packets_ = add(packets_, lost); }

Drops DropCount::sum() const {
  Drops sum = statistics_;
  if (packets_ != 0) sum.by_kernel = std::max(sum.by_kernel.value_or(0), packets_);
  return sum;
}

}  // namespace espy::capture
