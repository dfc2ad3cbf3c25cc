#include "tui/requirement_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/sentence.h"
#include "tui/detail_view.h"
#include "tui/overview_panes.h"
#include "tui/text.h"
#include "tui/wireshark.h"
#include "tui/words.h"
#include "verdict/catalogue.h"

namespace espy::tui {
namespace {

using verdict::RequirementSummary;

constexpr std::string_view kGone = "this requirement is not in the picture any more";

std::string ports_words(const RequirementSummary& requirement) {
  const std::string protocol = requirement.protocol.value_or("any");
  if (!requirement.from_port && !requirement.to_port) return protocol;
  return fmt::format("{}, port {} > {}", protocol, requirement.from_port.value_or("any"), requirement.to_port.value_or("any"));
}

std::vector<Fact> clauses(const RequirementSummary& requirement) {
  std::vector<Fact> facts{{"from", requirement.from},
                          {"to", requirement.to},
                          {"protocol", ports_words(requirement)},
                          {"demands", report::demand_words(requirement)}};
  if (!requirement.level.empty()) facts.push_back({"level", requirement.level});
  facts.push_back(
      {"written in", requirement.origins.empty() ? "nowhere: it is inferred" : fmt::format("{}", fmt::join(requirement.origins, ", "))});
  if (requirement.shared) facts.push_back({"shared", "other requirements may use the same SAs"});
  return facts;
}

std::vector<Fact> counts(const Scene& scene, const RequirementSummary& requirement) {
  const Style bad{.role = Role::kLeak, .bold = true};
  const auto pair = [](std::uint64_t packets, std::uint64_t bytes) {
    return packets == 0 ? "0" : fmt::format("{} ({})", packets, size_text(bytes));
  };
  const auto& packets = requirement.packets;
  const auto& bytes = requirement.bytes;
  return {{"protected", pair(packets.protected_, bytes.protected_), {.role = Role::kEncrypted}},
          {"unverified", pair(packets.unverified, bytes.unverified)},
          {"leaked", pair(packets.leaked, bytes.leaked), packets.leaked > 0 ? bad : Style{}},
          {"forged", pair(packets.forged, bytes.forged), packets.forged > 0 ? bad : Style{}},
          {"exempt", pair(packets.exempt, bytes.exempt)},
          {"coverage", counted(requirement) == 0 ? "nothing seen" : percent_text(covered(requirement), counted(requirement)) + " %"},
          {"seen", period_words(scene, requirement.first, requirement.last)}};
}

bool told_by_finding(const Scene& scene, const RequirementSummary& requirement, const std::string& code) {
  return std::ranges::any_of(scene.picture.summary.findings, [&](const verdict::Finding& finding) {
    return finding.code == code && finding.requirement == requirement.id;
  });
}

// Reasons that no finding of this requirement explains.
void write_reasons(const Scene& scene, const RequirementSummary& requirement, Writer& writer) {
  bool titled = false;
  for (const std::string& code : requirement.reasons) {
    const verdict::CatalogueEntry* entry = verdict::find(code);
    if (entry == nullptr || told_by_finding(scene, requirement, code)) continue;
    if (!titled) writer.title("Why");
    titled = true;
    writer.item(state_of(entry->severity), "finding why " + code, code, entry->title);
    writer.text(entry->meaning, {}, 3);
    writer.text(fmt::format("Do: {}", entry->advice), {.role = Role::kDim}, 3);
  }
}

void write_table(const Scene& scene, const Table& table, std::string_view title, std::size_t rows, Writer& writer) {
  if (table.empty()) return;
  writer.title(title, std::to_string(rows));
  writer.add(table.head(writer.width(), scene.columns_skipped));
  writer.add(table.lines(scene.display, writer.width(), scene.columns_skipped));
}

class RequirementView final : public DetailView {
 public:
  std::pair<State, std::string> headline(const Scene& scene) const override {
    const RequirementSummary* requirement = find_requirement(scene.picture, requirement_subject(scene));
    if (requirement == nullptr) return {State::kNone, std::string(kGone)};
    return {state_of(*requirement), fmt::format("{} {}: {}", requirement->id, requirement->name, sentence(*requirement))};
  }

  std::string_view headline_word(const Scene& scene) const override {
    const RequirementSummary* requirement = find_requirement(scene.picture, requirement_subject(scene));
    const bool fails = requirement != nullptr && state_of(*requirement) == State::kLeak && requirement->packets.leaked == 0;
    return fails ? "FAIL" : word(headline(scene).first);
  }

  std::optional<Step> open(const Scene& scene, Pane, const std::string& key) const override { return step_of(scene, key); }

  std::vector<std::string> columns() const override { return field_names(); }

  std::string wireshark_filter(const Scene& scene, Pane, const std::string& key) const override {
    for (const Pane pane : {Pane::kAssociations, Pane::kLeaks}) {
      if (const std::string filter = wireshark_filter_of(scene, pane, key); !filter.empty()) return filter;
    }
    return wireshark_filter_of(scene, Pane::kRequirements, requirement_subject(scene));
  }

 protected:
  std::vector<Line> body(const Scene& scene, int width) const override {
    Writer writer(scene.display, width);
    const RequirementSummary* requirement = find_requirement(scene.picture, requirement_subject(scene));
    if (requirement == nullptr) {
      writer.text(kGone);
      return writer.take();
    }
    writer.title(fmt::format("Requirement {}", requirement->id),
                 requirement->origins.empty() ? "" : short_origin(requirement->origins.front()));
    writer.facts(clauses(*requirement));
    writer.title("Packets");
    writer.facts(counts(scene, *requirement), Density::kFigures);
    write_rates(scene, scene.chronicle.requirement(requirement->id, scene.display.span), writer);
    const auto leaks = leak_rows(scene, requirement->id, Narrowing::kAsked);
    write_table(scene, leak_table(scene, leaks), "Leaks", leaks.size(), writer);
    const auto associations = association_rows(scene, requirement->id, Narrowing::kAsked);
    write_table(scene, association_table(scene, associations), "SAs", associations.size(), writer);
    write_reasons(scene, *requirement, writer);
    write_findings(scene, requirement->id, "", writer);
    return writer.take();
  }

 private:
  static std::string sentence(const RequirementSummary& requirement) {
    if (counted(requirement) + requirement.packets.exempt == 0) return "no packet of it was seen";
    return class_words(requirement.packets);
  }
};

}  // namespace

const View& requirement_view() {
  static const RequirementView made;
  return made;
}

}  // namespace espy::tui
