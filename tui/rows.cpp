#include "tui/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <unordered_map>

#include "tui/text.h"
#include "tui/words.h"
#include "verdict/catalogue.h"

namespace espy::tui {
namespace {

constexpr std::size_t kRecentSlices = 5;
constexpr std::size_t kCursorPart = 20;  // of a file: what lies before the cursor counts as lately

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& letter : made) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  return made;
}

std::string port_field(const std::optional<std::uint16_t>& port) { return port ? std::to_string(*port) : ""; }

// One row and what it is filtered and sorted by.
template <class Row>
struct Candidate {
  Row row;
  Fields fields;
};

const std::string* find_field(const Fields& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &Fields::value_type::first);
  return found == fields.end() ? nullptr : &found->second;
}

bool field_less(const std::string& left, const std::string& right) {
  const auto low = shown_number(left), high = shown_number(right);
  return low && high && *low != *high ? *low < *high : left < right;
}

template <class Row>
void sort_by(const Sort& sort, std::vector<Candidate<Row>>& rows) {
  const bool has_column = !rows.empty() && find_field(rows.front().fields, sort.column) != nullptr;
  if (has_column) {
    std::ranges::stable_sort(rows, [&](const Candidate<Row>& left, const Candidate<Row>& right) {
      return field_less(*find_field(left.fields, sort.column), *find_field(right.fields, sort.column));
    });
  }
  if (sort.reversed) std::ranges::reverse(rows);
}

// Where a key stands in an order that is held; what is new comes after all of it.
std::size_t place_of(const std::vector<std::string>& order, const std::string& key) {
  return static_cast<std::size_t>(std::ranges::find(order, key) - order.begin());
}

template <class Row>
void hold(const Scene& scene, std::vector<Candidate<Row>>& rows) {
  const auto held = scene.held_order.find(scene.focus);
  if (held == scene.held_order.end() || held->second.empty()) return;
  std::ranges::stable_sort(rows, {}, [&](const Candidate<Row>& each) { return place_of(held->second, key_of(each.row)); });
}

// Of the last full slices of a live capture, of those before a file's cursor, or of all of a file.
Rate recent_rate(const Scene& scene, const Series& series) {
  const std::size_t size = series.slices.size();
  if (size == 0 || series.step.nanoseconds <= 0) return {};
  std::size_t first = 0, last = size;
  if (scene.picture.live) {
    last = size > 1 ? size - 1 : size;
    first = last - std::min(last, kRecentSlices);
  } else if (scene.cursor && series.begin.known()) {
    const std::int64_t at = std::clamp<std::int64_t>((*scene.cursor - series.begin).nanoseconds / series.step.nanoseconds, 0,
                                                     static_cast<std::int64_t>(size) - 1);
    last = static_cast<std::size_t>(at) + 1;
    first = last - std::min(last, std::max(kRecentSlices, size / kCursorPart));
  }
  Rate rate;
  for (std::size_t index = first; index < last; ++index) {
    rate.encrypted += static_cast<double>(series.slices[index].encrypted);
    rate.clear += static_cast<double>(series.slices[index].clear);
  }
  const double seconds = static_cast<double>(series.step.nanoseconds) * static_cast<double>(last - first) / 1e9;
  return {rate.encrypted / seconds, rate.clear / seconds};
}

// What the SAs of a requirement add up to, by its id.
struct Served {
  std::uint64_t associations = 0, lost = 0, bad = 0;
};

std::unordered_map<std::string_view, Served> served_requirements(const verdict::Picture& picture) {
  std::unordered_map<std::string_view, Served> served;
  for (const verdict::AssociationSummary& association : picture.summary.associations) {
    for (const std::string& id : association.requirements) {
      Served& row = served[id];
      ++row.associations;
      row.lost += association.sequence.lost;
      row.bad += association.integrity_checks.bad;
    }
  }
  return served;
}

RequirementRow requirement_row(const verdict::RequirementSummary& requirement, const Served& served) {
  return {.requirement = &requirement,
          .state = state_of(requirement),
          .word = word_of(requirement),
          .associations = served.associations,
          .lost = served.lost,
          .bad = served.bad};
}

Fields fields_of(const Scene& scene, const RequirementRow& row) {
  const verdict::RequirementSummary& requirement = *row.requirement;
  return {{"state", lower(row.word)},
          {"name", requirement.name},
          {"src", requirement.from},
          {"dst", requirement.to},
          {"proto", requirement.protocol.value_or("any")},
          {"policy", policy_words(requirement)},
          {"rule", requirement.id},
          {"origin", requirement.origins.empty() ? "" : requirement.origins.front()},
          {"packets", std::to_string(counted(requirement))},
          {"clear", std::to_string(requirement.packets.leaked)},
          {"rate", fmt::format("{:.1f}", requirement_rate(scene, requirement.id).encrypted)},
          {"cover", percent_text(covered(requirement), counted(requirement))},
          {"lost", std::to_string(row.lost)},
          {"icv", std::to_string(row.bad)}};
}

