#include <fmt/format.h>

#include "report/sentence.h"
#include "report/text_sections.h"
#include "report/words.h"

namespace espy::report {

namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kDetail = 6;
constexpr std::size_t kNameWidth = 48;

std::string_view reason_words(verdict::LeakReason reason) {
  switch (reason) {
    case verdict::LeakReason::kPlaintext: return "in clear";
    case verdict::LeakReason::kIntegrityOnly: return "with AH only, not encrypted";
    case verdict::LeakReason::kNullEncryption: return "in ESP without encryption";
    case verdict::LeakReason::kMissingAh: return "without the required AH";
    case verdict::LeakReason::kDiscard: return "though a policy discards them";
    case verdict::LeakReason::kIcmpQuote: return "quoted in clear by ICMP errors";
    case verdict::LeakReason::kBeforeNat: return "in clear, their source rewritten by NAT";
  }
  return "";
}

void write_flow(const verdict::Leak& leak, Page& page) {
  const std::string ends = fmt::format("{} > {}", page.safe(end_words(leak.source, leak.source_port)),
                                       page.safe(end_words(leak.destination, leak.destination_port)));
  page.write(kIndent, kDetail, fmt::format("{} {}{}", styled(Style::kBad, ends), page.safe(leak.protocol), application_words(leak.application, leak.application_by, page)));
}

void write_broken_requirement(const verdict::Summary& summary, const verdict::Leak& leak, Page& page) {
  const auto* requirement = find_requirement(summary, leak.requirement);
  if (requirement == nullptr) return;
  const std::string origin = origin_words(*requirement);
  const std::string from = origin.empty() ? "" : fmt::format(" ({})", page.safe(origin, kNameWidth));
  page.write(kDetail, kDetail, fmt::format("{} requires {}{}", page.safe(requirement->id), page.safe(demand_words(*requirement)), from));
}

void write_leak(const verdict::Summary& summary, const verdict::Leak& leak, Page& page) {
  write_flow(leak, page);
  const std::string frame = frame_words(summary, leak.first_frame);
  const std::string from = frame.empty() ? "" : fmt::format(", from {}", page.safe(frame, kNameWidth));
  page.write(kDetail, kDetail,
             fmt::format("{} ({}) {}{}", count(leak.packets, "packet"), size_words(leak.bytes), reason_words(leak.reason), from));
  if (leak.first.known()) page.write(kDetail, kDetail, period(leak.first, leak.last));
  write_broken_requirement(summary, leak, page);
}

}  // namespace

void write_leaks(const verdict::Summary& summary, Page& page) {
  if (summary.leaks.empty()) return;
  page.heading(fmt::format("Not protected ({})", count(summary.leaks.size(), "flow")));
  const std::size_t shown = page.shown(summary.leaks.size());
  for (std::size_t index = 0; index < shown; ++index) write_leak(summary, summary.leaks[index], page);
  page.more(kIndent, summary.leaks.size() - shown, "flow");
}

}  // namespace espy::report
