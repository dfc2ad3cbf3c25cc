// overview_panes: what each pane of the overview holds: its title, its rows, what is said where there are none.
#pragma once

#include <string>
#include <string_view>

#include "tui/graph.h"
#include "tui/row_tables.h"

namespace espy::tui {

// Whose SAs and rates the overview shows: the selected requirement, or the worst. nullptr when there is none.
const verdict::RequirementSummary* chosen_requirement(const Scene& scene);

// A pane of `width` cells and at most `height` lines: title, column names, rows, those out of sight without text.
Block overview_pane(const Scene& scene, Pane pane, int width, int height);
// The key that is selected in a pane; "" is its first.
std::string selected_key(const Scene& scene, Pane pane);
std::vector<Item> overview_items(const Scene& scene, Pane pane);
// The rates of a requirement under their own title, in `height` lines.
std::vector<Line> rate_pane(const Scene& scene, int width, int height);

}  // namespace espy::tui
