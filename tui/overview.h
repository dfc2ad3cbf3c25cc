// overview: what an operator leaves open: requirements worst first, SAs, leaks, events, and where there is room the rates and the flows
// inside the protection.
#pragma once

#include "tui/view.h"

namespace espy::tui {

const View& overview();

// The verdict of the whole run, for every view that is of the whole run.
std::pair<State, std::string> verdict_headline(const Scene& scene);

}  // namespace espy::tui
