#include "report/json_rows.h"
#include "report/report.h"

namespace espy::report {

namespace {

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
  write_rows("findings", summary.findings, "  ", out);
  out << "\n}\n";
}

void write_json_errors(const std::vector<base::Error>& errors, std::string_view version, std::ostream& out) {
  Json rows = Json::array();
  for (const auto& error : errors) rows.push_back(to_json(error));
  out << dump({{"espy", version}, {"schema", kSchema}, {"exit_status", kCouldNotRun}, {"errors", rows}}) << '\n';
}

}  // namespace espy::report
