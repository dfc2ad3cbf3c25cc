// commands: how a subcommand joins the program. Each registers its options and a callback that leaves an exit status; main only builds the
// table and reports what goes wrong before a subcommand runs.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace espy::cli {

// Exit statuses of every subcommand (VERDICT.md V24).
inline constexpr int kProtectedStatus = 0;
inline constexpr int kViolatedStatus = 1;
inline constexpr int kCouldNotRunStatus = 2;
inline constexpr int kInconclusiveStatus = 3;

// One run of the program: what it was asked, and what it answers. Outlives every callback.
struct Invocation {
  std::vector<std::string> arguments;  // all after the program's name, as given; for the report's `command`
  std::string filter;                  // the words after the first "--", joined: a BPF expression, or empty
  int exit_status = kProtectedStatus;
};

void add_verify(CLI::App& program, Invocation& invocation);
void add_dump(CLI::App& program, Invocation& invocation);
void add_watch(CLI::App& program, Invocation& invocation);
void add_decrypt(CLI::App& program, Invocation& invocation);
void add_convert(CLI::App& program, Invocation& invocation);
void add_lint(CLI::App& program, Invocation& invocation);
void add_explain(CLI::App& program, Invocation& invocation);

}  // namespace espy::cli
