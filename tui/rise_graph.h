// rise_graph: the highest number of an SA over time. A counter that begins again shows as a step back and by its mark.
#pragma once

#include <optional>
#include <vector>

#include "tui/block.h"
#include "verdict/picture.h"

namespace espy::tui {

struct RisePlan {
  int width = 120;
  int rows = 4;                           // of the rise itself
  std::optional<base::Time> cursor = {};  // of a file's timeline
};

// With labels at the left, the times when the counter began again where there are any, and the time below. Empty: fewer than two points.
std::vector<Line> rise_graph(const verdict::SequenceDetail& detail, const Display& display, const RisePlan& plan);
// The highest number at `time` by the two points around it, from 0 before the first; between the sides of a step back it stays.
double risen(const std::vector<verdict::SequencePoint>& points, base::Time time);

}  // namespace espy::tui
