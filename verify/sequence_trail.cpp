#include "verify/sequence_trail.h"

#include <utility>

namespace espy::verify {

using verdict::SequencePoint;

void SequenceTrail::keep(const SequencePoint& point, bool back) {
  if (back && !points_.empty() && points_.back() != last_) push(last_);
  last_ = point;
  wait_ = stride_ - 1;
  push(point);
}

// Every second point goes, but for the sides of steps back; where these are too many, of them too.
void SequenceTrail::thin() {
  constexpr std::size_t kMostSides = verdict::kSequencePoints / 4;
  const auto is_side = [&](std::size_t index) {
    const bool after = index > 0 && points_[index].number < points_[index - 1].number;
    return after || (index + 1 < points_.size() && points_[index + 1].number < points_[index].number);
  };
  std::vector<SequencePoint> left;
  std::size_t sides = 0;
  for (std::size_t index = 0; index < points_.size(); ++index) {
    const bool side = index % 2 != 0 && is_side(index) && sides < kMostSides;
    sides += side;
    if (index % 2 == 0 || side) left.push_back(points_[index]);
  }
  points_ = std::move(left);
  stride_ *= 2;
  wait_ = stride_ - 1;
}

void SequenceTrail::push(const SequencePoint& point) {
  if (points_.size() >= verdict::kSequencePoints) thin();
  points_.push_back(point);
}

std::vector<SequencePoint> SequenceTrail::points() const {
  std::vector<SequencePoint> made = points_;
  if (!made.empty() && made.back() != last_) made.push_back(last_);
  return made;
}

}  // namespace espy::verify
