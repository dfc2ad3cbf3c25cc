#include "tui/theme.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace espy::tui {
namespace {

constexpr std::array<std::string_view, kRoleCount> kRoleNames = {"text", "dim",   "title",     "ok",    "leak", "warn",
                                                                 "none", "acked", "encrypted", "clear", "key",  "frame"};
constexpr std::array<std::string_view, 8> kColourNames = {"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"};

// In the order of Role: text, dim, title, ok, leak, warn, none, acked, encrypted, clear, key, frame.
constexpr Paint kPlain{};
constexpr Paint kBold{.bold = true};
constexpr Paint kDim{.dim = true};
constexpr Paint kGrey{.foreground = 243};
constexpr Paint kReverse{.reverse = true};

constexpr Paint on(short foreground, short background) { return {.foreground = foreground, .background = background}; }
constexpr Paint bold_on(short foreground, short background) { return {.foreground = foreground, .background = background, .bold = true}; }
constexpr Paint ink(short foreground) { return {.foreground = foreground}; }
constexpr Paint bold_ink(short foreground) { return {.foreground = foreground, .bold = true}; }

// Of 256 colours 29, 63, 98, 131, 163 and 243 alone are legible on black and on white.
constexpr Palette kDefaultRich = {kPlain,  kGrey,         kBold, ink(63), bold_on(16, 208), on(16, 228), kReverse, kGrey,
                                  ink(33), bold_ink(166), kBold, kGrey};
constexpr Palette kDefaultBasic = {kPlain,   kDim, kBold,  ink(6),      bold_on(0, 3), bold_ink(3),
                                   kReverse, kDim, ink(6), bold_ink(3), kBold,         kDim};
constexpr Palette kDeuteranopiaRich = {kPlain,  kGrey,         kBold, ink(63), bold_on(16, 202), on(16, 229), kReverse, kGrey,
                                       ink(33), bold_ink(202), kBold, kGrey};
constexpr Palette kDeuteranopiaBasic = {kPlain,   kDim, kBold,  ink(4),      bold_on(0, 3), bold_on(0, 7),
                                        kReverse, kDim, ink(4), bold_ink(3), kBold,         kDim};
constexpr Palette kTritanopiaRich = {kPlain,  kGrey,         kBold, ink(29), bold_on(16, 197), bold_on(16, 231), kReverse, kGrey,
                                     ink(29), bold_ink(197), kBold, kGrey};
constexpr Palette kTritanopiaBasic = {kPlain,   kDim, kBold,  ink(6),      bold_on(15, 1), bold_on(0, 7),
                                      kReverse, kDim, ink(6), bold_ink(1), kBold,          kDim};
constexpr Palette kHighContrastRich = {on(231, 16),      on(252, 16),      bold_on(231, 16), on(45, 16),
                                       bold_on(16, 208), bold_on(16, 227), bold_on(16, 231), on(252, 16),
                                       on(45, 16),       bold_on(208, 16), bold_on(231, 16), on(252, 16)};
constexpr Palette kHighContrastBasic = {on(15, 0),     on(7, 0), bold_on(15, 0), bold_on(14, 0), bold_on(0, 11), bold_on(0, 15),
                                        bold_on(0, 7), on(7, 0), bold_on(14, 0), bold_on(11, 0), bold_on(15, 0), on(7, 0)};
constexpr Palette kLightRich = {kPlain,   ink(241), kBold,         ink(26), bold_on(231, 130), on(16, 222), kReverse,
                                ink(241), ink(26),  bold_ink(130), kBold,   ink(241)};
constexpr Palette kLightBasic = {kPlain,   kDim, kBold,  ink(4),      bold_on(15, 1), bold_on(0, 3),
                                 kReverse, kDim, ink(4), bold_ink(1), kBold,          kDim};
constexpr Palette kMono = {kPlain, kDim, kBold, kPlain, {.bold = true, .reverse = true}, kBold, kReverse, kDim, kPlain, kBold, kBold, kDim};

Paint eight_colours(Paint paint) {
  if (paint.foreground >= 8) paint.bold = true;
  if (paint.foreground >= 0) paint.foreground = static_cast<short>(paint.foreground % 8);
  if (paint.background >= 0) paint.background = static_cast<short>(paint.background % 8);
  return paint;
}

base::Result<short> read_colour(std::string_view word) {
  if (word == "default") return kDefaultColour;
  if (const auto found = std::ranges::find(kColourNames, word); found != kColourNames.end()) {
    return static_cast<short>(found - kColourNames.begin());
  }
  short number = 0;
  const auto [end, trouble] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (trouble == std::errc{} && end == word.data() + word.size() && number >= 0 && number <= 255) return number;
  return base::fail(fmt::format("\"{}\" is no colour", word), fmt::format("write 0 to 255, default, {}", fmt::join(kColourNames, ", ")));
}

bool* find_attribute(Paint& paint, std::string_view word) {
  if (word == "bold") return &paint.bold;
  if (word == "dim") return &paint.dim;
  if (word == "reverse") return &paint.reverse;
  return word == "underline" ? &paint.underline : nullptr;
}

std::string colour_text(short colour) { return colour == kDefaultColour ? "default" : std::to_string(colour); }

}  // namespace

