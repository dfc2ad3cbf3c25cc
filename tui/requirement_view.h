// requirement_view: one requirement: what it demands and where that is written, what was seen of it, why it has its verdict and what to do,
// its leaks and SAs.
#pragma once

#include "tui/view.h"

namespace espy::tui {

const View& requirement_view();

}  // namespace espy::tui
