#include "report/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace espy::report {
namespace {

using Json = nlohmann::ordered_json;

struct Heading {
  verdict::Severity severity;
  std::string_view title;
  std::string_view style;  // escape sequence
};

constexpr std::array kHeadings{Heading{verdict::Severity::kCritical, "Critical", "\x1b[1;31m"},
                               Heading{verdict::Severity::kWarning, "Warnings", "\x1b[1;33m"},
                               Heading{verdict::Severity::kNote, "Notes", "\x1b[1m"}};

std::size_t count(const std::vector<LintRow>& rows, verdict::Severity severity) {
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [severity](const LintRow& row) { return row.severity == severity; }));
}

std::string place(const LintRow& row) {
  if (row.file.empty()) return {};
  return row.line == 0 ? row.file + ": " : fmt::format("{}:{}: ", row.file, row.line);
}

void write_group(const std::vector<LintRow>& rows, const Heading& heading, Color color, std::ostream& out) {
  if (count(rows, heading.severity) == 0) return;
  const bool styled = color == Color::kAlways;
  out << (styled ? heading.style : "") << heading.title << (styled ? "\x1b[0m" : "") << '\n';
  for (const LintRow& row : rows) {
    if (row.severity == heading.severity) out << "  " << place(row) << row.code << ": " << row.message << '\n';
  }
  out << '\n';
}

std::string counted(std::size_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

// nlohmann refuses text that is not UTF-8 only when it writes; the error handler below replaces such octets.
Json nullable(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json nullable(std::uint32_t number) { return number == 0 ? Json(nullptr) : Json(number); }

Json to_json(const LintRow& row) {
  return {{"file", nullable(row.file)},
          {"line", nullable(row.line)},
          {"code", row.code},
          {"severity", verdict::name(row.severity)},
          {"message", row.message}};
}

Json to_json(const base::Error& error) {
  return {{"file", nullable(error.file)},
          {"line", nullable(error.line)},
          {"column", nullable(error.column)},
          {"message", error.message},
          {"advice", nullable(error.advice)}};
}

template <class Row>
Json to_array(const std::vector<Row>& rows) {
  Json array = Json::array();
  for (const Row& row : rows) array.push_back(to_json(row));
  return array;
}

}  // namespace

void write_lint(const std::vector<LintRow>& rows, Color color, std::ostream& out) {
  for (const Heading& heading : kHeadings) write_group(rows, heading, color, out);
  if (rows.empty()) {
    out << "Nothing wrong or weak found.\n";
    return;
  }
  out << counted(count(rows, verdict::Severity::kCritical), "critical finding", "critical findings") << ", "
      << counted(count(rows, verdict::Severity::kWarning), "warning", "warnings") << ", "
      << counted(count(rows, verdict::Severity::kNote), "note", "notes") << "; `espy explain CODE` says more.\n";
}

void write_lint_json(const std::vector<LintRow>& rows, const std::vector<base::Error>& errors, int exit_status, std::string_view version,
                     std::ostream& out) {
  const Json object{
      {"espy", version}, {"schema", 1}, {"exit_status", exit_status}, {"findings", to_array(rows)}, {"errors", to_array(errors)}};
  out << object.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace espy::report
