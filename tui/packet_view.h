// packet_view: one packet of a leak or an SA: what was decided of it and why, its layers from the outside in, what keys brought out, and
// its octets, those of the selected layer marked.
#pragma once

#include "tui/view.h"

namespace espy::tui {

const View& packet_view();

}  // namespace espy::tui
