// Rescue: gives the terminal back on every way out of the program (T16). While it stands, signals that ask the program to end are told to
// the loop through a pipe; a crash restores the terminal from the signal handler with bytes prepared before, and goes on to crash. What is
// written to stderr meanwhile would be lost with the screen: it is kept and shown after.
#pragma once

#include <string_view>

namespace espy::tui {

// One at a time.
class Rescue {
 public:
  // Keeps the modes of the terminal `input` as they are now.
  Rescue(int input, int output);
  ~Rescue();  // handlers, stderr as before; the terminal itself is left to who took it, unless a crash came first
  Rescue(const Rescue&) = delete;
  Rescue& operator=(const Rescue&) = delete;

  // What a crash sends to `output`: leaves the alternate screen, shows the cursor, resets colours and mouse. At most 512 octets.
  void set_farewell(std::string_view farewell);
  // Readable when something came; wait on it together with the keyboard.
  int pipe() const;
  // The oldest signal that came since, or 0: SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH.
  int take_signal();
  // Keeps what stderr collected from growing; call now and then.
  void trim();

 private:
  void keep_errors();
};

}  // namespace espy::tui
