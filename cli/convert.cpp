// convert: a configuration in another tool's format. Keys leave espy here alone, and only when --show-keys says so.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "config/reader.h"
#include "config/writer.h"

namespace espy::cli {
namespace {

constexpr const char* kExamples = R"(Formats: setkey (setkey.conf), xfrm (commands for `ip -batch FILE`), esp-sa and esp-sa-8 (Wireshark's
table with 10 and with 8 columns), tcpdump (a file for tcpdump -E "file FILE"), toml (espy's own, which
holds everything). What a format cannot say is told on standard error. Exit status: 0 written, 2 not.

Examples:
  espy convert /etc/ipsec-tools.conf --to toml
  espy convert state.txt policy.txt --to setkey --show-keys -o setkey.conf
  espy convert state.txt --to esp-sa --show-keys -o ~/.config/wireshark/esp_sa
)";

struct Convert {
  std::vector<std::string> configs;
  std::string target;
  std::string output = "-";
  bool show_keys = false;
};

base::Error about(const std::string& file, std::string message, std::string advice = {}) {
  return {.message = std::move(message), .advice = std::move(advice), .file = file};
}

class OutputFile {
 public:
  explicit OutputFile(int descriptor) : descriptor_(descriptor) {}
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile() {
    if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
  }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

// No stream in between, whose buffer would keep the keys.
bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// A file that is there already keeps its mode, so that one which others can read must not take keys.
base::Result<void> prepare(int descriptor, const Convert& request) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return {};
  if (request.show_keys && (status.st_mode & (S_IRGRP | S_IROTH)) != 0) {
    return std::unexpected(about(request.output, "this file is there already and others can read it; keys are not written to it",
                                 fmt::format("chmod 600 {}, or name a new file", request.output)));
  }
  if (::ftruncate(descriptor, 0) != 0) return std::unexpected(about(request.output, std::strerror(errno)));
  return {};
}

base::Result<void> save(const Convert& request, std::string_view text) {
  constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
  constexpr mode_t kUsual = kOwnerOnly | S_IRGRP | S_IROTH;
  const OutputFile file(::open(request.output.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, request.show_keys ? kOwnerOnly : kUsual));
  if (file.descriptor() < 0) return std::unexpected(about(request.output, fmt::format("cannot be written: {}", std::strerror(errno))));
  if (auto ready = prepare(file.descriptor(), request); !ready) return ready;
  if (!write_all(file.descriptor(), text))
    return std::unexpected(about(request.output, fmt::format("writing failed: {}", std::strerror(errno))));
  return {};
}

base::Result<void> print(const Convert& request, std::string_view text) {
  if (request.show_keys && ::isatty(STDOUT_FILENO) == 1)
    complain("warning: keys are shown on a terminal; -o FILE keeps them off the screen");
  if (write_all(STDOUT_FILENO, text)) return {};
  return base::fail(fmt::format("cannot write to standard output: {}", std::strerror(errno)));
}

int fail(const base::Error& error) {
  complain(error);
  return kCouldNotRunStatus;
}

int write_target(const Convert& request, const ipsec::Configuration& configuration, config::Target target) {
  const config::WriteOptions options{.keys = request.show_keys ? config::Keys::kShown : config::Keys::kHidden};
  const auto written = config::write(configuration, target, options);
  if (!written) return fail(written.error());
  for (const std::string& note : written->notes) complain(fmt::format("note: {}", note));
  const auto done = request.output == "-" ? print(request, written->text.view()) : save(request, written->text.view());
  return done ? kProtectedStatus : fail(done.error());
}

int convert(const Convert& request) {
  const auto target = config::find_target(request.target);
  if (!target) return fail(about("--to", fmt::format("expected one of {}", fmt::join(config::target_names(), ", "))));
  const config::Outcome outcome = config::read(request.configs, {});
  for (const config::LintFinding& finding : outcome.findings) {
    if (finding.code.starts_with("config.readable")) complain(fmt::format("warning: {}", finding.message));
  }
  for (const base::Error& error : outcome.errors) complain(error);
  if (!outcome.errors.empty()) return kCouldNotRunStatus;
  return write_target(request, outcome.configuration, *target);
}

}  // namespace

void add_convert(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand("convert", "Write a configuration in another tool's format");
  auto request = std::make_shared<Convert>();
  command->add_option("CONFIG,-c,--config", request->configs, "Configurations in any known format, or FORMAT:FILE; - is standard input")
      ->required()
      ->type_name("FILE");
  command->add_option("--to", request->target, fmt::format("One of {}", fmt::join(config::target_names(), ", ")))
      ->required()
      ->type_name("FORMAT");
  command->add_option("-o,--output", request->output, "Write to this file, readable by its owner alone when it holds keys")
      ->type_name("FILE");
  command->add_flag("--show-keys", request->show_keys, "Write the keys too; without, SAs that need them are left out");
  add_refusals(*command);
  command->footer(kExamples);
  command->callback([request, &invocation] { invocation.exit_status = convert(*request); });
}

}  // namespace espy::cli
