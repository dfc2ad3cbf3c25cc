// The arithmetic here is that of the cited papers, not of the code under test.
#include "tui/theme.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace espy::tui {
namespace {

using Colour = std::array<double, 3>;  // linear light, red green blue, 0 to 1

// sRGB to linear light, IEC 61966-2-1.
double linear(int value) {
  const double part = value / 255.0;
  return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
}

// xterm's palette: a cube of six levels, then 24 greys.
Colour xterm(short number) {
  constexpr int kLevels[] = {0, 95, 135, 175, 215, 255};
  const int index = number - 16;
  if (number >= 232) return {linear(8 + 10 * (number - 232)), linear(8 + 10 * (number - 232)), linear(8 + 10 * (number - 232))};
  return {linear(kLevels[index / 36]), linear(kLevels[index / 6 % 6]), linear(kLevels[index % 6])};
}

constexpr Colour kBlack = {0, 0, 0};
constexpr Colour kWhite = {1, 1, 1};

// WCAG 2.1, relative luminance and contrast ratio.
double luminance(const Colour& colour) { return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]; }
double contrast(const Colour& left, const Colour& right) {
  const double a = luminance(left), b = luminance(right);
  return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

using Matrix = std::array<Colour, 3>;
// Machado, Oliveira, Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency", severity 1.0.
constexpr Matrix kProtan = {{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}};
constexpr Matrix kDeutan = {{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}};
constexpr Matrix kTritan = {{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}};
constexpr Matrix kTrichromat = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
// sRGB to CIE XYZ under D65, each row divided by the white point.
constexpr Matrix kToXyz = {{{0.433953, 0.376219, 0.189847}, {0.212673, 0.715152, 0.072175}, {0.017756, 0.109474, 0.872768}}};

Colour times(const Matrix& matrix, const Colour& colour) {
  Colour result{};
  for (std::size_t i = 0; i < 3; ++i) result[i] = matrix[i][0] * colour[0] + matrix[i][1] * colour[1] + matrix[i][2] * colour[2];
  return result;
}

// CIE 1976 L*a*b*.
Colour lab(const Colour& seen) {
  Colour xyz = times(kToXyz, seen);
  for (double& part : xyz) part = part > 216.0 / 24389 ? std::cbrt(part) : (24389.0 / 27 * std::max(part, 0.0) + 16) / 116;
  return {116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])};
}

