// overview_panes: the tables of the overview, one function each, which detail views show too.
#pragma once

#include <string>
#include <string_view>

#include "tui/graph.h"
#include "tui/rows.h"
#include "tui/table.h"

namespace espy::tui {

Table requirement_table(const Scene& scene, const std::vector<RequirementRow>& rows, const Sight& sight = {});
Table association_table(const Scene& scene, const std::vector<AssociationRow>& rows, const Sight& sight = {});
Table leak_table(const Scene& scene, const std::vector<LeakRow>& rows, const Sight& sight = {});
Table flow_table(const std::vector<FlowRow>& rows, const Sight& sight = {});
Table event_table(const Scene& scene, const std::vector<EventRow>& rows, int decimals, const Sight& sight = {});

// Whose SAs and rates the overview shows: the selected requirement, or the worst. nullptr when there is none.
const verdict::RequirementSummary* chosen_requirement(const Scene& scene);

// A pane of `width` cells and at most `height` lines: title, column names, rows, those out of sight without text.
Block overview_pane(const Scene& scene, Pane pane, int width, int height);
// The key that is selected in a pane; "" is its first.
std::string selected_key(const Scene& scene, Pane pane);
std::vector<Item> overview_items(const Scene& scene, Pane pane);
// The rates of a requirement under their own title, in `height` lines.
std::vector<Line> rate_pane(const Scene& scene, int width, int height);

// The slices of a span of a live capture, for padded(); 0 for a file.
std::size_t slices_of(const Scene& scene);
// "last 60 s", "last hour", "last day", "whole file".
std::string span_words(const Scene& scene);

}  // namespace espy::tui
