// timeline_view: when what happened: of a file the whole of it with a cursor, and the state at the cursor; of a live capture the minute,
// the hour and the day that are kept.
#pragma once

#include "tui/view.h"

namespace espy::tui {

const View& timeline_view();

}  // namespace espy::tui
