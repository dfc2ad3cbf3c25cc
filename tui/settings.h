// Settings: what a person may keep in tui.toml: theme, keys, units, refresh. Reading the file is config/screen_settings.h's business; here
// its entries get their meaning. Written only on `C` and
// with --save.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "tui/keys.h"
#include "tui/terminal.h"
#include "tui/theme.h"
#include "tui/view.h"

namespace espy::tui {

inline constexpr base::Duration kShortestInterval = base::milliseconds(250);
inline constexpr base::Duration kLongestInterval = base::seconds(60);

// One line of the file: [table] name = value, or several values.
struct SettingEntry {
  std::string table;  // "screen", "layout", "keys", "theme.NAME"
  std::string name;
  std::vector<std::string> values;
  std::uint32_t line = 0;
};

struct Settings {
  std::string theme = "default";
  std::vector<Theme> themes{built_in_themes().begin(), built_in_themes().end()};
  Keymap keymap;
  std::map<std::string, std::vector<std::string>> bound;  // keys that differ from the defaults, by action
  std::map<std::string, std::vector<ThemeChange>> made;   // themes of the person
  Display display;
  std::optional<Tier> glyphs;  // in display.tier too; nullopt: by the terminal
  base::Duration interval = base::seconds(1);
  Mouse mouse = Mouse::kOff;
};

// Errors: an unknown name, a bad value; with the line.
base::Result<Settings> read_settings(std::span<const SettingEntry> entries, Settings before = {});
// What read_settings() would read back, as TOML.
std::string to_toml(const Settings& settings);

}  // namespace espy::tui
