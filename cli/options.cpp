#include "cli/options.h"

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

#include "cli/commands.h"

namespace espy::cli {
namespace {

constexpr const char* kInputGroup = "Packets";
constexpr const char* kPolicyGroup = "Policy and keys";
constexpr const char* kHiddenGroup = "";
constexpr std::uint32_t kWholePacket = 262'144;
constexpr std::uint32_t kLargestBufferKib = 2 * 1024 * 1024 - 1;  // libpcap counts the octets in an int

[[noreturn]] void refuse(const std::string& message) { throw CLI::ParseError(message, kCouldNotRunStatus); }

bool is_number(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

// tcpdump's -c is a count; a file whose name is a number is still a file.
void add_config(Inputs& inputs, const std::string& argument) {
  std::error_code ignored;
  if (is_number(argument) && !std::filesystem::exists(argument, ignored)) {
    refuse(fmt::format("-c {0}: no such file; -c names a configuration here, to stop after {0} packets use --count {0}", argument));
  }
  inputs.configs.push_back(argument);
}

config::Protect& last_protect(Inputs& inputs, std::string_view option) {
  if (inputs.protects.empty()) refuse(fmt::format("{} narrows the --protect before it; there is none", option));
  return inputs.protects.back();
}

void add_host(Inputs& inputs, const std::string& argument) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos || equals == 0) refuse(fmt::format("--host {}: expected NAME=ADDRESS", argument));
  const auto address = base::read_address(std::string_view(argument).substr(equals + 1));
  if (!address) refuse(fmt::format("--host {}: {}", argument, base::to_string(address.error())));
  inputs.hosts.push_back({argument.substr(0, equals), *address});
}

void set_duration(Inputs& inputs, const std::string& argument) {
  const auto duration = read_duration(argument);
  if (!duration) refuse(fmt::format("--for {}", base::to_string(duration.error())));
  inputs.duration = *duration;
}

void add_captures(CLI::App& command, Inputs& inputs) {
  command
      .add_option("CAPTURE,-r,--read", inputs.captures,
                  "Capture files (pcap, pcapng; .gz and .zst too), folders of them, or - for standard input")
      ->type_name("FILE")
      ->group(kInputGroup);
  command.add_option("-i,--interface", inputs.interfaces, "Listen on an interface instead; repeat for more")
      ->allow_extra_args(false)
      ->type_name("INTERFACE")
      ->group(kInputGroup);
  command
      .add_option_function<std::string>(
          "--for", [&inputs](const std::string& text) { set_duration(inputs, text); }, "With -i: how long, such as 500ms, 30s, 5m or 2h")
      ->type_name("TIME")
      ->group(kInputGroup);
  command.add_option("-f,--filter", inputs.filter, "Only packets that match this BPF expression; also everything after --")
      ->type_name("EXPRESSION")
      ->group(kInputGroup);
  command.add_option("--count", inputs.count, "Stop after so many packets")->type_name("N")->check(CLI::PositiveNumber)->group(kInputGroup);
  command.add_option("-s,--snapshot-length", inputs.snapshot_length, "With -i: octets kept of a packet; 0 is all")
      ->type_name("N")
      ->check(CLI::Range(0U, kWholePacket))
      ->group(kInputGroup);
}

void add_ring(CLI::App& command, Inputs& inputs) {
  static const std::vector<std::pair<std::string, base::Direction>> kDirections{
      {"in", base::Direction::kIn}, {"out", base::Direction::kOut}, {"inout", base::Direction::kUnknown}};
  command
      .add_option("-B,--buffer-size", inputs.buffer_kib,
                  "With -i: KiB that the kernel keeps for each interface until espy takes them; 16384")
      ->type_name("KIB")
      ->check(CLI::Range(1U, kLargestBufferKib))
      ->group(kInputGroup);
  command
      .add_flag_function(
          "-p,--no-promiscuous-mode", [&inputs](std::int64_t) { inputs.promiscuous = false; },
          "With -i: only what the interface takes for itself")
      ->group(kInputGroup);
  command.add_option("-Q,--direction", inputs.direction, "With -i: only packets that go in, or out; inout (default)")
      ->transform(CLI::CheckedTransformer(kDirections).description(""))
      ->type_name("in|out|inout")
      ->group(kInputGroup);
}

void add_policy(CLI::App& command, Inputs& inputs) {
  command
      .add_option_function<std::vector<std::string>>(
          "-c,--config",
          [&inputs](const std::vector<std::string>& files) {
            for (const auto& file : files) add_config(inputs, file);
          },
          "Policies and SAs in any known format, or FORMAT:FILE; repeat for more")
      ->allow_extra_args(false)
      ->type_name("CONFIG")
      ->group(kPolicyGroup);
  command
      .add_option_function<std::vector<std::string>>(
          "--protect",
          [&inputs](const std::vector<std::string>& ends) {
            inputs.protects.push_back({.from = ends[0], .to = ends[1], .ports = {}, .via_from = {}, .via_to = {}});
          },
          "All traffic between two addresses or prefixes must be protected")
      ->expected(2)
      ->allow_extra_args(false)
      ->trigger_on_parse()
      ->type_name("A B")
      ->group(kPolicyGroup);
}

void add_protect_details(CLI::App& command, Inputs& inputs) {
  command
      .add_option_function<std::string>(
          "--port", [&inputs](const std::string& port) { last_protect(inputs, "--port").ports.push_back(port); },
          "Narrows the --protect before it to a port of B, such as tcp/23")
      ->trigger_on_parse()
      ->type_name("PORT")
      ->group(kPolicyGroup);
  command
      .add_option_function<std::string>(
          "--require", [&inputs](const std::string& headers) { last_protect(inputs, "--require").require = headers; },
          "Headers that the --protect before it demands: esp (default), ah, or ah,esp")
      ->trigger_on_parse()
      ->type_name("HEADERS")
      ->group(kPolicyGroup);
  command
      .add_option_function<std::vector<std::string>>(
          "--via",
          [&inputs](const std::vector<std::string>& gateways) {
            config::Protect& protect = last_protect(inputs, "--via");
            protect.via_from = gateways[0];
            protect.via_to = gateways[1];
          },
          "The --protect before it is a tunnel between these two gateways")
      ->expected(2)
      ->allow_extra_args(false)
      ->trigger_on_parse()
      ->type_name("GW1 GW2")
      ->group(kPolicyGroup);
}

void add_surroundings(CLI::App& command, Inputs& inputs) {
  command
      .add_option_function<std::vector<std::string>>(
          "--host",
          [&inputs](const std::vector<std::string>& bindings) {
            for (const auto& binding : bindings) add_host(inputs, binding);
          },
          "Address of a name that a configuration uses")
      ->allow_extra_args(false)
      ->type_name("NAME=ADDRESS")
      ->group(kPolicyGroup);
  command.add_option("--clear", inputs.clear_interfaces, "Traffic on this interface of the capture is meant to be clear")
      ->allow_extra_args(false)
      ->type_name("INTERFACE")
      ->group(kPolicyGroup);
  command.add_option("--crypto", inputs.crypto, "Back-end for all ciphers instead of the fastest for each; see espy --version")
      ->type_name("NAME");
  command.add_option("-j,--jobs", inputs.jobs, "Threads; by default one for each processor")->type_name("N")->check(CLI::Range(1U, 1024U));
  command
      .add_flag_function(
          "-n,--numeric", [](std::int64_t) {}, "Accepted for tcpdump's habit: espy never resolves names")
      ->group(kHiddenGroup);
}

base::Result<std::int64_t> read_unit(std::string_view unit) {
  if (unit == "ms") return 1'000'000;
  if (unit == "s" || unit.empty()) return 1'000'000'000;
  if (unit == "m" || unit == "min") return 60'000'000'000;
  if (unit == "h") return 3'600'000'000'000;
  return base::fail(fmt::format("unknown unit '{}'", unit), "use ms, s, m or h");
}

// --protect A and --via GW1 take the next word too: a capture that stands there is read as an address.
std::unexpected<base::Error> nothing_to_read(const Inputs& inputs) {
  std::error_code ignored;
  for (const config::Protect& protect : inputs.protects) {
    for (const auto& [option, second] : {std::pair{"--protect", protect.to}, std::pair{"--via", protect.via_to.value_or("")}}) {
      if (second.empty() || !std::filesystem::exists(second, ignored)) continue;
      return base::fail(fmt::format("{} takes two addresses; {} stands where the second one belongs", option, second),
                        fmt::format("write {} A B, then the capture", option));
    }
  }
  return base::fail("nothing to read", "name a capture file, or an interface with -i");
}

// A packet that two of them show would count twice.
base::Result<void> check_interfaces(const std::vector<std::string>& names) {
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) != name) return base::fail(fmt::format("the interface {} was given twice", *name));
    if (*name == "any" && names.size() > 1) return base::fail("-i any listens on all interfaces; it goes alone");
  }
  return {};
}