Paint paint(const Theme& theme, Role role, int colours) {
  const auto index = static_cast<std::size_t>(role);
  if (colours >= 256) return theme.rich[index];
  if (colours >= 16) return theme.basic[index];
  return colours >= 8 ? eight_colours(theme.basic[index]) : kMono[index];
}

std::span<const Theme> built_in_themes() {
  static const std::array<Theme, 6> kThemes = {{
      {"default", kDefaultRich, kDefaultBasic},
      {"deuteranopia", kDeuteranopiaRich, kDeuteranopiaBasic},
      {"tritanopia", kTritanopiaRich, kTritanopiaBasic},
      {"high-contrast", kHighContrastRich, kHighContrastBasic},
      {"light", kLightRich, kLightBasic},
      {"mono", kMono, kMono},
  }};
  return kThemes;
}

const Theme* find_theme(std::span<const Theme> themes, std::string_view name) {
  const auto found = std::ranges::find(themes, name, &Theme::name);
  return found == themes.end() ? nullptr : &*found;
}

std::string_view name(Role role) { return kRoleNames[static_cast<std::size_t>(role)]; }

base::Result<Paint> read_paint(std::string_view text) {
  Paint paint;
  short* next = &paint.foreground;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    if (bool* attribute = find_attribute(paint, word)) {
      *attribute = true;
    } else if (word == "on") {
      next = &paint.background;
    } else {
      const auto colour = read_colour(word);
      if (!colour) return std::unexpected(colour.error());
      *next = *colour;
    }
  }
  if (paint.foreground == paint.background && paint.foreground != kDefaultColour) {
    return base::fail(fmt::format("\"{}\" is a colour on itself and cannot be read", text));
  }
  return paint;
}

std::string to_string(const Paint& paint) {
  std::string text = colour_text(paint.foreground);
  if (paint.background != kDefaultColour) text += " on " + colour_text(paint.background);
  if (paint.bold) text += " bold";
  if (paint.dim) text += " dim";
  if (paint.reverse) text += " reverse";
  if (paint.underline) text += " underline";
  return text;
}

base::Result<Theme> make_theme(std::string name, const Theme& base, std::span<const ThemeChange> changes) {
  Theme theme = base;
  theme.name = std::move(name);
  for (const auto& [role, text] : changes) {
    const auto found = std::ranges::find(kRoleNames, role);
    if (found == kRoleNames.end()) {
      return base::fail(fmt::format("no role is called \"{}\"", role), fmt::format("roles are {}", fmt::join(kRoleNames, ", ")));
    }
    const auto paint = read_paint(text);
    if (!paint) return std::unexpected(paint.error());
    const auto index = static_cast<std::size_t>(found - kRoleNames.begin());
    theme.rich[index] = theme.basic[index] = *paint;
  }
  return theme;
}

}  // namespace espy::tui
