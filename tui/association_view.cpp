#include "tui/association_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "tui/detail_view.h"
#include "tui/lineage.h"
#include "tui/overview_panes.h"
#include "tui/text.h"
#include "tui/wireshark.h"
#include "tui/words.h"

namespace espy::tui {
namespace {

using verdict::AssociationSummary;

constexpr std::string_view kGone = "this SA is not in the picture any more";

const AssociationSummary* subject_of(const Scene& scene) {
  const std::size_t index = find_association(scene.picture, association_subject(scene));
  return index == kNowhere ? nullptr : &scene.picture.summary.associations[index];
}

std::string icv_size_words(const AssociationSummary& association) {
  return association.icv_bits ? fmt::format(", {}-bit ICV", *association.icv_bits) : "";
}

std::string esn_words(const AssociationSummary& association) {
  if (!association.esn) return "not known";
  return *association.esn ? "yes" : "no";
}

std::string requirement_names(const Scene& scene, const AssociationSummary& association) {
  std::vector<std::string> names;
  for (const std::string& id : association.requirements) {
    const auto* requirement = find_requirement(scene.picture, id);
    names.push_back(requirement == nullptr ? id : fmt::format("{} {}", id, requirement->name));
  }
  return names.empty() ? "no requirement" : fmt::format("{}", fmt::join(names, ", "));
}

std::vector<Fact> identity(const Scene& scene, const AssociationSummary& association) {
  std::vector<Fact> facts{
      {"SPI", spi_words(association)},
      {"protocol", association.protocol + (association.encapsulation == "none" ? "" : " in " + association.encapsulation)},
      {"outer", ends_words(association)}};
  if (association.mode) facts.push_back({"mode", *association.mode});
  facts.push_back({"algorithms", algorithm_words(association) + icv_size_words(association)});
  facts.push_back({"ESN", esn_words(association)});
  if (association.reqid) facts.push_back({"reqid", std::to_string(*association.reqid)});
  facts.push_back({"written in", association.origin.value_or(association.configured ? "a configuration" : "no configuration: seen only")});
  facts.push_back({"serves", requirement_names(scene, association)});
  const std::string peer = peer_association(scene.picture, association_subject(scene));
  facts.push_back({"peer SA", peer.empty() ? "not seen" : peer});
  return facts;
}

Style raised(std::uint64_t count, Role role) { return count > 0 ? Style{.role = role, .bold = true} : Style{}; }

std::string range_words(const verdict::SequenceSummary& sequence) {
  if (!sequence.first || !sequence.highest) return "none";
  const std::string high = sequence.esn_high ? fmt::format(" (ESN high {})", *sequence.esn_high) : "";
  return fmt::format("{}..{}{}", *sequence.first, *sequence.highest, high);
}

std::vector<Fact> sequence_facts(const verdict::SequenceSummary& sequence) {
  const std::string window = sequence.window_configured ? std::to_string(*sequence.window_configured) : "?";
  return {{"sequence", range_words(sequence)},
          {"lost", std::to_string(sequence.lost), raised(sequence.lost, Role::kWarn)},
          {"replayed", std::to_string(sequence.replayed), raised(sequence.replayed, Role::kWarn)},
          {"late", std::to_string(sequence.reordered)},
          {"duplicates", std::to_string(sequence.duplicates)},
          {"resets", std::to_string(sequence.resets), raised(sequence.resets, Role::kWarn)},
          {"wraps", std::to_string(sequence.wraps)},
          {"window", fmt::format("{} ({} needed)", window, sequence.window_needed)}};
}

std::string unchecked_words(const verdict::IntegrityChecks& checks) {
  if (checks.unchecked == 0) return "0";
  std::vector<std::string> why;
  if (checks.no_key > 0) why.push_back(fmt::format("{} no key", checks.no_key));
  if (checks.no_algorithm > 0) why.push_back(fmt::format("{} no back-end", checks.no_algorithm));
  if (checks.cut_short > 0) why.push_back(fmt::format("{} cut short", checks.cut_short));
  if (checks.fragment > 0) why.push_back(fmt::format("{} fragments", checks.fragment));
  return why.empty() ? std::to_string(checks.unchecked) : fmt::format("{}: {}", checks.unchecked, fmt::join(why, ", "));
}

std::vector<Fact> check_facts(const AssociationSummary& association) {
  const auto& checks = association.integrity_checks;
  std::vector<Fact> facts{{"ICV good", std::to_string(checks.good), {.role = checks.good > 0 ? Role::kOk : Role::kText}},
                          {"ICV bad", std::to_string(checks.bad), raised(checks.bad, Role::kLeak)},
                          {"unchecked", unchecked_words(checks)},
                          {"decrypted", std::to_string(association.opened)},
                          {"bad pad", std::to_string(association.failed), raised(association.failed, Role::kLeak)},
                          {"dummies", std::to_string(association.dummies)}};
  if (association.flow_padded > 0) facts.push_back({"TFC padded", std::to_string(association.flow_padded)});
  if (association.diagnosis) facts.push_back({"diagnosis", *association.diagnosis, {.role = Role::kWarn, .bold = true}});
  return facts;
}

std::string share_words(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "";
  const double percent = static_cast<double>(part) * 100 / static_cast<double>(whole);
  return percent < 0.001 ? " (under 0.001 %)" : fmt::format(" ({:.3f} %)", percent);
}

std::string checks_sentence(const AssociationSummary& association) {
  const auto& checks = association.integrity_checks;
  if (checks.bad > 0) return fmt::format("ICV wrong on {} of {} packets", checks.bad, association.packets);
  if (checks.good > 0 && checks.unchecked == 0) return fmt::format("ICV good on all {} packets", checks.good);
  if (checks.good > 0) return fmt::format("ICV good on {} packets, {} not checked", checks.good, checks.unchecked);
  return checks.no_key > 0 ? "no key, so no ICV was checked" : "no ICV was checked";
}

std::string headline_of(const AssociationSummary& association) {
  const auto& sequence = association.sequence;
  if (association.packets == 0) return "configured, but no packet of it was seen";
  std::string words;
  if (sequence.lost > 0)
    words += fmt::format("{} never seen{}. ", counted(sequence.lost, "sequence number"),
                         share_words(sequence.lost, association.packets + sequence.lost));
  if (sequence.replayed > 0) words += fmt::format("{} replayed. ", counted(sequence.replayed, "packet"));
  return words + checks_sentence(association);
}

class AssociationView final : public DetailView {
 public:
  std::pair<State, std::string> headline(const Scene& scene) const override {
    const AssociationSummary* association = subject_of(scene);
    if (association == nullptr) return {State::kNone, std::string(kGone)};
    return {state_of(*association), fmt::format("SA {}: {}", spi_words(*association), headline_of(*association))};
  }