Fields fields_of(const Scene&, const AssociationRow& row) {
  const verdict::AssociationSummary& association = *row.association;
  return {{"state", lower(word(row.state))},
          {"name", row.key},
          {"spi", spi_words(association)},
          {"src", association.source},
          {"dst", association.destination},
          {"proto", association.protocol},
          {"alg", algorithm_words(association)},
          {"origin", association.origin.value_or("")},
          {"packets", std::to_string(association.packets)},
          {"bytes", std::to_string(association.bytes)},
          {"lost", std::to_string(association.sequence.lost)},
          {"icv", std::to_string(association.integrity_checks.bad)}};
}

Fields fields_of(const Scene&, const LeakRow& row) {
  const verdict::Leak& leak = *row.leak;
  return {{"state", "leak"},
          {"name", flow_words(leak)},
          {"src", leak.source},
          {"dst", leak.destination},
          {"proto", leak.protocol},
          {"sport", port_field(leak.source_port)},
          {"port", port_field(leak.destination_port)},
          {"app", leak.application},
          {"packets", std::to_string(leak.packets)},
          {"bytes", std::to_string(leak.bytes)},
          {"rule", leak.requirement},
          {"reason", std::string(verdict::name(leak.reason))}};
}

Fields fields_of(const Scene&, const FlowRow& row) {
  const verdict::ProtectedFlow& flow = *row.flow;
  return {{"state", "ok"},
          {"name", flow_words(flow)},
          {"src", flow.source},
          {"dst", flow.destination},
          {"proto", flow.protocol},
          {"sport", port_field(flow.source_port)},
          {"port", port_field(flow.destination_port)},
          {"app", flow.application},
          {"packets", std::to_string(flow.packets)},
          {"bytes", std::to_string(flow.bytes)},
          {"rule", flow.requirement}};
}

Fields fields_of(const Scene&, const EventRow& row) {
  const Event& event = *row.event;
  return {{"state", lower(word(row.state))}, {"name", event.text},
          {"kind", lower(name(event.kind))}, {"sev", std::string(verdict::name(event.severity))},
          {"rule", event.requirement},       {"code", event.code},
          {"spi", event.association}};
}

template <class Row>
std::vector<Row> narrow(const Scene& scene, Narrowing narrowing, std::vector<Row> rows) {
  const bool as_they_are =
      scene.filter.empty() && scene.sort.column.empty() && !scene.sort.reversed && !scene.held_order.contains(scene.focus);
  if (narrowing == Narrowing::kNone || as_they_are) return rows;
  std::vector<Candidate<Row>> candidates;
  for (Row& row : rows) {
    Fields fields = fields_of(scene, row);
    if (scene.filter.matches(fields)) candidates.push_back({std::move(row), std::move(fields)});
  }
  sort_by(scene.sort, candidates);
  hold(scene, candidates);
  rows.clear();
  for (Candidate<Row>& each : candidates) rows.push_back(std::move(each.row));
  return rows;
}

// "r9" before "r10".
bool id_less(const std::string& left, const std::string& right) {
  return left.size() != right.size() ? left.size() < right.size() : left < right;
}

bool worse(const RequirementRow& left, const RequirementRow& right) {
  if (left.state != right.state) return left.state < right.state;
  if (left.requirement->packets.leaked != right.requirement->packets.leaked)
    return left.requirement->packets.leaked > right.requirement->packets.leaked;
  if (left.requirement->name != right.requirement->name) return left.requirement->name < right.requirement->name;
  return id_less(left.requirement->id, right.requirement->id);
}

std::string flow_key(const verdict::ProtectedFlow& flow) { return fmt::format("{} {}", flow.requirement, flow_words(flow)); }

}  // namespace

Rate requirement_rate(const Scene& scene, const std::string& id) {
  return recent_rate(scene, scene.chronicle.requirement(id, Chronicle::Span::kMinute));
}

std::vector<RequirementRow> requirement_rows(const Scene& scene, Narrowing narrowing) {
  std::vector<RequirementRow> rows;
  const auto served = served_requirements(scene.picture);
  for (const auto& requirement : scene.picture.summary.requirements) {
    const auto found = served.find(requirement.id);
    rows.push_back(requirement_row(requirement, found == served.end() ? Served{} : found->second));
  }
  std::ranges::sort(rows, worse);
  return narrow(scene, narrowing, std::move(rows));
}

