#include "tui/row_tables.h"

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
          {requirement_words(requirement), {}},
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
                            number(association.sequence.replayed, {.role = Role::kWarn, .bold = true}),
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

}  // namespace espy::tui
