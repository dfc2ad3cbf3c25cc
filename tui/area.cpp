#include "tui/area.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "tui/unicode.h"

namespace espy::tui {
namespace {

constexpr int kLevels = 8;  // of a cell of a bar
constexpr int kDots = 4;    // of a column of a braille cell

// Of `levels` in all, how many of a row's `each` are filled.
int filled(double part, int levels, int below, int each) {
  if (part <= 0) return 0;
  return std::clamp(std::clamp(static_cast<int>(std::lround(part * levels)), 1, levels) - below, 0, each);
}

std::string braille_row(const std::vector<double>& samples, int row, int rows) {
  constexpr std::array<std::array<char32_t, kDots>, 2> kDot{{{0x40, 0x04, 0x02, 0x01}, {0x80, 0x20, 0x10, 0x08}}};
  std::string text;
  for (std::size_t cell = 0; cell + 1 < samples.size(); cell += 2) {
    char32_t glyph = 0x2800;
    for (std::size_t half = 0; half < 2; ++half) {
      const int dots = filled(samples[cell + half], rows * kDots, (rows - 1 - row) * kDots, kDots);
      for (int dot = 0; dot < dots; ++dot) glyph |= kDot[half][static_cast<std::size_t>(dot)];
    }
    append_utf8(text, glyph == 0x2800 ? U' ' : glyph);
  }
  return text;
}

}  // namespace

std::string area_row(const std::vector<double>& samples, Tier tier, int row, int rows) {
  if (tier == Tier::kBraille) return braille_row(samples, row, rows);
  std::string text;
  for (const double part : samples) append_utf8(text, bar(filled(part, rows * kLevels, (rows - 1 - row) * kLevels, kLevels), tier));
  return text;
}

}  // namespace espy::tui
