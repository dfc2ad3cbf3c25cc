#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/sentence.h"
#include "report/text_sections.h"
#include "report/words.h"

namespace espy::report {

namespace {

constexpr std::size_t kLabelWidth = 12;
constexpr std::size_t kNameWidth = 44;

void write_fact(std::string_view label, std::string_view text, Page& page) {
  page.write(0, kLabelWidth, column(styled(Style::kFaint, label), kLabelWidth) + std::string(text));
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  return result;
}

void write_verdict(const verdict::Summary& summary, Page& page) {
  const std::string word = upper(name(summary.verdict));
  const std::size_t width = std::max(kLabelWidth, word.size() + 2);
  page.write(0, kLabelWidth,
             column(styled(style_of(summary.verdict), styled(Style::kStrong, word)), width) + page.safe(reason_sentence(summary)));
}

std::string policy_words(const verdict::Summary& summary) {
  if (summary.requirements.empty()) return "none: no policy was given, and none could be inferred";
  const std::string requirements = count(summary.requirements.size(), "requirement");
  switch (summary.policy_source) {
    case verdict::PolicySource::kConfigured: return requirements + " from configuration files";
    case verdict::PolicySource::kCommandLine: return requirements + " from the command line";
    case verdict::PolicySource::kMixed: return requirements + " from configuration files and the command line";
    case verdict::PolicySource::kInferred: return requirements + " inferred from the traffic: no policy was given";
  }
  return requirements;
}

std::string source_words(const verdict::SourceSummary& source, const Page& page) {
  const std::string links = page.safe(fmt::format("{}", fmt::join(source.link_types, ", ")), kNameWidth);
  std::string words =
      fmt::format("{}: {}, {}", page.safe(source.name, kNameWidth), count(source.packets, "packet"), size_words(source.bytes));
  if (!source.format.empty()) words += ", " + page.safe(source.format, kNameWidth);
  return links.empty() ? words : words + " " + links;
}

// What the capture lost, or "" when it lost nothing that it knows of.
std::string loss_words(const verdict::SourceSummary& source) {
  std::string words;
  const auto add = [&words](const std::string& text) { words += (words.empty() ? "" : ", ") + text; };
  if (source.dropped_by_kernel.value_or(0) > 0) add(count(*source.dropped_by_kernel, "packet") + " dropped by the kernel");
  if (source.dropped_by_interface.value_or(0) > 0) add(count(*source.dropped_by_interface, "packet") + " dropped by the interface");
  if (source.truncated > 0) add(count(source.truncated, "frame") + " cut by the snapshot length");
  if (source.damaged) add("damaged: only what came before was read");
  return words;
}

void write_source(std::string_view label, const verdict::SourceSummary& source, Page& page) {
  write_fact(label, source_words(source, page), page);
  if (source.first.known() && source.last.known()) {
    page.write(kLabelWidth, kLabelWidth, fmt::format("{}, {}", period(source.first, source.last), span_words(source.last - source.first)));
  }
  if (const std::string loss = loss_words(source); !loss.empty()) page.write(kLabelWidth, kLabelWidth, styled(Style::kDoubt, loss));
}

void write_sources(const verdict::Summary& summary, Page& page) {
  const std::size_t shown = page.shown(summary.sources.size());
  for (std::size_t index = 0; index < shown; ++index) write_source(index == 0 ? "Captured" : "", summary.sources[index], page);
  page.more(kLabelWidth, summary.sources.size() - shown, "source");
}

}  // namespace

void write_head(const verdict::Summary& summary, Page& page) {
  write_verdict(summary, page);
  page.blank();
  write_fact("Protection", share_sentence(summary), page);
  write_fact("Policy", policy_words(summary), page);
  write_sources(summary, page);
  if (summary.filter) write_fact("Filter", page.safe(*summary.filter), page);
  if (summary.vantage == verdict::Vantage::kHost) write_fact("Seen from", "a host that does IPsec itself", page);
}

}  // namespace espy::report
