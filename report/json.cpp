#include <nlohmann/json.hpp>

#include "report/report.h"

namespace espy::report {

namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json known(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// Compact; broken UTF-8 becomes U+FFFD.
std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// null for an empty string: what is unknown is never "".
Json known(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json to_json(base::Time time) { return time.known() ? Json(base::to_rfc3339(time)) : Json(nullptr); }

Json to_json(const verdict::FrameReference& frame) {
  return frame.frame == 0 ? Json(nullptr) : Json{{"source", frame.source}, {"frame", frame.frame}};
}

Json to_json(const verdict::SourceSummary& source) {
  return {{"name", source.name},
          {"format", known(source.format)},
          {"link_types", source.link_types},
          {"packets", source.packets},
          {"bytes", source.bytes},
          {"first", to_json(source.first)},
          {"last", to_json(source.last)},
          {"dropped_by_kernel", known(source.dropped_by_kernel)},
          {"dropped_by_interface", known(source.dropped_by_interface)},
          {"truncated", source.truncated},
          {"damaged", source.damaged}};
}

Json to_json(const verdict::PacketCounts& packets) {
  Json json{{"total", packets.total}};
  for (std::size_t index = 0; index < verdict::kClassCount; ++index) {
    json[std::string(name(static_cast<verdict::Class>(index)))] = packets.by_class[index];
  }
  json.update({{"non_ip", packets.non_ip},
               {"ah", packets.ah},
               {"esp", packets.esp},
               {"esp_in_udp", packets.esp_in_udp},
               {"esp_in_tcp", packets.esp_in_tcp},
               {"ipcomp", packets.ipcomp},
               {"ike", packets.ike},
               {"keepalive", packets.keepalive},
               {"fragments", packets.fragments},
               {"dummy", packets.dummy}});
  return json;
}

Json to_json(const verdict::Exemption& exemption) {
  return {{"name", exemption.name}, {"packets", exemption.packets}, {"bytes", exemption.bytes}};
}

Json class_counts(const verdict::ClassCounts& counts) {
  return {{"protected", counts.protected_},
          {"unverified", counts.unverified},
          {"leaked", counts.leaked},
          {"forged", counts.forged},
          {"exempt", counts.exempt}};
}

Json tunnel(const std::optional<verdict::TunnelEnds>& ends) { return ends ? Json{{"from", ends->from}, {"to", ends->to}} : Json(nullptr); }

Json sequence(const verdict::SequenceSummary& numbers) {
  return {{"first", known(numbers.first)},
          {"highest", known(numbers.highest)},
          {"esn_high", known(numbers.esn_high)},
          {"wraps", numbers.wraps},
          {"lost", numbers.lost},
          {"reordered", numbers.reordered},
          {"duplicates", numbers.duplicates},
          {"replayed", numbers.replayed},
          {"resets", numbers.resets},
          {"window_needed", numbers.window_needed},
          {"window_configured", known(numbers.window_configured)}};
}

Json integrity_checks(const verdict::IntegrityChecks& checks) {
  return {
      {"good", checks.good},
      {"bad", checks.bad},
      {"unchecked", checks.unchecked},
      {"unchecked_because",
       {{"no-key", checks.no_key}, {"no-algorithm", checks.no_algorithm}, {"cut-short", checks.cut_short}, {"fragment", checks.fragment}}}};
}

Json code_counts(const std::vector<verdict::CodeCount>& counts) {
  Json json = Json::array();
  for (const auto& count : counts) json.push_back({{"code", count.code}, {"count", count.count}});
  return json;
}

template <class Flow>
Json application(const Flow& flow) {
  return {{"name", known(flow.application)}, {"by", known(flow.application_by)}};
}

Json to_json(const verdict::RequirementSummary& requirement) {
  return {{"id", requirement.id},
          {"name", known(requirement.name)},
          {"action", requirement.action},
          {"from", known(requirement.from)},
          {"to", known(requirement.to)},
          {"protocol", known(requirement.protocol)},
          {"from_port", known(requirement.from_port)},
          {"to_port", known(requirement.to_port)},
          {"require", requirement.require},
          {"mode", known(requirement.mode)},
          {"tunnel", tunnel(requirement.tunnel)},
          {"level", known(requirement.level)},
          {"origins", requirement.origins},
          {"verdict", name(requirement.verdict)},
          {"reasons", requirement.reasons},
          {"shared", requirement.shared},
          {"packets", class_counts(requirement.packets)},
          {"bytes", class_counts(requirement.bytes)},
          {"first", to_json(requirement.first)},
          {"last", to_json(requirement.last)}};
}

Json to_json(const verdict::AssociationSummary& association) {
  return {{"protocol", association.protocol},
          {"spi", association.spi ? Json(base::to_string(*association.spi)) : Json(nullptr)},
          {"source", known(association.source)},
          {"destination", known(association.destination)},
          {"configured", association.configured},
          {"origin", known(association.origin)},
          {"mode", known(association.mode)},
          {"reqid", known(association.reqid)},
          {"encapsulation", association.encapsulation},
          {"encryption", known(association.encryption)},
          {"integrity", known(association.integrity)},
          {"icv_bits", known(association.icv_bits)},
          {"esn", known(association.esn)},
          {"packets", association.packets},
          {"bytes", association.bytes},
          {"first", to_json(association.first)},
          {"last", to_json(association.last)},
          {"sequence", sequence(association.sequence)},
          {"integrity_checks", integrity_checks(association.integrity_checks)},
          {"decryption",
           {{"opened", association.opened},
            {"failed", association.failed},
            {"dummies", association.dummies},
            {"flow_padded", association.flow_padded}}},
          {"diagnosis", known(association.diagnosis)},
          {"findings", code_counts(association.findings)}};
}

Json to_json(const verdict::Leak& leak) {
  return {{"requirement", leak.requirement},
          {"source", known(leak.source)},
          {"destination", known(leak.destination)},
          {"protocol", known(leak.protocol)},
          {"source_port", known(leak.source_port)},
          {"destination_port", known(leak.destination_port)},
          {"application", application(leak)},
          {"reason", name(leak.reason)},
          {"packets", leak.packets},
          {"bytes", leak.bytes},
          {"first", to_json(leak.first)},
          {"last", to_json(leak.last)},
          {"first_frame", to_json(leak.first_frame)}};
}

Json to_json(const verdict::ProtectedFlow& flow) {
  return {{"requirement", flow.requirement},
          {"source", known(flow.source)},
          {"destination", known(flow.destination)},
          {"protocol", known(flow.protocol)},
          {"source_port", known(flow.source_port)},
          {"destination_port", known(flow.destination_port)},
          {"application", application(flow)},
          {"packets", flow.packets},
          {"bytes", flow.bytes},
          {"first", to_json(flow.first)},
          {"last", to_json(flow.last)}};
}

Json to_json(const verdict::Finding& finding) {
  return {{"code", finding.code},
          {"severity", name(finding.severity)},
          {"requirement", known(finding.requirement)},
          {"association", known(finding.association)},
          {"message", finding.message},
          {"advice", known(finding.advice)},
          {"count", finding.count},
          {"first", to_json(finding.first)},
          {"last", to_json(finding.last)},
          {"first_frame", to_json(finding.first_frame)}};
}

Json to_json(const verdict::Limits& limits) {
  return {{"flows", limits.flows},
          {"associations", limits.associations},
          {"fragments", limits.fragments},
          {"held", limits.held},
          {"findings", limits.findings}};
}

constexpr int kSchema = 1;
constexpr int kCouldNotRun = 2;

// Rows one a line, each made, written and forgotten.
template <class Rows>
void write_rows(std::string_view key, const Rows& rows, std::string_view indent, std::ostream& out) {
  out << indent << '"' << key << "\": [";
  std::string_view separator = "\n";
  for (const auto& row : rows) {
    out << separator << indent << "  " << dump(to_json(row));
    separator = ",\n";
  }
  if (!rows.empty()) out << '\n' << indent;
  out << ']';
}

void write_field(std::string_view key, const Json& value, std::ostream& out) { out << "  \"" << key << "\": " << dump(value) << ",\n"; }

void write_verdict(const verdict::Summary& summary, std::ostream& out) {
  write_field("command", summary.command, out);
  write_field("strict", summary.strict, out);
  write_field("verdict", name(summary.verdict), out);
  write_field("exit_status", summary.exit_status, out);
  write_field("reasons", summary.reasons, out);
  write_field("verdict_line", known(summary.verdict_line), out);
  write_field("policy_source", name(summary.policy_source), out);
  write_field("assumptions", summary.assumptions, out);
  write_field("vantage", name(summary.vantage), out);
  write_field("ignored_policies",
              {{"socket", summary.ignored_socket}, {"marked", summary.ignored_marked}, {"larval", summary.ignored_larval}}, out);
  write_field("limits", to_json(summary.limits), out);
}

void write_capture(const verdict::Summary& summary, std::ostream& out) {
  out << "  \"capture\": {\n    \"filter\": " << dump(known(summary.filter)) << ",\n";
  write_rows("sources", summary.sources, "    ", out);
  out << "\n  },\n";
}

Json to_json(const base::Error& error) {
  const auto place = [](std::uint32_t number) { return number == 0 ? Json(nullptr) : Json(number); };
  return {{"file", known(error.file)},
          {"line", place(error.line)},
          {"column", place(error.column)},
          {"message", error.message},
          {"advice", known(error.advice)}};
}

}  // namespace

void write_json(const verdict::Summary& summary, std::string_view version, std::ostream& out) {
  out << "{\n";
  write_field("espy", version, out);
  write_field("schema", kSchema, out);
  write_verdict(summary, out);
  write_capture(summary, out);
  write_field("packets", to_json(summary.packets), out);
  write_rows("exemptions", summary.exemptions, "  ", out);
  out << ",\n";
  write_rows("requirements", summary.requirements, "  ", out);
  out << ",\n";
  write_rows("associations", summary.associations, "  ", out);
  out << ",\n";
  write_rows("leaks", summary.leaks, "  ", out);
  out << ",\n";
  write_rows("protected_flows", summary.protected_flows, "  ", out);
  out << ",\n";
  write_rows("findings", summary.findings, "  ", out);
  out << "\n}\n";
}

void write_json_errors(const std::vector<base::Error>& errors, std::string_view version, std::ostream& out) {
  Json rows = Json::array();
  for (const auto& error : errors) rows.push_back(to_json(error));
  out << dump({{"espy", version}, {"schema", kSchema}, {"exit_status", kCouldNotRun}, {"errors", rows}}) << '\n';
}

}  // namespace espy::report
