// options: the option groups that subcommands share, what they hold after parsing, and how they become arguments of the other modules.
// There is deliberately no option that takes a key: a command line is readable by every user of the machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "capture/source.h"
#include "config/reader.h"
#include "report/report.h"

namespace CLI {
class App;
}

namespace espy::cli {

struct Inputs {
  std::vector<std::string> captures;        // files, folders, "-"
  std::vector<std::string> captures_again;  // where the same can be read once more; empty: at the same place
  std::vector<std::string> interfaces;      // live instead of captures
  std::string filter;                       // a BPF expression, or empty
  std::optional<base::Duration> duration;   // --for
  std::optional<std::uint64_t> count;
  bool until_seen = false;  // --until-seen
  std::uint32_t snapshot_length = 262'144;
  std::uint32_t buffer_kib = capture::kLiveBuffer / 1024;
  bool promiscuous = true;
  base::Direction direction = base::Direction::kUnknown;
  std::vector<std::string> configs;       // "FILE" or "FORMAT:FILE"
  std::vector<config::Protect> protects;  // each with the --port, --require and --via that follow it
  std::vector<config::HostBinding> hosts;
  std::vector<std::string> clear_interfaces;
  unsigned jobs = 0;   // 0: one for each processor
  std::string crypto;  // a back-end by name; empty: the fastest of each algorithm
};

// Adds the options of Inputs, which must outlive the parse.
void add_inputs(CLI::App& command, Inputs& inputs);

// Options that only explain why espy takes no keys from a command line; part of add_inputs.
void add_refusals(CLI::App& command);

// Takes the filter given after "--" and finds what no single option can: no input at all, two kinds of input, --for without an interface.
base::Result<void> check(Inputs& inputs, std::string_view filter_after_dashes);

capture::Options capture_options(const Inputs& inputs);

// The files of -c and the policies of --protect, as one outcome.
config::Outcome read_configuration(const Inputs& inputs);

// --color: `auto` is colour on a terminal, unless NO_COLOR is set or TERM is dumb.
enum class ColorChoice : std::uint8_t { kAuto, kAlways, kNever };
void add_color(CLI::App& command, ColorChoice& choice);
report::Color color(ColorChoice choice);  // for standard output

// "500ms", "30s", "5m", "2h"; a bare number is seconds. Greater than zero.
base::Result<base::Duration> read_duration(std::string_view text);

// "espy: " and the error on standard error, one line.
void complain(const base::Error& error);
void complain(std::string_view message);

}  // namespace espy::cli