  // An SA is not what leaks.
  std::string_view headline_word(const Scene& scene) const override {
    const State state = headline(scene).first;
    return state == State::kLeak ? "FAIL" : word(state);
  }

  std::optional<Step> open(const Scene& scene, Pane, const std::string& key) const override { return step_of(scene, key); }

  std::string wireshark_filter(const Scene& scene, Pane, const std::string&) const override {
    return wireshark_filter_of(scene, Pane::kAssociations, association_subject(scene));
  }

  std::optional<Step> beside(const Scene& scene, bool forward) const override {
    const auto rows = association_rows(scene, scene.requirement, Narrowing::kNone);
    const auto here = std::ranges::find(rows, association_subject(scene), &AssociationRow::key);
    if (here == rows.end() || (forward ? here + 1 == rows.end() : here == rows.begin())) return std::nullopt;
    return Step{ViewId::kAssociation, (forward ? here + 1 : here - 1)->key};
  }

 protected:
  std::vector<Line> body(const Scene& scene, int width) const override {
    Writer writer(scene.display, width);
    const AssociationSummary* association = subject_of(scene);
    if (association == nullptr) {
      writer.text(kGone);
      return writer.take();
    }
    writer.title("Identity");
    writer.facts(identity(scene, *association));
    writer.title("Counters", fmt::format("{}, {}", counted(association->packets, "packet"), size_text(association->bytes)));
    writer.facts(sequence_facts(association->sequence), Density::kFigures);
    writer.facts(check_facts(*association), Density::kFigures);
    writer.facts({{"seen", period_words(scene, association->first, association->last)}});
    write_life(scene, *association, writer);
    write_rates(scene, scene.chronicle.association(association_subject(scene), scene.display.span), writer);
    write_findings(scene, "", association_subject(scene), writer);
    write_last(scene, writer);
    return writer.take();
  }

 private:
  static void write_life(const Scene& scene, const AssociationSummary& association, Writer& writer) {
    const std::string words = lineage_words(scene.picture, association, scene.display.utc);
    if (words.empty()) return;
    writer.title("Life", "one began when the other had stopped");
    writer.text(words);
  }

  static void write_last(const Scene& scene, Writer& writer) {
    const std::size_t index = find_association(scene.picture, association_subject(scene));
    if (index >= scene.picture.association_samples.size() || scene.picture.association_samples[index].empty()) return;
    writer.title("Last packets", "Enter opens");
    write_samples(scene, scene.picture.association_samples[index], association_subject(scene), writer);
  }
};

}  // namespace

std::string peer_association(const verdict::Picture& picture, const std::string& key) {
  const std::size_t index = find_association(picture, key);
  if (index == kNowhere) return "";
  const AssociationSummary& one = picture.summary.associations[index];
  const AssociationSummary* best = nullptr;
  for (const AssociationSummary& other : picture.summary.associations) {
    const bool turned = other.source == one.destination && other.destination == one.source && other.protocol == one.protocol;
    if (turned && (best == nullptr || other.last > best->last)) best = &other;
  }
  return best == nullptr ? "" : association_key(*best);
}

const View& association_view() {
  static const AssociationView made;
  return made;
}

}  // namespace espy::tui