bool is_terminal_with_color() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  if (no_color != nullptr && *no_color != '\0') return false;
  return isatty(STDOUT_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace

// A key given here would be in the shell's history and in the process list; the argument is swallowed and never shown.
void add_refusals(CLI::App& command) {
  command
      .add_option_function<std::vector<std::string>>(
          "-E,--key,--keys,--secret,--psk",
          [](const std::vector<std::string>&) {
            refuse(
                "keys are not taken from the command line, where every user of this machine can read them; put them in a file for -c "
                "(setkey.conf, `ip xfrm state`, Wireshark's esp_sa or a tcpdump -E file)");
          },
          "")
      ->allow_extra_args(false)
      ->trigger_on_parse()
      ->group(kHiddenGroup);
}

void add_inputs(CLI::App& command, Inputs& inputs) {
  add_captures(command, inputs);
  add_ring(command, inputs);
  add_policy(command, inputs);
  add_protect_details(command, inputs);
  add_surroundings(command, inputs);
  add_refusals(command);
}

base::Result<void> check(Inputs& inputs, std::string_view filter_after_dashes) {
  if (!filter_after_dashes.empty()) {
    if (!inputs.filter.empty()) return base::fail("two filters: one with -f and one after --", "join them with 'and'");
    inputs.filter = filter_after_dashes;
  }
  const bool live = !inputs.interfaces.empty();
  if (live && !inputs.captures.empty()) {
    return base::fail(fmt::format("both the interface {} and the file {} were given", inputs.interfaces.front(), inputs.captures.front()),
                      "a BPF expression goes after -- or with -f");
  }
  if (!live && inputs.captures.empty()) return nothing_to_read(inputs);
  if (!live && inputs.duration) return base::fail("--for is for an interface (-i); a file is read to its end");
  if (!live && inputs.until_seen) return base::fail("--until-seen is for an interface (-i); a file is read to its end");
  return check_interfaces(inputs.interfaces);
}

capture::Options capture_options(const Inputs& inputs) {
  return {.files = inputs.captures,
          .interfaces = inputs.interfaces,
          .filter = inputs.filter,
          .snapshot_length = inputs.snapshot_length == 0 ? kWholePacket : inputs.snapshot_length,
          .buffer_size = inputs.buffer_kib * 1024,
          .promiscuous = inputs.promiscuous,
          .direction = inputs.direction,
          .duration = inputs.duration,
          .count = inputs.count};
}

config::Outcome read_configuration(const Inputs& inputs) {
  config::Outcome outcome = config::read(inputs.configs, inputs.hosts);
  if (inputs.protects.empty()) return outcome;
  auto spd = config::read_protect(inputs.protects);
  if (spd) {
    outcome.configuration.spds.push_back(std::move(*spd));
  } else {
    outcome.errors.insert(outcome.errors.end(), spd.error().begin(), spd.error().end());
  }
  return outcome;
}

void add_color(CLI::App& command, ColorChoice& choice) {
  static const std::vector<std::pair<std::string, ColorChoice>> kNames{
      {"auto", ColorChoice::kAuto}, {"always", ColorChoice::kAlways}, {"never", ColorChoice::kNever}};
  command
      .add_option_function<std::string>(
          "--color",
          [&choice](const std::string& word) {
            for (const auto& [name, value] : kNames) {
              if (name == word) {
                choice = value;
                return;
              }
            }
            refuse(fmt::format("--color {}: expected auto, always or never", word));
          },
          "Colour: auto (on a terminal, unless NO_COLOR is set), always or never")
      ->type_name("WHEN");
}

report::Color color(ColorChoice choice) {
  if (choice == ColorChoice::kAlways) return report::Color::kAlways;
  if (choice == ColorChoice::kNever) return report::Color::kNever;
  return is_terminal_with_color() ? report::Color::kAlways : report::Color::kNever;
}

base::Result<base::Duration> read_duration(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (trouble != std::errc() || number <= 0) return base::fail(fmt::format("'{}' is not a time", text), "write 500ms, 30s, 5m or 2h");
  const auto unit = read_unit(text.substr(static_cast<std::size_t>(end - text.data())));
  if (!unit) return std::unexpected(unit.error());
  if (number > std::numeric_limits<std::int64_t>::max() / *unit) return base::fail(fmt::format("'{}' is too long", text));
  return base::Duration{number * *unit};
}

void complain(const base::Error& error) { complain(base::to_string(error)); }

void complain(std::string_view message) { fmt::print(stderr, "espy: {}\n", message); }

}  // namespace espy::cli
