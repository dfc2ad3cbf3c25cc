// blindness: whether a capture saw all there was between two pictures: packets that were dropped, an interface that was down, frames cut
// before what decides, a file that is damaged, numbers that are missing from every SA at once (V28).
#pragma once

#include "verdict/picture.h"

namespace espy::tui {

// `before` is null for the first picture.
bool went_blind(const verdict::Picture* before, const verdict::Picture& picture);

}  // namespace espy::tui
