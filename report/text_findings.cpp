#include <algorithm>

#include <fmt/format.h>

#include "report/text_sections.h"
#include "report/words.h"
#include "verdict/catalogue.h"

namespace espy::report {

namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kSeverityWidth = 10;
constexpr std::size_t kDetail = kIndent + kSeverityWidth;
constexpr std::size_t kNameWidth = 40;

std::string place_words(const verdict::Summary& summary, const verdict::Finding& finding, const Page& page) {
  std::string words;
  const auto add = [&words](const std::string& text) { words += (words.empty() ? " - " : ", ") + text; };
  if (finding.requirement) add(page.safe(*finding.requirement));
  if (finding.count > 1) add(count(finding.count) + " times");
  const std::string frame = frame_words(summary, finding.first_frame);
  if (!frame.empty()) add(page.safe(frame, kNameWidth));
  return words;
}

// Advice is given once: findings of one code mostly share it.
bool is_new_advice(const verdict::Summary& summary, std::size_t index) {
  const auto before = summary.findings.begin() + static_cast<std::ptrdiff_t>(index);
  return std::find_if(summary.findings.begin(), before, [&](const auto& finding) { return finding.advice == before->advice; }) == before;
}

void write_finding(const verdict::Summary& summary, std::size_t index, Page& page) {
  const verdict::Finding& finding = summary.findings[index];
  const std::string severity = column(styled(style_of(finding.severity), name(finding.severity)), kSeverityWidth);
  page.write(kIndent, kDetail,
             fmt::format("{}{}{}", severity, styled(Style::kStrong, page.safe(finding.code)),
                         styled(Style::kFaint, place_words(summary, finding, page))));
  page.write(kDetail, kDetail, page.safe(finding.message));
  if (finding.association && !finding.message.starts_with(*finding.association))
    page.write(kDetail, kDetail + 4, "SA: " + page.safe(*finding.association));
  if (!finding.advice.empty() && is_new_advice(summary, index)) page.write(kDetail, kDetail + 3, "=> " + page.safe(finding.advice));
}

std::string heading(const verdict::Summary& summary) {
  std::string words;
  for (const auto severity : {verdict::Severity::kCritical, verdict::Severity::kWarning, verdict::Severity::kNote}) {
    const auto number = std::ranges::count(summary.findings, severity, &verdict::Finding::severity);
    if (number == 0) continue;
    words += words.empty() ? "" : ", ";
    words += severity == verdict::Severity::kCritical ? fmt::format("{} critical", number)
                                                      : count(static_cast<std::uint64_t>(number), name(severity));
  }
  return fmt::format("Findings ({})", words);
}

}  // namespace

void write_findings(const verdict::Summary& summary, Page& page) {
  if (summary.findings.empty()) return;
  page.heading(heading(summary));
  const std::size_t shown = page.shown(summary.findings.size());
  for (std::size_t index = 0; index < shown; ++index) write_finding(summary, index, page);
  page.more(kIndent, summary.findings.size() - shown, "finding");
  page.write(kIndent, kIndent,
             styled(Style::kFaint, fmt::format("'espy explain {}' says more about a code", page.safe(summary.findings.front().code))));
}

}  // namespace espy::report
