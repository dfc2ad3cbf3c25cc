// event_graph: how many critical events and warnings there were when: minute by minute of a live capture's last hour, cell by cell of a
// file. Told from the events in the list, so that it agrees with it where that is filtered.
#pragma once

#include <cstdint>
#include <vector>

#include "tui/block.h"
#include "tui/period.h"
#include "tui/rows.h"

namespace espy::tui {

struct EventCounts {
  std::uint64_t critical = 0, warnings = 0;
  bool known = false;  // espy looked then, and remembers
};

// `bins` counts of equal length. Nothing is known before `since`.
std::vector<EventCounts> count_events(const std::vector<EventRow>& rows, const Period& period, std::size_t bins, base::Time since);

// With its title and the time below; nothing where the screen is small, or nothing can be told yet.
std::vector<Line> event_graph(const Scene& scene, const std::vector<EventRow>& rows, int width);

}  // namespace espy::tui
