// lint: what is wrong or weak in a configuration, without a packet.
#include "config/lint.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <memory>
#include <utility>

#include "cli/commands.h"
#include "cli/options.h"
#include "config/reader.h"
#include "report/lint.h"
#include "verdict/catalogue.h"

namespace espy::cli {
namespace {

constexpr const char* kExamples = R"(Exit status: 0 nothing found, 1 a warning or worse, 2 a file could not be read.

Examples:
  espy lint /etc/ipsec-tools.conf
  ip xfrm state > sad.txt; ip xfrm policy > spd.txt; espy lint sad.txt spd.txt
  espy lint --json /etc/ipsec.conf /etc/ipsec.secrets
)";

struct Lint {
  std::vector<std::string> configs;
  ColorChoice color = ColorChoice::kAuto;
  bool json = false;
};

verdict::Severity severity(const std::string& code) {
  const verdict::CatalogueEntry* entry = verdict::find(code);
  return entry == nullptr ? verdict::Severity::kWarning : entry->severity;
}

report::LintRow make_row(const config::LintFinding& finding) {
  return {finding.origin.file, finding.origin.line, finding.code, severity(finding.code), finding.message};
}

std::vector<report::LintRow> make_rows(const config::Outcome& outcome) {
  std::vector<report::LintRow> rows;
  for (const auto& finding : outcome.findings) rows.push_back(make_row(finding));
  for (const auto& finding : config::lint(outcome.configuration)) rows.push_back(make_row(finding));
  const auto position = [](const report::LintRow& row) { return std::tie(row.file, row.line); };
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& left, const auto& right) { return position(left) < position(right); });
  return rows;
}

int status_of(const std::vector<report::LintRow>& rows, const std::vector<base::Error>& errors) {
  if (!errors.empty()) return kCouldNotRunStatus;
  const bool weak = std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.severity != verdict::Severity::kNote; });
  return weak ? kViolatedStatus : kProtectedStatus;
}

int lint(const Lint& request) {
  const config::Outcome outcome = config::read(request.configs, {});
  const auto rows = make_rows(outcome);
  const int status = status_of(rows, outcome.errors);
  if (request.json) {
    report::write_lint_json(rows, outcome.errors, status, ESPY_VERSION, std::cout);
    return status;
  }
  for (const base::Error& error : outcome.errors) complain(error);
  if (outcome.errors.empty() || !rows.empty()) report::write_lint(rows, color(request.color), std::cout);
  return status;
}

}  // namespace

void add_lint(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand("lint", "Say what is wrong or weak in a configuration, without a packet");
  auto request = std::make_shared<Lint>();
  command->add_option("CONFIG,-c,--config", request->configs, "Configurations in any known format, or FORMAT:FILE; - is standard input")
      ->required()
      ->type_name("FILE");
  command->add_flag("--json", request->json, "Print one JSON object");
  add_color(*command, request->color);
  add_refusals(*command);
  command->footer(kExamples);
  command->callback([request, &invocation] { invocation.exit_status = lint(*request); });
}

}  // namespace espy::cli
