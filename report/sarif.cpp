#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "report/report.h"
#include "report/sentence.h"
#include "report/words.h"
#include "verdict/catalogue.h"

namespace espy::report {

namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

struct Place {
  std::string file;
  std::uint32_t line = 1;
};

// A relative URI reference: everything that is not plainly allowed is percent-encoded, a leading slash is kept as file://.
std::string uri(std::string_view path) {
  std::string out = path.starts_with('/') ? "file://" : "";
  for (const char letter : path) {
    const auto octet = static_cast<unsigned char>(letter);
    const bool plain = octet < 0x80 && (std::isalnum(octet) != 0 || std::string_view("-._~/").contains(letter));
    out += plain ? std::string(1, letter) : fmt::format("%{:02X}", octet);
  }
  return out.empty() ? "unknown" : out;
}

// "setkey.conf:12"; nullopt for an origin that is no file with a line, such as "command line".
std::optional<Place> read_origin(std::string_view origin) {
  const std::size_t colon = origin.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  Place place{.file = std::string(origin.substr(0, colon))};
  const char* end = origin.data() + origin.size();
  const auto [stop, code] = std::from_chars(origin.data() + colon + 1, end, place.line);
  return code == std::errc{} && stop == end && place.line > 0 ? std::optional(place) : std::nullopt;
}

std::string capture_name(const verdict::Summary& summary, std::size_t source) {
  if (summary.sources.empty()) return "capture";
  return summary.sources[std::min(source, summary.sources.size() - 1)].name;
}

// The line of the policy that is broken, else the capture: code-scanning services refuse a result that has no place.
Place main_place(const verdict::Summary& summary, std::string_view requirement, const verdict::FrameReference& frame) {
  if (const auto* broken = find_requirement(summary, requirement); broken != nullptr) {
    for (const auto& origin : broken->origins) {
      if (const auto place = read_origin(origin)) return *place;
    }
  }
  return {.file = capture_name(summary, frame.source)};
}

Json physical(const Place& place) { return {{"artifactLocation", {{"uri", uri(place.file)}}}, {"region", {{"startLine", place.line}}}}; }

Json related(const verdict::Summary& summary, const verdict::FrameReference& frame) {
  Json locations = Json::array();
  if (frame.frame == 0) return locations;
  const std::string words = frame_words(summary, frame);
  Json frame_location{
      {"id", 1}, {"physicalLocation", physical({.file = capture_name(summary, frame.source)})}, {"message", {{"text", words}}}};
  frame_location["logicalLocations"] =
      Json::array({{{"name", fmt::format("frame {}", frame.frame)}, {"fullyQualifiedName", words}, {"kind", "frame"}}});
  locations.push_back(frame_location);
  return locations;
}

// FNV-1a: the same problem gets the same print in every run.
std::string fingerprint(std::string_view text) {
  std::uint64_t state = 0xcbf29ce484222325;
  for (const char letter : text) state = (state ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  return fmt::format("{:016x}", state);
}

struct Problem {
  std::string code;
  std::string_view level;
  std::string message;
  std::string requirement;
  verdict::FrameReference frame;
  std::string key;  // what makes it the same problem in another capture
};

std::string_view level(verdict::Severity severity) {
  switch (severity) {
    case verdict::Severity::kNote: return "note";
    case verdict::Severity::kWarning: return "warning";
    case verdict::Severity::kCritical: return "error";
  }
  return "note";
}

std::string leak_code(verdict::LeakReason reason) {
  return reason == verdict::LeakReason::kDiscard ? "policy.discard-violated" : fmt::format("leak.{}", name(reason));
}

// The requirement's own words, since its id may differ from run to run.
std::string requirement_key(const verdict::Summary& summary, std::string_view id) {
  const auto* requirement = find_requirement(summary, id);
  if (requirement == nullptr) return "";
  return fmt::format("{}>{} {} {}", requirement->from, requirement->to, requirement->protocol.value_or("any"),
                     requirement->to_port.value_or("any"));
}

Problem make_problem(const verdict::Summary& summary, const verdict::Leak& leak) {
  const std::string port = leak.destination_port ? fmt::format(" port {}", *leak.destination_port) : "";
  const std::string flow = fmt::format("{} > {}{} {}", leak.source, leak.destination, port, leak.protocol);
  const std::string application = leak.application.empty() ? "" : fmt::format(" ({})", leak.application);
  return {.code = leak_code(leak.reason),
          .level = "error",
          .message =
              fmt::format("{}{}: {}, {}, {}", flow, application, name(leak.reason), count(leak.packets, "packet"), size_words(leak.bytes)),
          .requirement = leak.requirement,
          .frame = leak.first_frame,
          .key = fmt::format("{}|{}|{}", leak_code(leak.reason), requirement_key(summary, leak.requirement), flow)};
}

Problem make_problem(const verdict::Summary& summary, const verdict::Finding& finding) {
  const std::string requirement = finding.requirement.value_or("");
  return {.code = finding.code,
          .level = level(finding.severity),
          .message = finding.advice.empty() ? finding.message : fmt::format("{} {}", finding.message, finding.advice),
          .requirement = requirement,
          .frame = finding.first_frame,
          .key = fmt::format("{}|{}|{}", finding.code, requirement_key(summary, requirement), finding.association.value_or(""))};
}

Json to_result(const verdict::Summary& summary, const Problem& problem) {
  Json result{{"ruleId", problem.code}, {"level", problem.level}, {"message", {{"text", problem.message}}}};
  const Place place = main_place(summary, problem.requirement, problem.frame);
  result["locations"] = Json::array({Json{{"physicalLocation", physical(place)}}});
  if (Json locations = related(summary, problem.frame); !locations.empty()) result["relatedLocations"] = std::move(locations);
  result["partialFingerprints"] = {{"espyProblem/v1", fingerprint(problem.key)}};
  return result;
}

// A finding whose flows are listed one by one is not repeated as a whole.
bool told_by_flows(const verdict::Summary& summary, const verdict::Finding& finding) {
  return std::ranges::any_of(summary.leaks, [&](const verdict::Leak& leak) {
    return leak_code(leak.reason) == finding.code && finding.requirement == leak.requirement;
  });
}

void add_rule(std::string_view code, Json& rules) {
  Json rule{{"id", code}};
  if (const auto* entry = verdict::find(code); entry != nullptr) {
    rule["shortDescription"] = {{"text", entry->title}};
    rule["fullDescription"] = {{"text", entry->meaning}};
    rule["help"] = {{"text", fmt::format("{} ({})", entry->advice, entry->reference)}};
    rule["defaultConfiguration"] = {{"level", level(entry->severity)}};
  }
  rules.push_back(std::move(rule));
}

Json rules_of(const verdict::Summary& summary) {
  std::set<std::string> codes;
  for (const auto& leak : summary.leaks) codes.insert(leak_code(leak.reason));
  for (const auto& finding : summary.findings) codes.insert(finding.code);
  Json rules = Json::array();
  for (const auto& code : codes) add_rule(code, rules);
  return rules;
}

void write_results(const verdict::Summary& summary, std::ostream& out) {
  std::string_view separator = "\n";
  const auto put = [&](const Problem& problem) {
    out << separator << "  " << dump(to_result(summary, problem));
    separator = ",\n";
  };
  for (const auto& leak : summary.leaks) put(make_problem(summary, leak));
  for (const auto& finding : summary.findings) {
    if (!told_by_flows(summary, finding)) put(make_problem(summary, finding));
  }
}

}  // namespace

void write_sarif(const verdict::Summary& summary, std::string_view version, std::ostream& out) {
  const Json driver{{"name", "espy"}, {"version", version}, {"rules", rules_of(summary)}};
  const Json invocation{{"executionSuccessful", true}, {"exitCode", summary.exit_status}};
  out << "{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\", \"version\": \"2.1.0\", \"runs\": [{\n"
      << "\"tool\": {\"driver\": " << dump(driver) << "},\n\"invocations\": " << dump(Json::array({invocation})) << ",\n\"results\": [";
  write_results(summary, out);
  out << "\n]}]}\n";
}

}  // namespace espy::report
