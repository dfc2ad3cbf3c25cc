// leak_view: one flow that went without protection: what it is, on what the guess of its application rests, what it broke and where that is
// written, its first octets, its packets, and what to do.
#pragma once

#include "tui/view.h"

namespace espy::tui {

const View& leak_view();

}  // namespace espy::tui
