// Clipboard: text on its way out of the screen (T13): as OSC 52, which the terminal itself puts into the clipboard, also over SSH; inside
// tmux, which ignores that from programs by default, into tmux's buffer.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace espy::tui {

// "\x1b]52;c;…\x07". Errors: more than terminals take (74994 octets of base64).
base::Result<std::string> osc52(std::string_view text);

// Errors: no tmux around, or it failed.
base::Result<void> copy_to_tmux(std::string_view text);

}  // namespace espy::tui
