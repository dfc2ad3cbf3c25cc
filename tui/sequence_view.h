// sequence_view: the numbers of one SA: which came, which never did, which came twice, what the receiver's window holds, and the events
// that say when.
#pragma once

#include "tui/view.h"

namespace espy::tui {

const View& sequence_view();

}  // namespace espy::tui
