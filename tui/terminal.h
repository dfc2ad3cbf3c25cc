// Terminal: where a Canvas becomes visible and keys come from. The real one is ncurses on a tty; tests have their own. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "tui/canvas.h"
#include "tui/key.h"
#include "tui/layout.h"
#include "tui/theme.h"

namespace espy::tui {

enum class InputKind : std::uint8_t { kNone, kKey, kClick, kWheelUp, kWheelDown, kResize, kSignal, kClosed };

struct Input {
  InputKind kind = InputKind::kNone;
  Key key = Key::kNone;     // kKey
  int row = 0, column = 0;  // kClick, kWheelUp, kWheelDown
  int signal = 0;           // kSignal: SIGINT, SIGTERM, SIGHUP, SIGQUIT
};

enum class Mouse : std::uint8_t { kOff, kOn };

class Terminal {
 public:
  virtual ~Terminal() = default;
  // Takes the screen. Until then the terminal stays as it is, so that prompts of sudo and for passphrases work (T26).
  virtual base::Result<void> start() = 0;
  virtual Size size() const = 0;
  virtual int colours() const = 0;  // 0: attributes alone
  virtual void set_theme(const Theme& theme) = 0;
  // Sends what differs from the last canvas; the cursor goes to the focused row (T19).
  virtual void draw(const Canvas& canvas, int cursor_row, int cursor_column) = 0;
  // The next input, or kNone after `longest`. Before start() a whole line is what counts as a key: Enter.
  virtual Input read(base::Duration longest) = 0;
  virtual void set_mouse(Mouse mouse) = 0;
  virtual void redraw() = 0;                                          // ^l
  virtual void suspend() = 0;                                         // ^z; returns after SIGCONT
  virtual base::Result<std::string> copy(std::string_view text) = 0;  // says where it went: "terminal", "tmux buffer"
  // Gives the screen back and, on the normal screen, shows `keep` (Q) or nothing.
  virtual void finish(const Canvas* keep) = 0;
};

enum class ColourChoice : std::uint8_t { kAuto, kNever };

struct TerminalOptions {
  int input = 0;  // file descriptors of a tty
  int output = 1;
  ColourChoice colour = ColourChoice::kAuto;
  bool force_utf8 = false;  // --utf8
};

// Errors: no terminal there, or one that cannot move its cursor (TERM=dumb): --plain is for these.
base::Result<std::unique_ptr<Terminal>> open_terminal(const TerminalOptions& options);

// The codeset of LC_CTYPE as the environment asks for: "UTF-8".
std::string terminal_codeset();

}  // namespace espy::tui
