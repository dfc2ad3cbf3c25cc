#include <CLI/CLI.hpp>

#include <memory>

#include "cli/commands.h"
#include "cli/options.h"

namespace espy::cli {

void add_verify(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand("verify", "Read packets");
  auto inputs = std::make_shared<Inputs>();
  add_inputs(*command, *inputs);
  command->callback([inputs, &invocation] {
    const auto checked = check(*inputs, invocation.filter);
    if (!checked) complain(checked.error());
    invocation.exit_status = kCouldNotRunStatus;
  });
}

}  // namespace espy::cli
