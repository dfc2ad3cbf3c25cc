// association_view: one SA: what is configured of it, what was seen, its sequence numbers and ICVs in figures, its rates, its findings and
// its last packets.
#pragma once

#include "tui/view.h"

namespace espy::tui {

const View& association_view();

// The SA the other way round, for `p`: its key, or "" where there is none.
std::string peer_association(const verdict::Picture& picture, const std::string& key);

}  // namespace espy::tui
