// period: which part of a file's time is in sight, and how a series looks in it, whatever the length of its slices.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tui/graph.h"

namespace espy::tui {

inline constexpr base::Duration kShortestPeriod = base::milliseconds(1);

Period period_of(const Series& series);
// `length` around `middle` where the whole has that, else as much as it has.
Period around(const Period& whole, base::Time middle, base::Duration length);
// What `zoom` leaves of a file, halved with each step, around its cursor, or its end where there is none.
Period in_sight(const Period& whole, std::optional<base::Time> cursor, int zoom);

// Lengths that people think in: 1, 2, 5 … ms, s, min, h. The longest one up to `most`, or the shortest; the next longer or shorter one.
base::Duration round_length(base::Duration most);
base::Duration next_length(base::Duration length, int direction);

// The series in `cells` cells of equal length. A slice that is shorter than a cell belongs to that in which its middle lies.
std::vector<Moments> resample(const Series& series, const Period& period, int cells);
// Which of `cells` cells `time` falls into; nullopt: none.
std::optional<int> cell_of(const Period& period, base::Time time, int cells);
// One slice of that length, for what takes a series.
Series series_of(const Period& period);

// Of one requirement, or of all for "": from what was read at finer steps where that has all of the period, else from the whole file.
Series series_in(const Scene& scene, const std::string& requirement, const Period& period);

}  // namespace espy::tui
