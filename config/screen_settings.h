// ScreenSettings: tui.toml as plain entries. What they mean is the screen's business (tui/settings.h), which may know no parser.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace espy::config {

struct ScreenSetting {
  std::string table;  // "screen", "layout", "keys", "theme.NAME"
  std::string name;
  std::vector<std::string> values;  // numbers and true, false as text
  std::uint32_t line = 0;
};

// Errors: no TOML, a value that is neither text, number, flag nor a list of these; with the line.
base::Result<std::vector<ScreenSetting>> read_screen_settings(std::string_view text);

// Of a file; one that does not exist has no settings. Errors: as above, a file that cannot be read or is larger than 64 KiB.
base::Result<std::vector<ScreenSetting>> load_screen_settings(const std::string& path);

// "$XDG_CONFIG_HOME/espy/tui.toml", "$HOME/.config/espy/tui.toml", or empty where neither is set.
std::string screen_settings_path();

}  // namespace espy::config
