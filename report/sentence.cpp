#include "report/sentence.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/words.h"

namespace espy::report {

namespace {

using verdict::Class;

bool starts_with_word(std::string_view text, std::string_view word) {
  const auto same = [](char left, char right) { return std::tolower(static_cast<unsigned char>(left)) == right; };
  return text.size() > word.size() && std::ranges::equal(text.substr(0, word.size()), word, same);
}

std::string_view default_reason(verdict::Verdict verdict) {
  switch (verdict) {
    case verdict::Verdict::kProtected: return "every requirement was exercised and nothing went in clear";
    case verdict::Verdict::kInconclusive: return "nothing was seen that breaks a requirement, and not enough to call it protected";
    case verdict::Verdict::kViolated: return "traffic that a policy protects went without that protection";
  }
  return "";
}

// The commonest reason why ICVs went unchecked.
std::string_view unchecked_reason(const verdict::Summary& summary) {
  std::array<std::pair<std::uint64_t, std::string_view>, 4> reasons{
      {{0, "no keys"}, {0, "no back-end computes their ICVs"}, {0, "frames cut short"}, {0, "fragments missing"}}};
  for (const auto& association : summary.associations) {
    const auto& checks = association.integrity_checks;
    reasons[0].first += checks.no_key;
    reasons[1].first += checks.no_algorithm;
    reasons[2].first += checks.cut_short;
    reasons[3].first += checks.fragment;
  }
  const auto& largest = *std::ranges::max_element(reasons, {}, [](const auto& reason) { return reason.first; });
  return largest.first == 0 ? "" : largest.second;
}

std::string verified_clause(const verdict::Summary& summary, std::uint64_t carried) {
  const std::uint64_t verified = packets_of(summary, Class::kProtected);
  const std::string_view why = verified == carried ? "" : unchecked_reason(summary);
  return fmt::format("; {} of those could be verified{}{}", share(verified, carried), why.empty() ? "" : ": ", why);
}

}  // namespace

std::string reason_sentence(const verdict::Summary& summary) {
  std::string_view line = summary.verdict_line;
  const std::string_view word = name(summary.verdict);
  if (starts_with_word(line, word) && (line[word.size()] == ':' || line[word.size()] == ',')) {
    line.remove_prefix(word.size() + 1);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  }
  return std::string(line.empty() ? default_reason(summary.verdict) : line);
}

std::string share_sentence(const verdict::Summary& summary) {
  const std::uint64_t carried =
      packets_of(summary, Class::kProtected) + packets_of(summary, Class::kUnverified) + packets_of(summary, Class::kForged);
  const std::uint64_t needing = carried + packets_of(summary, Class::kLeaked);
  if (needing == 0) return "no packet was seen that a policy protects";
  const std::string first = fmt::format("{} of {} carried AH or ESP as required", share(carried, needing), count(needing, "packet"));
  return carried == 0 ? first : first + verified_clause(summary, carried);
}

std::string demand_words(const verdict::RequirementSummary& requirement) {
  if (requirement.action == "discard") return "no traffic at all";
  if (requirement.action == "bypass") return "nothing: clear traffic is allowed";
  std::string words = requirement.require.empty() ? "IPsec" : fmt::format("{}", fmt::join(requirement.require, " + "));
  if (!requirement.mode.empty() && requirement.mode != "any") words += fmt::format(" in {} mode", requirement.mode);
  if (requirement.tunnel) words += fmt::format(" {} > {}", requirement.tunnel->from, requirement.tunnel->to);
  if (requirement.level == "use") words += ", where an SA exists";
  return words;
}

std::string origin_words(const verdict::RequirementSummary& requirement) {
  if (requirement.origins.empty()) return "";
  if (requirement.origins.size() == 1) return requirement.origins.front();
  return fmt::format("{} and {} more", requirement.origins.front(), requirement.origins.size() - 1);
}

const verdict::RequirementSummary* find_requirement(const verdict::Summary& summary, std::string_view id) {
  const auto found = std::ranges::find(summary.requirements, id, &verdict::RequirementSummary::id);
  return found == summary.requirements.end() ? nullptr : &*found;
}

std::uint64_t packets_of(const verdict::Summary& summary, Class packet_class) {
  return summary.packets.by_class[static_cast<std::size_t>(packet_class)];
}

}  // namespace espy::report