// Difference of two colours to an eye, CIE 1976; 2.3 is just noticeable.
double difference(short left, short right, const Matrix& eye) {
  const Colour a = lab(times(eye, xterm(left))), b = lab(times(eye, xterm(right)));
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

// The colour that a state fills or, without a background, writes with.
short colour_of(const Theme& theme, Role role) {
  const Paint painted = paint(theme, role, 256);
  return painted.background == kDefaultColour ? painted.foreground : painted.background;
}

double worst_difference(const Theme& theme, const Matrix& eye) {
  const short ok = colour_of(theme, Role::kOk), leak = colour_of(theme, Role::kLeak), warn = colour_of(theme, Role::kWarn);
  return std::min({difference(ok, leak, eye), difference(ok, warn, eye), difference(leak, warn, eye)});
}

const Theme& theme(std::string_view name) { return *find_theme(built_in_themes(), name); }

constexpr Role kTextRoles[] = {Role::kText, Role::kDim,  Role::kTitle, Role::kOk, Role::kLeak,
                               Role::kWarn, Role::kNone, Role::kAcked, Role::kKey};
constexpr Role kGraphRoles[] = {Role::kEncrypted, Role::kClear};

// The least contrast of a role on terminals whose own colours are black and white, in either order.
double least_contrast(const Theme& theme, Role role, bool on_black, bool on_white) {
  const Paint painted = paint(theme, role, 256);
  double least = 21;
  const auto consider = [&](const Colour& ground, const Colour& own) {
    const Colour ink = painted.foreground == kDefaultColour ? own : xterm(painted.foreground);
    const Colour under = painted.background == kDefaultColour ? ground : xterm(painted.background);
    least = std::min(least, contrast(ink, under));
  };
  if (on_black) consider(kBlack, kWhite);
  if (on_white) consider(kWhite, kBlack);
  return least;
}

TEST(Theme, ReferenceArithmeticIsRight) {
  EXPECT_NEAR(contrast(kBlack, kWhite), 21, 1e-9);
  EXPECT_NEAR(contrast(xterm(243), kWhite), 4.54, 0.01);  // #767676, the grey of WCAG's own examples
  EXPECT_NEAR(lab(kWhite)[0], 100, 0.01);
  for (const Matrix& eye : {kProtan, kDeutan, kTritan}) EXPECT_NEAR(difference(16, 231, eye), 100, 0.1) << "black and white stay";
  // What the palette must not rely on: red and green of equal lightness.
  EXPECT_GT(difference(124, 28, kTrichromat), 5 * difference(124, 28, kDeutan));
}

TEST(Theme, TextIsLegibleOnBlackAndOnWhite) {
  for (const std::string_view name : {"default", "deuteranopia", "tritanopia", "mono"}) {
    for (const Role role : kTextRoles) EXPECT_GE(least_contrast(theme(name), role, true, true), 4.5) << name << ' ' << tui::name(role);
    for (const Role role : kGraphRoles) EXPECT_GE(least_contrast(theme(name), role, true, true), 3.0) << name << ' ' << tui::name(role);
  }
  for (const Role role : kTextRoles) EXPECT_GE(least_contrast(theme("light"), role, false, true), 4.5) << tui::name(role);
  for (std::size_t role = 0; role < kRoleCount; ++role) {
    EXPECT_GE(least_contrast(theme("high-contrast"), static_cast<Role>(role), true, true), 7.0) << tui::name(static_cast<Role>(role));
  }
}

TEST(Theme, StatesDifferToEveryEye) {
  for (const Matrix& eye : {kTrichromat, kProtan, kDeutan, kTritan}) EXPECT_GE(worst_difference(theme("default"), eye), 25);
  for (const Matrix& eye : {kTrichromat, kProtan, kDeutan}) EXPECT_GE(worst_difference(theme("deuteranopia"), eye), 40);
  for (const Matrix& eye : {kTrichromat, kTritan}) EXPECT_GE(worst_difference(theme("tritanopia"), eye), 50);
  for (const Matrix& eye : {kTrichromat, kProtan, kDeutan, kTritan}) {
    EXPECT_GE(worst_difference(theme("high-contrast"), eye), 25);
    EXPECT_GE(worst_difference(theme("light"), eye), 25);
  }
}

TEST(Theme, StatesDifferWithoutColourToo) {
  const Theme& any = theme("default");
  const Role kStates[] = {Role::kOk, Role::kLeak, Role::kWarn, Role::kNone, Role::kAcked};
  for (const Role left : kStates) {
    for (const Role right : kStates) {
      EXPECT_EQ(left == right, paint(any, left, 0) == paint(any, right, 0)) << name(left) << ' ' << name(right);
    }
    EXPECT_EQ(paint(any, left, 0).foreground, kDefaultColour);
    EXPECT_EQ(paint(any, left, 0).background, kDefaultColour);
  }
}

TEST(Theme, NeverPaintsAColourOnItself) {
  for (const Theme& each : built_in_themes()) {
    for (std::size_t role = 0; role < kRoleCount; ++role) {
      for (const int colours : {0, 8, 16, 256}) {
        const Paint painted = paint(each, static_cast<Role>(role), colours);
        EXPECT_TRUE(painted.foreground == kDefaultColour || painted.foreground != painted.background) << each.name << ' ' << role;
        EXPECT_LT(painted.foreground, std::max(colours, 1));
        EXPECT_LT(painted.background, std::max(colours, 1));
      }
    }
  }
}

TEST(Theme, ReadsAPaint) {
  EXPECT_EQ(*read_paint("208 bold"), (Paint{.foreground = 208, .bold = true}));
  EXPECT_EQ(*read_paint("black on yellow underline"), (Paint{.foreground = 0, .background = 3, .underline = true}));
  EXPECT_EQ(*read_paint("default reverse"), (Paint{.reverse = true}));
  EXPECT_EQ(read_paint("orange").error().message, "\"orange\" is no colour");
  EXPECT_EQ(read_paint("256").error().message, "\"256\" is no colour");
  EXPECT_EQ(read_paint("33 on 33").error().message, "\"33 on 33\" is a colour on itself and cannot be read");
  EXPECT_EQ(to_string(*read_paint("bold 208 on black")), "208 on 0 bold");
}

TEST(Theme, ChangesRolesOfAnother) {
  const ThemeChange kChanges[] = {{"ok", "39"}, {"leak", "white on red"}};
  const auto made = make_theme("mine", theme("default"), kChanges);
  ASSERT_TRUE(made);
  EXPECT_EQ(paint(*made, Role::kOk, 256), (Paint{.foreground = 39}));
  EXPECT_EQ(paint(*made, Role::kWarn, 256), paint(theme("default"), Role::kWarn, 256));
  const ThemeChange kUnknown[] = {{"fine", "39"}};
  EXPECT_EQ(make_theme("mine", theme("default"), kUnknown).error().message, "no role is called \"fine\"");
}

}  // namespace
}  // namespace espy::tui
