// window_table: the requirements at a file's cursor by what the window before it counted alone, beside what is known since the file's
// begin.
#pragma once

#include <vector>

#include "tui/rows.h"
#include "tui/table.h"

namespace espy::tui {

// Packets of a requirement between two pictures.
struct WindowCounts {
  std::uint64_t covered = 0, clear = 0, all = 0;
};

// `before` may be null: from nothing on.
WindowCounts count_window(const verdict::Picture* before, const verdict::RequirementSummary& requirement);

// The scene has a cursor.
Table window_table(const Scene& scene, const std::vector<RequirementRow>& rows, const Sight& sight);

}  // namespace espy::tui
