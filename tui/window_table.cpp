#include "tui/window_table.h"

#include <algorithm>

#include "tui/text.h"
#include "tui/words.h"

namespace espy::tui {
namespace {

std::uint64_t more(std::uint64_t now, std::uint64_t before) { return now > before ? now - before : 0; }

// Of the window as much as the file has.
double seconds_of(const Scene& scene) {
  const base::Duration known = *scene.cursor - scene.chronicle.all(scene.display.span).begin;
  const base::Duration length = std::min(scene.window, known);
  return std::max(static_cast<double>(length.nanoseconds), 1.0) / 1e9;
}

std::vector<Column> columns() {
  return {{"STATE", 5, 0, Column::kLastToGo},
          {"REQUIREMENT", 20, 48, 0, Align::kLeft, "name"},
          {"POLICY", 10, 18, 4, Align::kLeft, "policy"},
          {"COVER%", 6, 0, 0, Align::kRight, "cover"},
          {"ENC/s", 5, 0, 1, Align::kRight, "rate"},
          {"CLEAR", 6, 0, 0, Align::kRight, "clear"},
          {"CLR/s", 5, 0, 3, Align::kRight, "clear"},
          {"ALL%", 6, 0, 2, Align::kRight, "cover"},
          {"ALLCLR", 6, 0, 2, Align::kRight, "clear"},
          {"SAs", 3, 0, 7, Align::kRight, "spi"},
          {"LOST", 5, 0, 6, Align::kRight, "lost"},
          {"BADICV", 6, 0, 5, Align::kRight, "icv"}};
}

TableCell figure(std::string text, bool raised, Role role) {
  return {std::move(text), raised ? Style{.role = role, .bold = true} : Style{}};
}

std::vector<TableCell> cells_of(const Scene& scene, const RequirementRow& row) {
  const verdict::RequirementSummary& requirement = *row.requirement;
  const WindowCounts lately = count_window(scene.before, requirement);
  const double seconds = seconds_of(scene);
  const bool leaks = lately.clear > 0, leaked = requirement.packets.leaked > 0;
  return {{row.word, style_of(row.state)},
          {requirement_words(requirement), {}},
          {policy_words(requirement), {}},
          figure(percent_text(lately.covered, lately.all), leaks, Role::kLeak),
          {rate_text(static_cast<double>(lately.covered) / seconds), {}},
          figure(count_text(lately.clear), leaks, Role::kLeak),
          figure(rate_text(static_cast<double>(lately.clear) / seconds), leaks, Role::kLeak),
          {percent_text(covered(requirement), counted(requirement)), {.role = Role::kDim}},
          figure(count_text(requirement.packets.leaked), leaked, Role::kLeak),
          {count_text(row.associations), {}},
          figure(count_text(row.lost), row.lost > 0, Role::kWarn),
          figure(count_text(row.bad), row.bad > 0, Role::kLeak)};
}

}  // namespace

WindowCounts count_window(const verdict::Picture* before, const verdict::RequirementSummary& requirement) {
  const verdict::RequirementSummary* old = before == nullptr ? nullptr : find_requirement(*before, requirement.id);
  if (old == nullptr) return {.covered = covered(requirement), .clear = requirement.packets.leaked, .all = counted(requirement)};
  return {.covered = more(covered(requirement), covered(*old)),
          .clear = more(requirement.packets.leaked, old->packets.leaked),
          .all = more(counted(requirement), counted(*old))};
}

Table window_table(const Scene& scene, const std::vector<RequirementRow>& rows, const Sight& sight) {
  Table table(columns());
  for (std::size_t index = 0; index < rows.size(); ++index) {
    const RequirementRow& row = rows[index];
    table.add({key_of(row), row.state, sight.has(index) ? cells_of(scene, row) : std::vector<TableCell>{}});
  }
  return table;
}

}  // namespace espy::tui
