#include <map>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/escape.h"
#include "report/report.h"
#include "report/sentence.h"
#include "report/words.h"

namespace espy::report {

namespace {

constexpr std::size_t kMaxFlows = 20;  // in the text of one failure

std::string xml(std::string_view text) {
  std::string out;
  for (const char letter : escape(text)) {
    switch (letter) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&apos;"; break;
      default: out += letter;
    }
  }
  return out;
}

// The file that states the requirement: its first origin without the line.
std::string suite_name(const verdict::RequirementSummary& requirement) {
  if (requirement.origins.empty()) return "inferred";
  const std::string& origin = requirement.origins.front();
  const std::size_t colon = origin.rfind(':');
  const bool line = colon != std::string::npos && origin.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  return line ? origin.substr(0, colon) : origin;
}

std::string port_words(const std::optional<std::uint16_t>& port) { return port ? fmt::format(" port {}", *port) : ""; }

std::string flow_words(const verdict::Summary& summary, const verdict::Leak& leak) {
  return fmt::format("{}{} > {}{} {}: {}, {}, {}, first {}", leak.source, port_words(leak.source_port), leak.destination,
                     port_words(leak.destination_port), leak.protocol, name(leak.reason), count(leak.packets, "packet"),
                     size_words(leak.bytes), frame_words(summary, leak.first_frame));
}

void write_flows(const verdict::Summary& summary, const std::string& requirement, std::ostream& out) {
  std::size_t flows = 0;
  for (const auto& leak : summary.leaks) {
    if (leak.requirement != requirement) continue;
    if (++flows <= kMaxFlows) out << xml(flow_words(summary, leak)) << '\n';
  }
  if (flows > kMaxFlows) out << "and " << count(flows - kMaxFlows, "flow") << " more\n";
}

void write_findings_of(const verdict::Summary& summary, const std::string& requirement, std::ostream& out) {
  for (const auto& finding : summary.findings) {
    if (finding.requirement == requirement) out << xml(fmt::format("{}: {}", finding.code, finding.message)) << '\n';
  }
}

void write_outcome(const verdict::Summary& summary, const verdict::RequirementSummary& requirement, std::ostream& out) {
  const std::string reasons = fmt::format("{}", fmt::join(requirement.reasons, ", "));
  if (requirement.verdict == verdict::Verdict::kViolated) {
    const std::string message = fmt::format("{} leaked, {} forged", count(requirement.packets.leaked), count(requirement.packets.forged));
    out << "      <failure message=\"" << xml(message) << "\" type=\"" << xml(reasons) << "\">";
    write_flows(summary, requirement.id, out);
    write_findings_of(summary, requirement.id, out);
    out << "</failure>\n";
  } else if (requirement.verdict == verdict::Verdict::kInconclusive) {
    out << "      <skipped message=\"" << xml("inconclusive: " + reasons) << "\"/>\n";
  }
}

void write_case(const verdict::Summary& summary, const verdict::RequirementSummary& requirement, std::ostream& out) {
  const std::string title = fmt::format("{} {}", requirement.id, requirement.name);
  out << "    <testcase classname=\"" << xml(suite_name(requirement)) << "\" name=\"" << xml(title) << "\">\n";
  write_outcome(summary, requirement, out);
  out << "    </testcase>\n";
}

void write_property(const std::string& property, std::uint64_t value, std::ostream& out) {
  out << "      <property name=\"" << xml(property) << "\" value=\"" << value << "\"/>\n";
}

// The counters that say whether a leak could have been missed.
void write_loss(const verdict::Summary& summary, std::ostream& out) {
  out << "    <properties>\n";
  for (std::size_t index = 0; index < summary.sources.size(); ++index) {
    const auto& source = summary.sources[index];
    const std::string prefix = fmt::format("capture[{}].", index);
    write_property(prefix + "packets", source.packets, out);
    if (source.dropped_by_kernel) write_property(prefix + "dropped_by_kernel", *source.dropped_by_kernel, out);
    if (source.dropped_by_interface) write_property(prefix + "dropped_by_interface", *source.dropped_by_interface, out);
    write_property(prefix + "truncated", source.truncated, out);
    write_property(prefix + "damaged", source.damaged ? 1 : 0, out);
  }
  write_property("limits.flows", summary.limits.flows, out);
  write_property("limits.held", summary.limits.held, out);
  out << "    </properties>\n";
}

using Suite = std::vector<const verdict::RequirementSummary*>;

struct Totals {
  std::size_t tests = 0, failures = 0, skipped = 0;
  void add(verdict::Verdict verdict) {
    ++tests;
    if (verdict == verdict::Verdict::kViolated) ++failures;
    if (verdict == verdict::Verdict::kInconclusive) ++skipped;
  }
};

std::string attributes(std::string_view suite, const Totals& totals) {
  return fmt::format("name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\"", xml(suite), totals.tests, totals.failures,
                     totals.skipped);
}

void write_suite(const verdict::Summary& summary, const std::string& suite, const Suite& requirements, std::ostream& out) {
  Totals totals;
  for (const auto* requirement : requirements) totals.add(requirement->verdict);
  out << "  <testsuite " << attributes(suite, totals) << ">\n";
  write_loss(summary, out);
  for (const auto* requirement : requirements) write_case(summary, *requirement, out);
  out << "  </testsuite>\n";
}

// A case for the whole run, so that what concerns no single requirement can never look like a pass.
void write_overall(const verdict::Summary& summary, std::ostream& out) {
  Totals totals;
  totals.add(summary.verdict);
  out << "  <testsuite " << attributes("espy", totals) << ">\n    <testcase classname=\"espy\" name=\"overall verdict\">\n";
  const std::string message = xml(reason_sentence(summary));
  const std::string reasons = xml(fmt::format("{}", fmt::join(summary.reasons, ", ")));
  if (summary.verdict == verdict::Verdict::kViolated) {
    out << "      <failure message=\"" << message << "\" type=\"" << reasons << "\"/>\n";
  } else if (summary.verdict == verdict::Verdict::kInconclusive) {
    out << "      <skipped message=\"" << message << "\"/>\n";
  }
  out << "    </testcase>\n  </testsuite>\n";
}

}  // namespace

void write_junit(const verdict::Summary& summary, std::ostream& out) {
  std::map<std::string, Suite> suites;
  Totals totals;
  totals.add(summary.verdict);
  for (const auto& requirement : summary.requirements) {
    suites[suite_name(requirement)].push_back(&requirement);
    totals.add(requirement.verdict);
  }
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites " << attributes("espy verify", totals) << ">\n";
  write_overall(summary, out);
  for (const auto& [suite, requirements] : suites) write_suite(summary, suite, requirements, out);
  out << "</testsuites>\n";
}

}  // namespace espy::report
