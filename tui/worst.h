// worst: which requirement, SA, leak or packet a person should look at first. Of a picture, pure.
#pragma once

#include <optional>
#include <string>

#include "tui/view.h"

namespace espy::tui {

// The key of what `view` is of: the requirement or leak that lets most through, the SA with the most trouble. "" for views of everything,
// nullopt where there is none yet.
std::optional<std::string> worst_key(ViewId view, const verdict::Picture& picture);

}  // namespace espy::tui
