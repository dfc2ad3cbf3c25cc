// help_view: the keys of one view, from the table of keys, what its signs and numbers mean, and how to filter. Searched by the filter.
#pragma once

#include "tui/view.h"

namespace espy::tui {

// Scene::subject is the name() of the view that it is about.
const View& help_view();

}  // namespace espy::tui
