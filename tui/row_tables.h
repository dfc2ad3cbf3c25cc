// row_tables: rows as tables: which columns each kind has, how wide they are and which go first where there is no room. For the overview
// and for the views of one thing.
#pragma once

#include <string>
#include <vector>

#include "tui/graph.h"
#include "tui/rows.h"
#include "tui/table.h"

namespace espy::tui {

Table requirement_table(const Scene& scene, const std::vector<RequirementRow>& rows, const Sight& sight = {});
Table association_table(const Scene& scene, const std::vector<AssociationRow>& rows, const Sight& sight = {});
Table leak_table(const Scene& scene, const std::vector<LeakRow>& rows, const Sight& sight = {});
Table flow_table(const std::vector<FlowRow>& rows, const Sight& sight = {});
Table event_table(const Scene& scene, const std::vector<EventRow>& rows, int decimals, const Sight& sight = {});

// The slices of a span of a live capture, for padded(); 0 for a file.
std::size_t slices_of(const Scene& scene);
// "last 60 s", "last 1 h", "last 1 d", "whole file".
std::string span_words(const Scene& scene);

}  // namespace espy::tui
