#include "tui/overview_panes.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "tui/text.h"
#include "tui/words.h"

namespace espy::tui {
namespace {

constexpr int kSparkCells = 7;  // at least; a bar's scale is its own row's

TableCell number(std::uint64_t count, Style some = {}) { return {count_text(count), count > 0 ? some : Style{}}; }

Style alarm(bool raised, Role role) { return raised ? Style{.role = role, .bold = true} : Style{}; }

Style cover_style(const RequirementRow& row) {
  if (counted(*row.requirement) == 0) return {.role = Role::kDim};
  return alarm(row.requirement->packets.leaked > 0, Role::kLeak);
}

std::string_view span_name(const Scene& scene) {
  if (!scene.picture.live) return "file";
  switch (scene.display.span) {
    case Chronicle::Span::kMinute: return "60 s";
    case Chronicle::Span::kHour: return "1 h";
    case Chronicle::Span::kDay: return "1 d";
  }
  return "";
}

std::vector<Column> requirement_columns(const Scene& scene) {
  const bool graphs = !scene.display.plain;
  const int clear_rate = scene.picture.live || scene.cursor ? 5 : 0;  // of a whole file it says nothing
  return {
      {"STATE", 5, 0, Column::kLastToGo},
      {"REQUIREMENT", 20, 48, 0, Align::kLeft, "name"},
      {"POLICY", 10, 18, 2, Align::kLeft, "policy"},
      {"COVER%", 6, 0, 0, Align::kRight, "cover"},
      {"ENC/s", 5, 0, 1, Align::kRight, "rate"},
      {"CLEAR", 6, 0, 0, Align::kRight, "clear"},
      {"CLR/s", clear_rate, 0, 3, Align::kRight, "clear"},
      {"SAs", 3, 0, 7, Align::kRight, "spi"},
      {"LOST", 5, 0, 6, Align::kRight, "lost"},
      {"BADICV", 6, 0, 8, Align::kRight, "icv"},
      {span_name(scene), graphs ? kSparkCells : 0, graphs ? 30 : 0, 4},
      {"clr", graphs ? 5 : 0, graphs ? 12 : 0, 5},
  };
}

std::vector<TableCell> cells_of(const Scene& scene, const RequirementRow& row) {
  const Tier tier = scene.display.tier == Tier::kBraille ? Tier::kBlock : scene.display.tier;
  const auto series = std::make_shared<const Series>(scene.chronicle.requirement(row.requirement->id, scene.display.span));
  const Rate rate = requirement_rate(scene, row.requirement->id);
  const verdict::RequirementSummary& requirement = *row.requirement;
  return {{row.word, style_of(row.state)},
          {requirement.name, {}},
          {policy_words(requirement), {}},
          {percent_text(covered(requirement), counted(requirement)), cover_style(row)},
          {rate_text(rate.encrypted), {}},
          number(requirement.packets.leaked, {.role = Role::kLeak, .bold = true}),
          {rate_text(rate.clear), alarm(rate.clear > 0, Role::kLeak)},
          number(row.associations),
          number(row.lost, {.role = Role::kWarn}),
          number(row.bad, {.role = Role::kLeak, .bold = true}),
          {"", {.role = Role::kEncrypted}, [series, tier](int width) { return rate_bars(resample(*series, width), tier); }},
          {"", {.role = Role::kClear}, [series, tier](int width) { return clear_marks(resample(*series, width), tier); }}};
}

const std::string& key_of(const RequirementRow& row) { return row.requirement->id; }
template <class Row>
const std::string& key_of(const Row& row) {
  return row.key;
}

// Rows out of sight get no text.
template <class Row, class Cells>
Table table_of(std::vector<Column> columns, const std::vector<Row>& rows, const Sight& sight, Cells cells) {
  Table table(std::move(columns));
  for (std::size_t index = 0; index < rows.size(); ++index) {
    const Row& row = rows[index];
    table.add({key_of(row), row.state, sight.has(index) ? cells(row) : std::vector<TableCell>{}});
  }
  return table;
}

}  // namespace

Table requirement_table(const Scene& scene, const std::vector<RequirementRow>& rows, const Sight& sight) {
  return table_of(requirement_columns(scene), rows, sight, [&](const RequirementRow& row) { return cells_of(scene, row); });
}

std::size_t slices_of(const Scene& scene) {
  if (!scene.picture.live) return 0;
  return scene.display.span == Chronicle::Span::kDay ? 48 : 60;
}

std::string span_words(const Scene& scene) { return scene.picture.live ? fmt::format("last {}", span_name(scene)) : "whole file"; }

namespace {

std::string sequence_words(const verdict::SequenceSummary& sequence) {
  if (!sequence.highest) return "-";
  const std::uint64_t high = std::uint64_t{sequence.esn_high.value_or(0)} << 32;
  return std::to_string(high | *sequence.highest);
}

std::string window_words(const verdict::SequenceSummary& sequence) {
  if (!sequence.window_configured) return "-";
  return count_text(*sequence.window_configured);
}

Style icv_style(const verdict::AssociationSummary& association) {
  if (association.integrity_checks.bad > 0) return {.role = Role::kLeak, .bold = true};
  return association.integrity_checks.good > 0 ? Style{.role = Role::kOk} : Style{.role = Role::kDim};
}

std::string age_words(const Scene& scene, const verdict::AssociationSummary& association) {
  const base::Time end = scene.picture.now.known() ? scene.picture.now : association.last;
  return association.first.known() && end.known() ? age_text(end - association.first) : "-";
}

}  // namespace

Table association_table(const Scene& scene, const std::vector<AssociationRow>& rows, const Sight& sight) {
  return table_of(std::vector<Column>{{"SPI", 10},
                                      {"PROTO", 5, 0, 7, Align::kLeft, "proto"},
                                      {"SOURCE > DESTINATION", 20, 48, 1, Align::kLeft, "name"},
                                      {"ALGORITHMS", 11, 30, 4, Align::kLeft, "alg"},
                                      {"PACKETS", 7, 0, 5, Align::kRight, "packets"},
                                      {"SEQUENCE", 8, 12, 2, Align::kRight},
                                      {"WINDOW", 6, 0, 9, Align::kRight},
                                      {"LOST", 5, 0, 0, Align::kRight, "lost"},
                                      {"REPLAY", 6, 0, 3, Align::kRight},
                                      {"LATE", 5, 0, 6, Align::kRight},
                                      {"ICV", 7, 9, 0, Align::kLeft, "icv"},
                                      {"AGE", 8, 10, 8, Align::kRight}},
                  rows, sight, [&](const AssociationRow& row) -> std::vector<TableCell> {
                    const verdict::AssociationSummary& association = *row.association;
                    return {{spi_words(association), style_of(row.state)},
                            {association.protocol, {}},
                            {ends_words(association), {}},
                            {algorithm_words(association), {}},
                            number(association.packets),
                            {sequence_words(association.sequence), {}},
                            {window_words(association.sequence), {}},
                            number(association.sequence.lost, {.role = Role::kWarn, .bold = true}),
                            number(association.sequence.replayed, {.role = Role::kLeak, .bold = true}),
                            number(association.sequence.reordered),
                            {icv_words(association), icv_style(association)},
                            {age_words(scene, association), {}}};
                  });
}

Table leak_table(const Scene& scene, const std::vector<LeakRow>& rows, const Sight& sight) {
  return table_of(std::vector<Column>{{"LAST", 8, 0, 1},
                                      {"FIRST", 8, 0, 6},
                                      {"FLOW", 34, 60, 0, Align::kLeft, "name"},
                                      {"APP", 6, 12, 2, Align::kLeft, "app"},
                                      {"PACKETS", 7, 0, 3, Align::kRight, "packets"},
                                      {"BYTES", 5, 0, 5, Align::kRight, "bytes"},
                                      {"RULE", 4, 0, 4, Align::kLeft, "rule"},
                                      {"HOW", 8, 34, 7, Align::kLeft, "reason"}},
                  rows, sight, [&](const LeakRow& row) -> std::vector<TableCell> {
                    const verdict::Leak& leak = *row.leak;
                    return {{clock_text(leak.last, scene.display.utc), {}},
                            {clock_text(leak.first, scene.display.utc), {}},
                            {flow_words(leak), {.role = Role::kLeak}},
                            {application_words(leak.application, leak.application_by), {}},
                            number(leak.packets),
                            {size_text(leak.bytes), {}},
                            {leak.requirement, {}},
                            {std::string(reason_words(leak.reason)), {}}};
                  });
}

Table flow_table(const std::vector<FlowRow>& rows, const Sight& sight) {
  return table_of(std::vector<Column>{{"FLOW", 34, 60, 0, Align::kLeft, "name"},
                                      {"APP", 6, 12, 1, Align::kLeft, "app"},
                                      {"PACKETS", 7, 0, 2, Align::kRight, "packets"},
                                      {"BYTES", 5, 0, 4, Align::kRight, "bytes"},
                                      {"RULE", 4, 0, 3, Align::kLeft, "rule"}},
                  rows, sight, [&](const FlowRow& row) -> std::vector<TableCell> {
                    const verdict::ProtectedFlow& flow = *row.flow;
                    return {{flow_words(flow), {}},
                            {application_words(flow.application, flow.application_by), {}},
                            number(flow.packets),
                            {size_text(flow.bytes), {}},
                            {flow.requirement, {}}};
                  });
}

Table event_table(const Scene& scene, const std::vector<EventRow>& rows, int decimals, const Sight& sight) {
  return table_of(std::vector<Column>{{"TIME", decimals == 0 ? 8 : 9 + decimals},
                                      {"SEV", 8, 0, 3, Align::kLeft, "sev"},
                                      {"KIND", 7, 0, 2, Align::kLeft, "kind"},
                                      {"RULE", 4, 0, 1, Align::kLeft, "rule"},
                                      {"TEXT", 50, 400}},
                  rows, sight, [&](const EventRow& row) -> std::vector<TableCell> {
                    const Event& event = *row.event;
                    return {{clock_text(event.time, scene.display.utc, decimals), {}},
                            {std::string(verdict::name(event.severity)), {.role = Role::kDim}},
                            {std::string(name(event.kind)), style_of(row.state)},
                            {event.requirement.empty() ? "-" : event.requirement, {}},
                            {event.text, {}}};
                  });
}

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
  return {"1 Requirements", tally(scene, Pane::kRequirements, rows.size(), scene.picture.requirements_total, "worst first"),
          requirement_table(scene, rows, sight_of(scene, Pane::kRequirements, rows, height)),
          "no requirement: give a policy with -c or --protect"};
}

Content association_content(const Scene& scene, int height) {
  const auto* chosen = chosen_requirement(scene);
  const auto rows = association_rows(scene, chosen_id(scene), narrowing_of(scene, Pane::kAssociations));
  const std::uint64_t all = std::max<std::uint64_t>(scene.picture.associations_total, scene.picture.summary.associations.size());
  return {chosen == nullptr ? "2 SAs" : fmt::format("2 SAs of {}", chosen->name), tally(scene, Pane::kAssociations, rows.size(), all, ""),
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
  return {chosen == nullptr ? "5 Inside the protection" : fmt::format("5 Inside the protection of {}", chosen->name),
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
  lines.push_back(title_line(scene.display, width, fmt::format("Packets/s of {}", chosen->name), span_words(scene)));
  const GraphPlan plan{.width = width, .height = height - 1, .cursor = scene.cursor};
  for (Line& line : rate_graph(series, scene.display, plan)) {
    if (std::ssize(lines) < height) lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace espy::tui
