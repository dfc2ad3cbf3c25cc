// explain: what a finding code means, where that is written, and what to do.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "cli/nearest.h"
#include "cli/options.h"
#include "report/report.h"
#include "verdict/catalogue.h"

namespace espy::cli {
namespace {

struct Explain {
  std::vector<std::string> codes;
  ColorChoice color = ColorChoice::kAuto;
};

int complain_of_unknown(const std::string& code) {
  std::vector<std::string_view> known;
  for (const verdict::CatalogueEntry& entry : verdict::catalogue()) known.push_back(entry.code);
  const auto suggestions = nearest(code, known);
  if (suggestions.empty()) {
    complain(fmt::format("no finding has the code '{}'; `espy explain` lists them all", code));
  } else {
    complain(fmt::format("no finding has the code '{}'; did you mean {}?", code, fmt::join(suggestions, ", ")));
  }
  return kCouldNotRunStatus;
}

int explain(const Explain& request) {
  const report::Color chosen = color(request.color);
  if (request.codes.empty()) report::write_explanations(chosen, std::cout);
  int status = kProtectedStatus;
  for (const std::string& code : request.codes) {
    const verdict::CatalogueEntry* entry = verdict::find(code);
    if (entry == nullptr) {
      status = complain_of_unknown(code);
    } else {
      report::write_explanation(*entry, chosen, std::cout);
    }
  }
  return status;
}

}  // namespace

void add_explain(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand("explain", "Say what a finding means and what to do; without a code, list them all");
  auto request = std::make_shared<Explain>();
  command->add_option("CODE", request->codes, "Codes of findings, such as leak.plaintext")->type_name("");
  add_color(*command, request->color);
  command->footer("Examples:\n  espy explain\n  espy explain leak.plaintext\n");
  command->callback([request, &invocation] { invocation.exit_status = explain(*request); });
}

}  // namespace espy::cli
