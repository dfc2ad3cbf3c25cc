// verify: the verdict over a capture, its reports and its exit status.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <fstream>
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "cli/listening.h"
#include "cli/options.h"
#include "cli/packet_writer.h"
#include "cli/session.h"
#include "report/report.h"

namespace espy::cli {
namespace {

constexpr const char* kExamples = R"(Exit status: 0 protected, 1 violated, 3 inconclusive, 2 could not run.

Examples:
  espy verify -c /etc/ipsec-tools.conf trace.pcap
  ip xfrm state > sad.txt; ip xfrm policy > spd.txt
  espy verify -c sad.txt -c spd.txt trace.pcapng.gz
  espy verify --protect 10.1.0.0/16 10.2.0.0/16 --via 192.0.2.1 198.51.100.1 trace.pcap
  espy verify -c swanctl.conf -i eth0 --for 5m --until-seen
  espy verify -c swanctl.conf -i eth0 --write leaked,forged -w evidence.pcapng
)";

struct Verify {
  Inputs inputs;
  WriteOptions write;
  ColorChoice color = ColorChoice::kAuto;
  std::string json, junit, sarif;  // file names; "-" for standard output; empty: not asked for
  bool quiet = false, strict = false, allow_unseen = false, unfiltered = false, ascii = false, no_progress = false;
  std::size_t rows = 10;
  std::string inconclusive;  // "", "pass", "fail"
};

// A report to a file, or to standard output for "-".
template <class Write>
bool write_to(const std::string& name, Write write) {
  if (name == "-") {
    write(std::cout);
    std::cout.flush();
    return std::cout.good();
  }
  std::ofstream file(name, std::ios::binary | std::ios::trunc);
  if (file) write(file);
  file.flush();
  if (file.good()) return true;
  complain(fmt::format("{}: cannot write the report", name));
  return false;
}

int fail(const Verify& options, const std::vector<base::Error>& errors) {
  for (const base::Error& error : errors) complain(error);
  if (!options.json.empty()) write_to(options.json, [&](std::ostream& out) { report::write_json_errors(errors, ESPY_VERSION, out); });
  return kCouldNotRunStatus;
}

int mapped_status(const Verify& options, int status) {
  if (status != kInconclusiveStatus || options.inconclusive.empty()) return status;
  return options.inconclusive == "pass" ? kProtectedStatus : kViolatedStatus;
}

bool write_reports(const Verify& options, const verdict::Summary& summary) {
  bool good = true;
  if (!options.json.empty()) good &= write_to(options.json, [&](std::ostream& out) { report::write_json(summary, ESPY_VERSION, out); });
  if (!options.junit.empty()) good &= write_to(options.junit, [&](std::ostream& out) { report::write_junit(summary, out); });
  if (!options.sarif.empty()) good &= write_to(options.sarif, [&](std::ostream& out) { report::write_sarif(summary, ESPY_VERSION, out); });
  const bool stdout_taken = options.write.path == "-" || options.json == "-" || options.junit == "-" || options.sarif == "-";
  if (stdout_taken) return good;
  if (options.quiet) {
    report::write_line(summary, std::cout);
  } else {
    report::write_text(summary, {.color = color(options.color), .ascii = options.ascii, .rows = options.rows}, std::cout);
  }
  std::cout.flush();
  return good && std::cout.good();
}

base::Result<void> check(Verify& options, const Invocation& invocation) {
  if (auto checked = check(options.inputs, invocation.filter); !checked) return checked;
  const bool stdout_taken = options.json == "-" || options.junit == "-" || options.sarif == "-";
  if (options.write.path == "-" && stdout_taken) return base::fail("both packets and a report would go to standard output");
  return check(options.write, options.inputs);
}

// Reads the capture; false when something could not be written, which has been told then.
bool read(const Verify& options, Session& session, PacketWriter* writer) {
  const bool silent = options.no_progress || options.quiet;
  run(session, options.inputs,
      {.tap = nullptr, .writer = writer, .progress = silent ? Progress::kNever : Progress::kOnTerminal, .talk = !options.quiet});
  if (writer == nullptr) return true;
  const auto closed = writer->close();
  if (!closed) complain(closed.error());
  if (closed && !options.quiet) complain(writer->closing_line());
  return closed.has_value();
}

int verify(Verify& options, const Invocation& invocation) {
  if (const auto checked = check(options, invocation); !checked) return fail(options, {checked.error()});
  auto session = Session::create(options.inputs);
  if (!session) return fail(options, session.error());
  if (options.inputs.until_seen && (*session)->world().inferring()) {
    return fail(
        options,
        {{.message = "--until-seen needs requirements that can be seen", .advice = "give a policy with -c or --protect", .file = {}}});
  }
  std::unique_ptr<PacketWriter> writer;
  if (!options.write.path.empty()) {
    auto created = PacketWriter::create(options.write, **session);
    if (!created) return fail(options, {created.error()});
    writer = std::move(*created);
  }
  if (!read(options, **session, writer.get())) return kCouldNotRunStatus;
  verify::RunFacts facts = (*session)->run_facts();
  facts.command = invocation.arguments;
  facts.strict = options.strict;
  facts.allow_unseen = options.allow_unseen;
  facts.unfiltered = options.unfiltered;
  verdict::Summary summary = verify::summarize((*session)->ledger(), facts);
  summary.exit_status = mapped_status(options, summary.exit_status);
  return write_reports(options, summary) ? summary.exit_status : kCouldNotRunStatus;
}

void add_reports(CLI::App& command, Verify& options) {
  constexpr const char* kGroup = "Reports";
  command.add_option("--json", options.json, "The whole report as JSON, to standard output or to =FILE")
      ->expected(0, 1)
      ->default_str("-")
      ->type_name("[=FILE]")
      ->group(kGroup);
  command.add_option("--junit", options.junit, "JUnit XML, one test case a requirement")->type_name("FILE")->group(kGroup);
  command.add_option("--sarif", options.sarif, "SARIF 2.1.0, each result at the policy that it breaks")->type_name("FILE")->group(kGroup);
  command.add_flag("-q,--quiet", options.quiet, "One line instead of the report")->group(kGroup);
  command.add_option("--rows", options.rows, "Rows of a table in the text report; 0 is all")->type_name("N")->group(kGroup);
  command.add_flag("--ascii", options.ascii, "No characters outside ASCII")->group(kGroup);
  command.add_flag("--no-progress", options.no_progress, "No progress line on standard error")->group(kGroup);
  add_color(command, options.color);
}

void add_judgement(CLI::App& command, Verify& options) {
  constexpr const char* kGroup = "Judgement";
  command.add_flag("--strict", options.strict, "Warnings are violations")->group(kGroup);
  command.add_flag("--allow-unseen", options.allow_unseen, "Leave out requirements of which nothing was seen")->group(kGroup);
  command.add_flag("--unfiltered", options.unfiltered, "Vouch that the capture was made without a filter")->group(kGroup);
  command.add_option("--inconclusive", options.inconclusive, "Exit status of an inconclusive verdict: pass (0) or fail (1) instead of 3")
      ->check(CLI::IsMember({"pass", "fail"}))
      ->type_name("pass|fail")
      ->group(kGroup);
}

}  // namespace

void add_verify(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand("verify", "Tell whether the traffic that IPsec should protect is protected");
  command->footer(kExamples);
  auto options = std::make_shared<Verify>();
  add_inputs(*command, options->inputs);
  command->add_flag("--until-seen", options->inputs.until_seen, "With -i: end as soon as packets of every requirement were seen")
      ->group("Packets");
  add_write(*command, options->write);
  add_judgement(*command, *options);
  add_reports(*command, *options);
  command->callback([options, &invocation] { invocation.exit_status = verify(*options, invocation); });
}

}  // namespace espy::cli
