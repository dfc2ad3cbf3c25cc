// curses_keys: what curses calls a key, as a Key.
#pragma once

#include <cwchar>

#include "tui/key.h"

namespace espy::tui {

// Of a KEY_… code; Key::kNone where there is no such key.
Key key_of_function(wint_t code);
// Of a character; what terminals send for Enter and Backspace is these keys.
Key key_of_character(wint_t code);

}  // namespace espy::tui
