#include <fmt/format.h>

#include "report/text_sections.h"
#include "report/words.h"

namespace espy::report {

namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kDetail = 6;

void write_flow(const verdict::ProtectedFlow& flow, Page& page) {
  const std::string ends = fmt::format("{} > {}", page.safe(end_words(flow.source, flow.source_port)),
                                       page.safe(end_words(flow.destination, flow.destination_port)));
  page.write(kIndent, kDetail,
             fmt::format("{} {}{}, {} ({})", styled(Style::kGood, ends), page.safe(flow.protocol),
                         flow.application == flow.protocol ? "" : application_words(flow.application, flow.application_by, page),
                         count(flow.packets, "packet"), size_words(flow.bytes)));
}

}  // namespace

std::string end_words(const std::string& address, const std::optional<std::uint16_t>& port) {
  if (!port) return address;
  const bool ipv6 = address.find(':') != std::string::npos;
  return ipv6 ? fmt::format("[{}]:{}", address, *port) : fmt::format("{}:{}", address, *port);
}

std::string application_words(const std::string& application, const std::string& by, const Page& page) {
  if (application.empty()) return "";
  const std::string ground = by.empty() ? "" : fmt::format(" (by its {})", page.safe(by));
  return fmt::format(", {}{}", page.safe(application), ground);
}

void write_protected_flows(const verdict::Summary& summary, Page& page) {
  if (summary.protected_flows.empty()) return;
  page.heading(fmt::format("Inside the protection ({})", count(summary.protected_flows.size(), "flow")));
  const std::size_t shown = page.shown(summary.protected_flows.size());
  for (std::size_t index = 0; index < shown; ++index) write_flow(summary.protected_flows[index], page);
  page.more(kIndent, summary.protected_flows.size() - shown, "flow");
}

}  // namespace espy::report
