// events_view: the log of what happened, the newest last, and all that is known of the selected event.
#pragma once

#include "tui/view.h"

namespace espy::tui {

const View& events_view();

}  // namespace espy::tui
