// Theme: what each Role looks like, by the number of colours that the terminal has. Signs and words carry the meaning; colour repeats it.
// Text that must be read on any background is either a colour that has WCAG contrast 4.5 on black and on white, or brings its own
// background.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tui/canvas.h"

namespace espy::tui {

inline constexpr std::size_t kRoleCount = static_cast<std::size_t>(Role::kFrame) + 1;
inline constexpr short kDefaultColour = -1;  // the terminal's own

// A number of xterm's 256 colours, or the terminal's own.
struct Paint {
  short foreground = kDefaultColour;
  short background = kDefaultColour;
  bool bold = false;
  bool dim = false;
  bool reverse = false;
  bool underline = false;
  bool operator==(const Paint&) const = default;
};

using Palette = std::array<Paint, kRoleCount>;  // indexed by Role

struct Theme {
  std::string name;
  Palette rich;   // 256 colours
  Palette basic;  // 16; with 8 the brighter half becomes bold
};

// How `role` is painted with so many colours; below 8, and with NO_COLOR, attributes alone.
Paint paint(const Theme& theme, Role role, int colours);

// default, deuteranopia, tritanopia, high-contrast, light, mono.
std::span<const Theme> built_in_themes();
const Theme* find_theme(std::span<const Theme> themes, std::string_view name);

std::string_view name(Role role);  // "ok", "leak", "clear" …
// "208 bold", "black on yellow", "default reverse"; a colour is a number up to 255 or one of the eight names. Errors: a word that means
// nothing, a colour on itself.
base::Result<Paint> read_paint(std::string_view text);
std::string to_string(const Paint& paint);

struct ThemeChange {
  std::string role, paint;
};
// A theme that differs from `base` in some roles, alike for 16 and 256 colours.
base::Result<Theme> make_theme(std::string name, const Theme& base, std::span<const ThemeChange> changes);

}  // namespace espy::tui
