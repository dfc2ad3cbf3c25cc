#include "tui/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

namespace espy::tui {
namespace {

constexpr int kMost = 1'000;

struct RowsEntry {
  std::string_view name;
  int fewest;  // that leave a row between the frame's lines
  int Layout::*field;
};

struct SizeEntry {
  std::string_view name;
  Size least;  // in which every pane has its title, its column names and a row
  Size Layout::*field;
};

constexpr RowsEntry kRows[] = {
    {"three-lines-below", 4, &Layout::three_lines_below},
    {"merge-health-below", 5, &Layout::merge_health_below},
};

constexpr SizeEntry kSizes[] = {
    {"panes-from", {40, 20}, &Layout::panes_from},
    {"wide-from", {60, 24}, &Layout::wide_from},
};

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (trouble != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Size> size(std::string_view text) {
  const std::size_t between = text.find('x');
  if (between == std::string_view::npos) return std::nullopt;
  const auto width = number(text.substr(0, between)), height = number(text.substr(between + 1));
  if (!width || !height) return std::nullopt;
  return Size{*width, *height};
}

base::Result<void> read_rows(const RowsEntry& entry, std::string_view value, Layout& layout) {
  const auto rows = number(value);
  if (!rows || *rows < entry.fewest || *rows > kMost)
    return base::fail(fmt::format("{} is {} to {} rows, not \"{}\"", entry.name, entry.fewest, kMost, value));
  layout.*entry.field = *rows;
  return {};
}

base::Result<void> read_size(const SizeEntry& entry, std::string_view value, Layout& layout) {
  const auto read = size(value);
  const Size least = entry.least;
  if (!read || read->width < least.width || read->height < least.height || std::max(read->width, read->height) > kMost) {
    return base::fail(
        fmt::format("{} is columns and rows, {}x{} to {}x{}, not \"{}\"", entry.name, least.width, least.height, kMost, kMost, value));
  }
  layout.*entry.field = *read;
  return {};
}

}  // namespace

base::Result<void> read_layout(std::string_view name, std::string_view value, Layout& layout) {
  const auto rows = std::ranges::find(kRows, name, &RowsEntry::name);
  if (rows != std::end(kRows)) return read_rows(*rows, value, layout);
  const auto sizes = std::ranges::find(kSizes, name, &SizeEntry::name);
  if (sizes != std::end(kSizes)) return read_size(*sizes, value, layout);
  return base::fail(fmt::format("nothing of the layout is called \"{}\"", name),
                    "it has three-lines-below, merge-health-below, panes-from, wide-from");
}

std::string to_toml(const Layout& layout) {
  const Layout usual;
  std::string text;
  for (const RowsEntry& entry : kRows) {
    if (layout.*entry.field != usual.*entry.field) text += fmt::format("{} = {}\n", entry.name, layout.*entry.field);
  }
  for (const SizeEntry& entry : kSizes) {
    const Size size = layout.*entry.field;
    if (size != usual.*entry.field) text += fmt::format("{} = \"{}x{}\"\n", entry.name, size.width, size.height);
  }
  return text;
}

}  // namespace espy::tui
