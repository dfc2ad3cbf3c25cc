// SequenceTrail: how the highest number of an SA rose over time, in a bounded number of points: every so many packets one, twice as many
// each time it is full. A step back keeps both of its sides. Not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "verdict/picture.h"

namespace espy::verify {

class SequenceTrail {
 public:
  // Of a packet that is the highest, or that showed that the counter began again.
  void add(const verdict::SequencePoint& point) {
    const bool back = point.number < last_.number;
    if (!back && wait_ > 0) {
      --wait_;
      last_ = point;
      return;
    }
    keep(point, back);
  }
  // Oldest first; the last is that of the last add(). At most verdict::kSequencePoints + 1.
  std::vector<verdict::SequencePoint> points() const;

 private:
  void keep(const verdict::SequencePoint& point, bool back);
  void push(const verdict::SequencePoint& point);
  void thin();

  std::vector<verdict::SequencePoint> points_;
  verdict::SequencePoint last_;
  std::uint64_t stride_ = 1, wait_ = 0;  // packets
};

}  // namespace espy::verify
