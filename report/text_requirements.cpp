#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/escape.h"
#include "report/sentence.h"
#include "report/text_sections.h"
#include "report/words.h"
#include "verdict/catalogue.h"

namespace espy::report {

namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kVerdictWidth = 14;
constexpr std::size_t kNameWidth = 52;

std::string class_words(const verdict::ClassCounts& packets) {
  std::string words;
  const auto add = [&words](std::uint64_t number, std::string_view text) {
    if (number > 0) words += fmt::format("{}{} {}", words.empty() ? "" : ", ", count(number), text);
  };
  add(packets.protected_, "protected");
  add(packets.unverified, "unverified");
  add(packets.leaked, "leaked");
  add(packets.forged, "forged");
  add(packets.exempt, "exempt");
  return words.empty() ? "no packet seen" : words;
}

void write_requirement(const verdict::RequirementSummary& requirement, std::size_t id_width, Page& page) {
  const std::size_t detail = kIndent + kVerdictWidth + id_width;
  const std::string verdict = column(styled(style_of(requirement.verdict), name(requirement.verdict)), kVerdictWidth);
  page.write(kIndent, detail, verdict + column(page.safe(requirement.id, 8), id_width) + page.safe(requirement.name, kNameWidth));
  const std::string origin = origin_words(requirement);
  const std::string from = origin.empty() ? "" : ", " + page.safe(origin, kNameWidth);
  page.write(detail, detail, page.safe(demand_words(requirement)) + from);
  const std::string_view shared = requirement.shared ? " (shared with other requirements)" : "";
  page.write(detail, detail, fmt::format("{}{}", class_words(requirement.packets), shared));
}

std::size_t id_width(const verdict::Summary& summary) {
  std::size_t width = 2;
  for (const auto& requirement : summary.requirements) width = std::max(width, std::min<std::size_t>(columns(escape(requirement.id)), 8));
  return width + 2;
}

// Worst first, otherwise in the order of the summary.
std::vector<const verdict::RequirementSummary*> worst_first(const verdict::Summary& summary) {
  std::vector<const verdict::RequirementSummary*> rows;
  for (const auto verdict : {verdict::Verdict::kViolated, verdict::Verdict::kInconclusive, verdict::Verdict::kProtected}) {
    for (const auto& requirement : summary.requirements) {
      if (requirement.verdict == verdict) rows.push_back(&requirement);
    }
  }
  return rows;
}

// A requirement's reasons that no finding of its own explains, so that nothing is said twice.
std::vector<std::string> unexplained(const verdict::Summary& summary, const verdict::RequirementSummary& requirement) {
  std::vector<std::string> codes;
  for (const auto& code : requirement.reasons) {
    const bool told = std::ranges::any_of(
        summary.findings, [&](const verdict::Finding& finding) { return finding.code == code && finding.requirement == requirement.id; });
    if (!told) codes.push_back(code);
  }
  return codes;
}

void write_doubt(const Page& page, std::string_view subject, std::string_view code, std::vector<std::string>& lines) {
  const auto* entry = verdict::find(code);
  const std::string_view title = entry == nullptr ? "" : entry->title;
  lines.push_back(fmt::format("{}: {}{}{}", page.safe(subject), page.safe(code), title.empty() ? "" : ": ", title));
}

void add_limit(std::uint64_t number, std::string_view what, std::string_view key, std::vector<std::string>& lines) {
  if (number == 0) return;
  lines.push_back(
      fmt::format("{} {}: a bound was reached, the tables above are not complete; [limits] {} raises it", count(number), what, key));
}

void add_ignored(std::uint64_t number, std::string_view noun, std::string_view what, std::vector<std::string>& lines) {
  if (number > 0) lines.push_back(fmt::format("ignored: {} {}", count(number, noun), what));
}

std::vector<std::string> doubts(const verdict::Summary& summary, const Page& page) {
  std::vector<std::string> lines;
  for (const auto& requirement : summary.requirements) {
    if (requirement.verdict != verdict::Verdict::kInconclusive) continue;
    for (const auto& code : unexplained(summary, requirement)) write_doubt(page, requirement.id, code, lines);
  }
  for (const auto& assumption : summary.assumptions) lines.push_back("assumed: " + page.safe(assumption));
  add_limit(summary.limits.flows, "flows not kept", "flows", lines);
  add_limit(summary.limits.associations, "associations not kept", "associations", lines);
  add_limit(summary.limits.fragments, "fragments not kept", "fragments", lines);
  add_limit(summary.limits.held, "packets judged before their time", "held", lines);
  add_limit(summary.limits.findings, "findings not kept", "findings", lines);
  add_ignored(summary.ignored_socket, "socket rule", "(policies of single sockets)", lines);
  add_ignored(summary.ignored_marked, "marked rule", "(policies with a mark or an interface id)", lines);
  add_ignored(summary.ignored_larval, "SA", "without keys yet (larval)", lines);
  return lines;
}

}  // namespace

void write_requirements(const verdict::Summary& summary, Page& page) {
  if (summary.requirements.empty()) return;
  page.heading("Requirements");
  const auto rows = worst_first(summary);
  const std::size_t shown = page.shown(rows.size());
  for (std::size_t index = 0; index < shown; ++index) write_requirement(*rows[index], id_width(summary), page);
  page.more(kIndent, rows.size() - shown, "requirement");
}

void write_doubts(const verdict::Summary& summary, Page& page) {
  const std::vector<std::string> lines = doubts(summary, page);
  if (lines.empty()) return;
  page.heading("What cannot be told, and what was assumed");
  const std::size_t shown = page.shown(lines.size());
  for (std::size_t index = 0; index < shown; ++index) page.write(kIndent, kIndent + 4, lines[index]);
  page.more(kIndent, lines.size() - shown, "remark");
}

}  // namespace espy::report