std::vector<AssociationRow> association_rows(const Scene& scene, std::string_view requirement, Narrowing narrowing) {
  std::vector<AssociationRow> rows;
  const auto& all = scene.picture.summary.associations;
  for (std::size_t index = 0; index < all.size(); ++index) {
    const verdict::AssociationSummary& association = all[index];
    const bool serves = requirement.empty() || std::ranges::find(association.requirements, requirement) != association.requirements.end();
    if (serves) rows.push_back({&association, index, association_key(association), state_of(association)});
  }
  std::ranges::stable_sort(rows, [](const AssociationRow& left, const AssociationRow& right) {
    if (left.state != right.state) return left.state < right.state;
    return left.association->last > right.association->last;
  });
  return narrow(scene, narrowing, std::move(rows));
}

std::vector<LeakRow> leak_rows(const Scene& scene, std::string_view requirement, Narrowing narrowing) {
  std::vector<LeakRow> rows;
  const auto& all = scene.picture.summary.leaks;
  for (std::size_t index = 0; index < all.size(); ++index) {
    if (requirement.empty() || all[index].requirement == requirement)
      rows.push_back({&all[index], index, leak_key(all[index]), State::kLeak});
  }
  std::ranges::stable_sort(rows, [](const LeakRow& left, const LeakRow& right) { return left.leak->last > right.leak->last; });
  return narrow(scene, narrowing, std::move(rows));
}

std::vector<FlowRow> flow_rows(const Scene& scene, std::string_view requirement, Narrowing narrowing) {
  std::vector<FlowRow> rows;
  for (const auto& flow : scene.picture.summary.protected_flows) {
    if (requirement.empty() || flow.requirement == requirement) rows.push_back({&flow, flow_key(flow), State::kOk});
  }
  return narrow(scene, narrowing, std::move(rows));
}

std::vector<EventRow> event_rows(const Scene& scene, EventOrder order, Narrowing narrowing) {
  std::vector<EventRow> rows;
  for (const Event& event : scene.chronicle.events()) rows.push_back({&event, std::to_string(event.number), state_of(event.severity)});
  if (order == EventOrder::kNewestFirst) std::ranges::reverse(rows);
  return narrow(scene, narrowing, std::move(rows));
}

std::vector<std::string> field_names() {
  return {"state", "name",  "rule", "src",   "dst",     "proto", "port", "sport", "app",    "policy", "origin", "spi",
          "alg",   "cover", "rate", "clear", "packets", "bytes", "lost", "icv",   "reason", "sev",    "kind",   "code"};
}

State state_of(const verdict::RequirementSummary& requirement) {
  if (requirement.verdict == verdict::Verdict::kViolated) return State::kLeak;
  if (requirement.verdict == verdict::Verdict::kProtected) return State::kOk;
  return counted(requirement) + requirement.packets.exempt == 0 ? State::kNone : State::kWarn;
}

std::string word_of(const verdict::RequirementSummary& requirement) {
  const State state = state_of(requirement);
  return state == State::kLeak && requirement.packets.leaked == 0 ? "FAIL" : std::string(word(state));
}

State state_of(verdict::Severity severity) {
  switch (severity) {
    case verdict::Severity::kCritical: return State::kLeak;
    case verdict::Severity::kWarning: return State::kWarn;
    case verdict::Severity::kNote: return State::kNote;
  }
  return State::kNote;
}

State state_of(const verdict::AssociationSummary& association) {
  State worst = association.packets == 0 ? State::kNone : State::kOk;
  for (const verdict::CodeCount& finding : association.findings) {
    const verdict::CatalogueEntry* entry = verdict::find(finding.code);
    if (entry == nullptr || entry->severity == verdict::Severity::kNote) continue;
    worst = std::min(worst, state_of(entry->severity));
  }
  return worst;
}

const verdict::RequirementSummary* find_requirement(const verdict::Picture& picture, std::string_view id) {
  const auto found = std::ranges::find(picture.summary.requirements, id, &verdict::RequirementSummary::id);
  return found == picture.summary.requirements.end() ? nullptr : &*found;
}

std::size_t find_association(const verdict::Picture& picture, std::string_view key) {
  const auto& all = picture.summary.associations;
  const auto found = std::ranges::find_if(all, [&](const auto& association) { return association_key(association) == key; });
  return found == all.end() ? kNowhere : static_cast<std::size_t>(found - all.begin());
}

std::size_t find_leak(const verdict::Picture& picture, std::string_view key) {
  const auto& all = picture.summary.leaks;
  const auto found = std::ranges::find_if(all, [&](const auto& leak) { return leak_key(leak) == key; });
  return found == all.end() ? kNowhere : static_cast<std::size_t>(found - all.begin());
}

std::uint64_t covered(const verdict::RequirementSummary& requirement) {
  return requirement.packets.protected_ + requirement.packets.unverified;
}

std::uint64_t counted(const verdict::RequirementSummary& requirement) {
  return covered(requirement) + requirement.packets.leaked + requirement.packets.forged;
}

std::vector<Item> items_of(const std::vector<EventRow>& rows) {
  std::vector<Item> items;
  for (const EventRow& row : rows) items.push_back({row.key, row.state});
  return items;
}

}  // namespace espy::tui
