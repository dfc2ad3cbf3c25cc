#include "tui/slices.h"

#include <algorithm>

namespace espy::tui {

Slice& Slice::operator+=(const Slice& other) {
  encrypted += other.encrypted;
  clear += other.clear;
  forged += other.forged;
  blind = blind || other.blind;
  rekey = rekey || other.rekey;
  return *this;
}

void Slices::add(const Axis& axis, base::Time time, const Slice& slice) {
  const std::int64_t slot = std::max<std::int64_t>(axis.slot(time), 0);
  if (slices_.empty()) first_ = slot;
  const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(slot - first_, 0));
  if (wanted >= slices_.size() + axis.capacity) {  // all that is kept lies too far back
    slices_.clear();
    first_ = slot;
  }
  const auto index = static_cast<std::size_t>(std::max<std::int64_t>(slot - first_, 0));
  if (index >= slices_.size()) slices_.resize(index + 1);
  slices_[index] += slice;
  if (slices_.size() <= axis.capacity) return;
  const std::size_t old = slices_.size() - axis.capacity;
  slices_.erase(slices_.begin(), slices_.begin() + static_cast<std::ptrdiff_t>(old));
  first_ += static_cast<std::int64_t>(old);
}

void Slices::stretch() {
  std::vector<Slice> merged;
  for (std::size_t index = 0; index < slices_.size(); ++index) {
    const std::int64_t slot = (first_ + static_cast<std::int64_t>(index)) / 2;
    const auto place = static_cast<std::size_t>(slot - first_ / 2);
    if (place >= merged.size()) merged.resize(place + 1);
    merged[place] += slices_[index];
  }
  first_ /= 2;
  slices_ = std::move(merged);
}

Series Slices::series(const Axis& axis, base::Time now) const {
  Series series{.begin = axis.origin, .step = axis.step, .slices = {}};
  const std::int64_t end = std::max<std::int64_t>(axis.slot(now), 0) + 1;
  const std::int64_t start =
      axis.growth == Axis::Growth::kRolls ? std::max<std::int64_t>(end - static_cast<std::int64_t>(axis.capacity), 0) : 0;
  series.begin = {axis.origin.nanoseconds + start * axis.step.nanoseconds};
  for (std::int64_t slot = start; slot < end; ++slot) {
    const bool kept = slot >= first_ && slot < first_ + static_cast<std::int64_t>(slices_.size());
    series.slices.push_back(kept ? slices_[static_cast<std::size_t>(slot - first_)] : Slice{});
  }
  return series;
}

}  // namespace espy::tui
