#include "tui/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace espy::tui {
namespace {

struct Choice {
  std::string_view name;
  std::string_view yes, no;
  bool Display::*field;
};

constexpr Choice kChoices[] = {
    {"clock", "utc", "local", &Display::utc}, {"units", "bits", "octets", &Display::bits},     {"payload", "on", "off", &Display::payload},
    {"names", "on", "off", &Display::names},  {"screen-reader", "on", "off", &Display::plain},
};

base::Result<void> read_choice(const Choice& choice, const std::string& value, Display& display) {
  if (value != choice.yes && value != choice.no) {
    return base::fail(fmt::format("{} is {} or {}, not \"{}\"", choice.name, choice.yes, choice.no, value));
  }
  display.*choice.field = value == choice.yes;
  return {};
}

base::Result<void> read_interval(const std::string& value, Settings& settings) {
  double seconds = 0;
  const auto [end, trouble] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (trouble != std::errc{} || end != value.data() + value.size() || !(seconds >= 0.25 && seconds <= 60)) {
    return base::fail(fmt::format("interval is 0.25 to 60 seconds, not \"{}\"", value));
  }
  settings.interval = {static_cast<std::int64_t>(seconds * 1e9)};
  return {};
}

constexpr std::string_view kTerminalsGlyphs = "auto";

struct TierName {
  std::string_view name;
  Tier tier;
};

constexpr TierName kTiers[] = {{"ascii", Tier::kAscii}, {"block", Tier::kBlock}, {"braille", Tier::kBraille}};

base::Result<void> read_glyphs(std::string_view value, Settings& settings) {
  const auto found = std::ranges::find(kTiers, value, &TierName::name);
  const bool named = found != std::end(kTiers);
  if (!named && value != kTerminalsGlyphs) return base::fail(fmt::format("glyphs is auto, ascii, block or braille, not \"{}\"", value));
  settings.glyphs = named ? std::optional(found->tier) : std::nullopt;
  if (named) settings.display.tier = found->tier;
  return {};
}

std::string_view glyphs_name(const Settings& settings) {
  const auto found = std::ranges::find_if(kTiers, [&](const TierName& each) { return each.tier == settings.glyphs; });
  return found == std::end(kTiers) ? kTerminalsGlyphs : found->name;
}

base::Result<void> read_screen(const SettingEntry& entry, Settings& settings) {
  if (entry.values.size() != 1) return base::fail(fmt::format("{} takes one value", entry.name));
  const std::string& value = entry.values.front();
  const auto choice = std::ranges::find(kChoices, entry.name, &Choice::name);
  if (choice != std::end(kChoices)) return read_choice(*choice, value, settings.display);
  if (entry.name == "interval") return read_interval(value, settings);
  if (entry.name == "glyphs") return read_glyphs(value, settings);
  if (entry.name == "mouse" && (value == "on" || value == "off")) {
    settings.mouse = value == "on" ? Mouse::kOn : Mouse::kOff;
    return {};
  }
  if (entry.name == "theme") {
    settings.theme = value;
    return {};
  }
  return base::fail(fmt::format("no setting is called \"{}\"", entry.name),
                    "settings are theme, glyphs, clock, units, payload, names, screen-reader, interval, mouse");
}

base::Result<void> read_layout_entry(const SettingEntry& entry, Layout& layout) {
  if (entry.values.size() != 1) return base::fail(fmt::format("{} takes one value", entry.name));
  return read_layout(entry.name, entry.values.front(), layout);
}

base::Result<void> read_keys(const SettingEntry& entry, Settings& settings) {
  if (auto bound = settings.keymap.bind(entry.name, entry.values); !bound) return bound;
  settings.bound[entry.name] = entry.values;
  return {};
}

base::Result<void> read_theme(const SettingEntry& entry, Settings& settings) {
  const std::string name = entry.table.substr(std::string_view("theme.").size());
  if (entry.values.size() != 1) return base::fail(fmt::format("{} takes one value", entry.name));
  if (find_theme(built_in_themes(), name) != nullptr)
    return base::fail(fmt::format("the theme {} is built in", name), "give yours another name");
  std::vector<ThemeChange>& changes = settings.made[name];
  changes.push_back({entry.name, entry.values.front()});
  auto theme = make_theme(name, built_in_themes().front(), changes);
  if (!theme) return std::unexpected(theme.error());
  std::erase_if(settings.themes, [&](const Theme& each) { return each.name == name; });
  settings.themes.push_back(std::move(*theme));
  return {};
}

base::Result<void> read_entry(const SettingEntry& entry, Settings& settings) {
  if (entry.table == "screen") return read_screen(entry, settings);
  if (entry.table == "layout") return read_layout_entry(entry, settings.display.layout);
  if (entry.table == "keys") return read_keys(entry, settings);
  if (entry.table.starts_with("theme.")) return read_theme(entry, settings);
  return base::fail(fmt::format("no table is called [{}]", entry.table), "tables are [screen], [layout], [keys], [theme.NAME]");
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') result += '\\';
    result += letter;
  }
  return result + '"';
}

}  // namespace

base::Result<Settings> read_settings(std::span<const SettingEntry> entries, Settings before) {
  for (const SettingEntry& entry : entries) {
    auto read = read_entry(entry, before);
    if (read) continue;
    base::Error error = read.error();
    error.line = entry.line;
    return std::unexpected(std::move(error));
  }
  if (find_theme(before.themes, before.theme) == nullptr) return base::fail(fmt::format("no theme is called \"{}\"", before.theme));
  return before;
}

std::string to_toml(const Settings& settings) {
  std::string text = fmt::format("[screen]\ntheme = {}\nglyphs = {}\ninterval = \"{}\"\nmouse = {}\n", quoted(settings.theme),
                                 quoted(glyphs_name(settings)), static_cast<double>(settings.interval.nanoseconds) / 1e9,
                                 quoted(settings.mouse == Mouse::kOn ? "on" : "off"));
  for (const Choice& choice : kChoices) {
    text += fmt::format("{} = {}\n", choice.name, quoted(settings.display.*choice.field ? choice.yes : choice.no));
  }
  if (const std::string layout = to_toml(settings.display.layout); !layout.empty()) text += "\n[layout]\n" + layout;
  if (!settings.bound.empty()) text += "\n[keys]\n";
  for (const auto& [action, keys] : settings.bound) {
    std::vector<std::string> words;
    for (const std::string& key : keys) words.push_back(quoted(key));
    text += fmt::format("{} = [{}]\n", action, fmt::join(words, ", "));
  }
  for (const auto& [name, changes] : settings.made) {
    text += fmt::format("\n[theme.{}]\n", quoted(name));
    for (const auto& [role, paint] : changes) text += fmt::format("{} = {}\n", role, quoted(paint));
  }
  return text;
}

}  // namespace espy::tui
