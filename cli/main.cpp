// main: the table of subcommands, what surrounds every run (no core dumps: memory may hold keys), and usage errors.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

#include "capture/libraries.h"
#include "cli/commands.h"
#include "cli/nearest.h"
#include "cli/options.h"
#include "crypto/library.h"
#include "ipsec/secret_memory.h"

namespace {

using espy::cli::Invocation;
using espy::cli::kCouldNotRunStatus;

constexpr std::array<std::string_view, 7> kCommands{"verify", "watch", "dump", "decrypt", "convert", "lint", "explain"};
constexpr std::array<std::string_view, 1> kLaterCommands{"monitor"};

constexpr const char* kFooter = R"(Exit status of verify: 0 protected, 1 violated, 3 inconclusive, 2 could not run.

Examples:
  espy verify -c /etc/ipsec-tools.conf trace.pcap
  espy verify --protect 10.0.0.1 10.0.0.2 -i eth0 --for 30s
  espy COMMAND --help
)";

constexpr std::string_view kUnlocked = "warning: keys could not be locked in memory and may reach the swap; raise the limit (ulimit -l)";

// Option names with their words only; CLI11 adds ranges and counts, which the descriptions say better.
class Help : public CLI::Formatter {
 public:
  Help() { column_width(26); }
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string words = option->get_type_name();
    return words.empty() ? words : " " + words.substr(0, words.find(':'));
  }
};

void forbid_core_dumps() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

std::string version_text() {
  std::vector<std::string> libraries = espy::capture::library_versions();
  libraries.push_back(fmt::format("fmt {}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100));
  libraries.push_back("CLI11 " CLI11_VERSION);
  for (const espy::crypto::Backend* backend : espy::crypto::backends())
    libraries.push_back(fmt::format("{} (--crypto {})", backend->version(), backend->name()));
  return fmt::format("espy {}\n{}", ESPY_VERSION, fmt::join(libraries, "\n"));
}

template <std::size_t Size>
bool contains(const std::array<std::string_view, Size>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Everything after the first "--" is a BPF expression and never reaches the option parser, which would take it for file names.
std::vector<std::string> split_filter(Invocation& invocation) {
  const auto& all = invocation.arguments;
  const auto dashes = std::find(all.begin(), all.end(), "--");
  if (dashes != all.end()) invocation.filter = fmt::format("{}", fmt::join(dashes + 1, all.end(), " "));
  return {all.begin(), dashes};
}

// --json without "=FILE" writes to standard output; saying so outright keeps the parser from taking the capture for the FILE.
void name_standard_output(std::vector<std::string>& words) {
  if (words.empty() || words.front() != "verify") return;
  for (std::string& word : words) {
    if (word == "--json") word += "=-";
  }
}

std::string unknown_command(const std::string& word) {
  std::error_code ignored;
  if (contains(kLaterCommands, word)) {
    return fmt::format("`{}` is planned for a later version; espy {} has {}", word, ESPY_VERSION, fmt::join(kCommands, ", "));
  }
  if (std::filesystem::exists(word, ignored)) return fmt::format("'{0}' is no command; to check that file: espy verify {0}", word);
  const auto suggestions = espy::cli::nearest(word, kCommands);
  if (suggestions.empty()) return fmt::format("'{}' is no command; the commands are {}", word, fmt::join(kCommands, ", "));
  return fmt::format("'{}' is no command; did you mean {}?", word, fmt::join(suggestions, ", "));
}

int usage_error(std::string_view message) {
  espy::cli::complain(message);
  return kCouldNotRunStatus;
}

// What a subcommand did not recognise. A value joined to it by '=' may be a secret and is left out.
std::string name_of_extra(const CLI::App& program) {
  const std::vector<std::string> extras = program.remaining(true);
  return extras.empty() ? "an argument" : extras.front().substr(0, extras.front().find('='));
}

std::string used_command(const CLI::App& program) {
  const auto used = program.get_subcommands();
  return used.empty() ? "" : used.front()->get_name() + " ";
}

int parse(CLI::App& program, std::vector<std::string> words, const Invocation& invocation) {
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  try {
    program.parse(std::move(words));
    return invocation.exit_status;
  } catch (const CLI::ExtrasError&) {
    return usage_error(fmt::format("unknown option {}; see espy {}--help", name_of_extra(program), used_command(program)));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return program.exit(error);
    return usage_error(error.what());
  }
}

int run(Invocation& invocation) {
  CLI::App program{"espy: is what IPsec should protect really protected?", "espy"};
  program.set_version_flag("-V,--version", version_text, "Print the versions of espy and its libraries");
  program.formatter(std::make_shared<Help>());
  program.footer(kFooter);
  program.require_subcommand(0, 1);
  espy::cli::add_verify(program, invocation);
  espy::cli::add_watch(program, invocation);
  espy::cli::add_dump(program, invocation);
  espy::cli::add_decrypt(program, invocation);
  espy::cli::add_convert(program, invocation);
  espy::cli::add_lint(program, invocation);
  espy::cli::add_explain(program, invocation);
  std::vector<std::string> words = split_filter(invocation);
  name_standard_output(words);
  if (words.empty()) {
    fmt::print(stderr, "{}", program.help());
    return kCouldNotRunStatus;
  }
  if (!words.front().starts_with('-') && !contains(kCommands, words.front())) return usage_error(unknown_command(words.front()));
  return parse(program, words, invocation);
}

}  // namespace

int main(int argc, char** argv) {
  forbid_core_dumps();
  try {
    Invocation invocation{.arguments = {argv + std::min(argc, 1), argv + argc}, .filter = {}};
    const int status = run(invocation);
    if (!espy::ipsec::secret_memory_locked()) espy::cli::complain(kUnlocked);
    return status;
  } catch (const std::exception& error) {
    return usage_error(error.what());
  }
}
