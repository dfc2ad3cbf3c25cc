// Command: what is typed after `:`. Reading is separate from doing; what a command means is the screen's business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace espy::tui {

enum class CommandKind : std::uint8_t {
  kGotoTime,
  kGotoSequence,
  kFilter,
  kView,
  kTheme,
  kSort,
  kSet,
  kSave,
  kPackets,
  kReport,
  kHelp,
  kQuit,
};

struct Command {
  CommandKind kind = CommandKind::kHelp;
  std::string argument;        // of kFilter, kView, kTheme, kSort; of kSet the name
  std::string value;           // of kSet
  std::uint64_t number = 0;    // kGotoSequence
  base::Duration time_of_day;  // kGotoTime without a date: since midnight
  base::Time time;             // kGotoTime with a date, in UTC
};

// Errors: no such command, a missing or odd argument; the sentence says what would do.
base::Result<Command> read_command(std::string_view text);

// What the words of a command can be besides the fixed ones.
struct CommandWords {
  std::vector<std::string> views, themes, columns;
};
// Whole lines that continue `text`, for Tab.
std::vector<std::string> complete_command(std::string_view text, const CommandWords& words);

}  // namespace espy::tui
