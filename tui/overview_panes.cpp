#include "tui/overview_panes.h"

#include <fmt/format.h>

#include <algorithm>

#include "tui/text.h"
#include "tui/words.h"

namespace espy::tui {

const verdict::RequirementSummary* chosen_requirement(const Scene& scene) {
  if (const auto* chosen = find_requirement(scene.picture, scene.requirement)) return chosen;
  const std::vector<RequirementRow> rows = requirement_rows(scene, Narrowing::kNone);
  return rows.empty() ? nullptr : rows.front().requirement;
}

namespace {

Narrowing narrowing_of(const Scene& scene, Pane pane) { return pane == scene.focus ? Narrowing::kAsked : Narrowing::kNone; }

std::string chosen_id(const Scene& scene) {
  const auto* chosen = chosen_requirement(scene);
  return chosen == nullptr ? "" : chosen->id;
}

// "4 of 9, worst first", "4 of 9, filtered"
std::string tally(const Scene& scene, Pane pane, std::size_t shown, std::uint64_t all, std::string_view order) {
  const bool asked = pane == scene.focus;
  std::string words = fmt::format("{} of {}", shown, std::max<std::uint64_t>(all, shown));
  if (asked && !scene.filter.empty()) words += ", filtered";
  if (asked && !scene.sort.column.empty())
    return fmt::format("{}, by {}{}", words, scene.sort.column, scene.sort.reversed ? ", reversed" : "");
  if (!order.empty()) words += fmt::format(", {}", order);
  return words;
}

struct Content {
  std::string title, right;
  Table table;
  std::string_view nothing;  // what is said instead of rows
};

// Of rows under a pane's title and column names.
template <class Row>
Sight sight_of(const Scene& scene, Pane pane, const std::vector<Row>& rows, int height) {
  const std::string selected = selected_key(scene, pane);
  const auto found = std::ranges::find_if(rows, [&](const Row& row) { return key_of(row) == selected; });
  return {found == rows.end() ? 0 : static_cast<std::size_t>(found - rows.begin()), static_cast<std::size_t>(std::max(height, 1))};
}

Content requirement_content(const Scene& scene, int height) {
  const auto rows = requirement_rows(scene, narrowing_of(scene, Pane::kRequirements));
  return {"1 Requirements", tally(scene, Pane::kRequirements, rows.size(), scene.picture.summary.requirements.size(), "worst first"),
          requirement_table(scene, rows, sight_of(scene, Pane::kRequirements, rows, height)),
          "no requirement: give a policy with -c or --protect"};
}

Content association_content(const Scene& scene, int height) {
  const auto* chosen = chosen_requirement(scene);
  const auto rows = association_rows(scene, chosen_id(scene), narrowing_of(scene, Pane::kAssociations));
  const std::uint64_t all = std::max<std::uint64_t>(scene.picture.associations_total, scene.picture.summary.associations.size());
  return {chosen == nullptr ? "2 SAs" : fmt::format("2 SAs of {}", requirement_words(*chosen)),
          tally(scene, Pane::kAssociations, rows.size(), all, ""),
          association_table(scene, rows, sight_of(scene, Pane::kAssociations, rows, height)), "none seen or configured"};
}

Content leak_content(const Scene& scene, int height) {
  const auto rows = leak_rows(scene, "", narrowing_of(scene, Pane::kLeaks));
  const std::uint64_t flows = std::max<std::uint64_t>(scene.picture.leaks_total, scene.picture.summary.leaks.size());
  std::string right = flows == 0 ? "none" : fmt::format("{}, {}", counted(scene.picture.leaked_packets, "packet"), counted(flows, "flow"));
  if (rows.size() < flows) right += fmt::format(", {} shown", rows.size());
  return {"3 Leaks", std::move(right), leak_table(scene, rows, sight_of(scene, Pane::kLeaks, rows, height)),
          "nothing that a policy protects was seen in clear"};
}

Content flow_content(const Scene& scene, int height) {
  const auto rows = flow_rows(scene, chosen_id(scene), narrowing_of(scene, Pane::kFlows));
  const auto* chosen = chosen_requirement(scene);
  return {chosen == nullptr ? "5 Inside the protection" : fmt::format("5 Inside the protection of {}", requirement_words(*chosen)),
          tally(scene, Pane::kFlows, rows.size(), scene.picture.summary.protected_flows.size(), "busiest first"),
          flow_table(rows, sight_of(scene, Pane::kFlows, rows, height)), "no packet was opened: without keys only the outside is seen"};
}

Content event_content(const Scene& scene, int height) {
  const auto rows = event_rows(scene, EventOrder::kNewestFirst, narrowing_of(scene, Pane::kEvents));
  return {"4 Events", scene.filter.empty() || scene.focus != Pane::kEvents ? "newest first" : "filtered, newest first",
          event_table(scene, rows, 0, sight_of(scene, Pane::kEvents, rows, height)), "none so far"};
}

Content content_of(const Scene& scene, Pane pane, int height) {
  switch (pane) {
    case Pane::kAssociations: return association_content(scene, height);
    case Pane::kLeaks: return leak_content(scene, height);
    case Pane::kEvents: return event_content(scene, height);
    case Pane::kFlows: return flow_content(scene, height);
    default: return requirement_content(scene, height);
  }
}

}  // namespace

Block overview_pane(const Scene& scene, Pane pane, int width, int height) {
  Content content = content_of(scene, pane, height);
  if (pane == scene.focus) content.table.hide(scene.hidden_columns);
  const int skipped = pane == scene.focus ? scene.columns_skipped : 0;
  Block block;
  block.head.push_back(title_line(scene.display, width, content.title, content.right, pane == scene.focus));
  if (content.table.empty()) {
    Writer writer(scene.display, width);
    writer.line(std::string("  ") + std::string(content.nothing), {.role = Role::kDim});
    block.body = writer.take();
    return block;
  }
  if (pane != Pane::kEvents) block.head.push_back(content.table.head(width, skipped));
  block.body = content.table.lines(scene.display, width, skipped);
  return block;
}

namespace {

template <class Row>
std::vector<Item> items_of_rows(const std::vector<Row>& rows) {
  std::vector<Item> items;
  for (const Row& row : rows) items.push_back({key_of(row), row.state});
  return items;
}

}  // namespace

std::vector<Item> overview_items(const Scene& scene, Pane pane) {
  const Narrowing narrowing = narrowing_of(scene, pane);
  switch (pane) {
    case Pane::kAssociations: return items_of_rows(association_rows(scene, chosen_id(scene), narrowing));
    case Pane::kLeaks: return items_of_rows(leak_rows(scene, "", narrowing));
    case Pane::kEvents: return items_of_rows(event_rows(scene, EventOrder::kNewestFirst, narrowing));
    case Pane::kFlows: return items_of_rows(flow_rows(scene, chosen_id(scene), narrowing));
    default: return items_of_rows(requirement_rows(scene, narrowing));
  }
}

std::string selected_key(const Scene& scene, Pane pane) {
  const auto selected = scene.selected.find(pane);
  if (selected != scene.selected.end()) return selected->second;
  return pane == Pane::kRequirements ? scene.requirement : "";
}

std::vector<Line> rate_pane(const Scene& scene, int width, int height) {
  const auto* chosen = chosen_requirement(scene);
  std::vector<Line> lines;
  if (chosen == nullptr || height < 2) return lines;
  const Series series = padded(scene.chronicle.requirement(chosen->id, scene.display.span), slices_of(scene));
  lines.push_back(title_line(scene.display, width, fmt::format("Packets/s of {}", requirement_words(*chosen)), span_words(scene)));
  const GraphPlan plan{.width = width, .height = height - 1, .cursor = scene.cursor};
  for (Line& line : rate_graph(series, scene.display, plan)) {
    if (std::ssize(lines) < height) lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace espy::tui
