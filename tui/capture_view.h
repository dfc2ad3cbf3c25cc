// capture_view: how well espy sees: each interface or file, what was lost and where, the filter, what the frames were, what could not be
// kept, and the findings that are of no requirement and no SA.
#pragma once

#include "tui/view.h"

namespace espy::tui {

const View& capture_view();

}  // namespace espy::tui
