// overview_panes: the tables of the overview, one function each, which detail views show too.
#pragma once

#include <string>
#include <string_view>

#include "tui/graph.h"
#include "tui/rows.h"
#include "tui/table.h"

namespace espy::tui {

Table requirement_table(const Scene& scene, const std::vector<RequirementRow>& rows);
Table association_table(const Scene& scene, const std::vector<AssociationRow>& rows);
Table leak_table(const Scene& scene, const std::vector<LeakRow>& rows);
Table flow_table(const std::vector<FlowRow>& rows);
Table event_table(const Scene& scene, const std::vector<EventRow>& rows, int decimals);

// Whose SAs and rates the overview shows: the selected requirement, or the worst. nullptr when there is none.
const verdict::RequirementSummary* chosen_requirement(const Scene& scene);

// A pane of `width` cells: title, column names, rows.
Block overview_pane(const Scene& scene, Pane pane, int width);
std::vector<Item> overview_items(const Scene& scene, Pane pane);
// The rates of a requirement under their own title, in `height` lines.
std::vector<Line> rate_pane(const Scene& scene, int width, int height);

// The slices of a span of a live capture, for padded(); 0 for a file.
std::size_t slices_of(const Scene& scene);
// "last 60 s", "last hour", "last day", "whole file".
std::string span_words(const Scene& scene);

}  // namespace espy::tui
