// decrypt: the packets that IPsec carried, as a capture file for any other tool.
#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "capture/pcapng_writer.h"
#include "cli/commands.h"
#include "cli/decrypter.h"
#include "cli/options.h"
#include "cli/session.h"
#include "config/writer.h"

namespace espy::cli {
namespace {

constexpr const char* kExamples =
    R"(Each packet whose ESP, AH and IPComp could be opened is written as it was before it was secured, with its time and link type and a comment on
its ICV. What was never secured, and what could not be opened, is written as it was captured, the latter with the reason as its comment.

Examples:
  espy decrypt -c /etc/ipsec-tools.conf trace.pcap -w inner.pcapng
  espy decrypt -c state.txt --only good trace.pcap -w - | tshark -r -
  espy decrypt -c state.txt --embed-keys trace.pcap -w with-keys.pcapng
)";

constexpr std::uint32_t kEspSecrets = 0x45535053;
struct Decrypt {
  Inputs inputs;
  std::string output;
  std::string only = "all";
  bool embed_keys = false;
};

// The file would be emptied before it is read.
base::Result<void> check_output(const Decrypt& options) {
  if (options.output == "-" && isatty(STDOUT_FILENO) == 1) {
    return base::fail("-w - would write packets to the terminal", "name a file, or pipe them to another program");
  }
  std::error_code ignored;
  for (const std::string& input : options.inputs.captures) {
    if (!std::filesystem::equivalent(input, options.output, ignored)) continue;
    return base::fail(fmt::format("{} is what is to be read", options.output), "name another file with -w");
  }
  return {};
}

base::Result<void> embed_keys(const Decrypt& options, capture::PcapngWriter& writer) {
  const config::Outcome outcome = read_configuration(options.inputs);
  const auto written = config::write(outcome.configuration, config::Target::kEspSa, {.keys = config::Keys::kShown});
  if (!written) return std::unexpected(written.error());
  for (const std::string& note : written->notes) complain(fmt::format("note: {}", note));
  const std::string_view text = written->text.view();
  std::vector<std::uint8_t, ipsec::SecretAllocator<std::uint8_t>> octets(text.begin(), text.end());
  writer.write_secrets(kEspSecrets, octets);
  return {};
}

int fail(const base::Error& error) {
  complain(error);
  return kCouldNotRunStatus;
}

Which which(const std::string& word) { return word == "good" ? Which::kGood : word == "bad" ? Which::kBad : Which::kAll; }

std::string closing_line(std::uint64_t written, const DecryptCounts& counts) {
  std::string line =
      fmt::format("{} packets written; of those read, {} were opened, {} have a bad ICV, {} could not be opened, {} carried no IPsec",
                  written, counts.opened, counts.bad, counts.unopened, counts.clear);
  if (counts.fragments > 0) line += fmt::format("; {} more fragments were part of what was opened", counts.fragments);
  if (counts.segments > 0) line += fmt::format("; {} are segments of ESP in TCP that end no packet", counts.segments);
  return line;
}

int run(const Decrypt& options, Session& session, capture::PcapngWriter& writer) {
  Decrypter decrypter({.which = which(options.only), .leave_secured = options.embed_keys, .interfaces = options.inputs.interfaces},
                      session.world(), writer);
  session.run(&decrypter, Progress::kOnTerminal);
  for (const capture::SourceFacts& facts : session.facts()) {
    if (facts.damaged) complain(fmt::format("{}: {}", facts.name, facts.damage));
  }
  const std::uint64_t written = writer.frames();
  if (const auto closed = writer.close(); !closed) return fail(closed.error());
  const DecryptCounts& counts = decrypter.counts();
  complain(closing_line(written, counts));
  return kProtectedStatus;
}

int decrypt(Decrypt& options, const Invocation& invocation) {
  if (const auto checked = check(options.inputs, invocation.filter); !checked) return fail(checked.error());
  if (const auto checked = check_output(options); !checked) return fail(checked.error());
  auto session = Session::create(options.inputs);
  if (!session) {
    for (const base::Error& error : session.error()) complain(error);
    return kCouldNotRunStatus;
  }
  auto writer = capture::PcapngWriter::create(options.output);
  if (!writer) return fail(writer.error());
  if (options.embed_keys) {
    if (const auto embedded = embed_keys(options, *writer); !embedded) return fail(embedded.error());
  }
  return run(options, **session, *writer);
}

}  // namespace

void add_decrypt(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand("decrypt", "Write the packets that IPsec carried to a capture file");
  command->footer(kExamples);
  auto options = std::make_shared<Decrypt>();
  add_inputs(*command, options->inputs);
  constexpr const char* kGroup = "Output";
  command->add_option("-w,--write", options->output, "The pcapng file to write, readable by its owner alone; - is standard output")
      ->required()
      ->type_name("FILE")
      ->group(kGroup);
  command->add_option("--only", options->only, "good: what has a good ICV or was not secured; bad: what has a bad ICV; all (default)")
      ->check(CLI::IsMember({"good", "bad", "all"}))
      ->type_name("WHICH")
      ->group(kGroup);
  command
      ->add_flag("--embed-keys", options->embed_keys,
                 "Leave the packets as they were captured and put the keys of -c into the file, for Wireshark or espy to open them")
      ->group(kGroup);
  command->callback([options, &invocation] { invocation.exit_status = decrypt(*options, invocation); });
}

}  // namespace espy::cli
