// area: how a quantity rose and fell, as rows of glyphs filled from the bottom.
#pragma once

#include <string>
#include <vector>

#include "tui/glyphs.h"

namespace espy::tui {

// Samples that one cell shows beside one another.
constexpr int samples_a_cell(Tier tier) { return tier == Tier::kBraille ? 2 : 1; }
// Row `row` of `rows`, counted from the top. `samples` are parts of the full height, 0 to 1; what is above 0 shows, however small.
std::string area_row(const std::vector<double>& samples, Tier tier, int row, int rows);

}  // namespace espy::tui
