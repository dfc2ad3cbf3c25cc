// make_capture: writes a capture of some kind and the configuration for it, the same octets for the same options.
#include <fcntl.h>
#include <getopt.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "bench/scenario.h"

namespace espy::bench {

const std::vector<ScenarioKind>& scenario_kinds() {
  static const std::vector<ScenarioKind> kinds{
      {"scan", make_scan, "102 and 130 octets, 64 SAs, 5 % in clear, no keys"},
      {"mix", make_mix, "IMIX, a third IPv6, a third VLAN, 2,000 pairs, 10,000 SAs, 500 policies, no keys"},
      {"open", make_open, "AES-GCM-128, 1350 octets in each packet, 16 SAs"},
      {"open_one", make_open_one, "the same, one SA"},
      {"open_small", make_open_small, "the same as open, 60 octets"},
      {"open_cbc", make_open_cbc, "AES-CBC-128 with HMAC-SHA-256-128, 1350 octets, 16 SAs"},
      {"leaks", make_leaks, "a million flows in clear"},
      {"many_associations", make_many_associations, "--associations SAs, their keys with --keys"},
      {"many_policies", make_many_policies, "1,000 SAs, 5 % in clear, --policies policies"}};
  return kinds;
}

namespace {

struct Arguments {
  ScenarioOptions scenario;
  std::uint64_t frames = 0;
  const char* capture = nullptr;
  const char* configuration = nullptr;
};

[[noreturn]] void show_usage() {
  std::fputs("usage: make_capture KIND [--frames N] [--seed S] [--associations N] [--policies N] [--keys] [-w FILE|-] [-c FILE]\n", stderr);
  for (const ScenarioKind& kind : scenario_kinds()) std::fputs(fmt::format("  {:18} {}\n", kind.name, kind.what).c_str(), stderr);
  std::exit(2);
}

std::uint64_t read_number(const char* text) {
  char* end = nullptr;
  const std::uint64_t number = std::strtoull(text, &end, 10);
  if (*text == '\0' || *end != '\0') show_usage();
  return number;
}

void take_option(int option, Arguments& arguments) {
  switch (option) {
    case 'n': arguments.frames = read_number(optarg); break;
    case 's': arguments.scenario.seed = read_number(optarg); break;
    case 'a': arguments.scenario.associations = static_cast<std::uint32_t>(read_number(optarg)); break;
    case 'p': arguments.scenario.policies = static_cast<std::uint32_t>(read_number(optarg)); break;
    case 'k': arguments.scenario.keys = true; break;
    case 'w': arguments.capture = optarg; break;
    case 'c': arguments.configuration = optarg; break;
    default: show_usage();
  }
}

Arguments read_arguments(int count, char** words) {
  static constexpr option kLong[] = {{"frames", required_argument, nullptr, 'n'},
                                     {"seed", required_argument, nullptr, 's'},
                                     {"associations", required_argument, nullptr, 'a'},
                                     {"policies", required_argument, nullptr, 'p'},
                                     {"keys", no_argument, nullptr, 'k'},
                                     {nullptr, 0, nullptr, 0}};
  Arguments arguments;
  for (int option = 0; (option = getopt_long(count, words, "w:c:", kLong, nullptr)) != -1;) take_option(option, arguments);
  if (optind + 1 != count) show_usage();
  return arguments;
}

std::unique_ptr<Scenario> make_scenario(std::string_view name, const ScenarioOptions& options) {
  for (const ScenarioKind& kind : scenario_kinds())
    if (kind.name == name) return kind.make(options);
  show_usage();
}

// Readable by its owner alone: it may hold keys.
int create(const char* path) {
  const int descriptor = ::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor >= 0) return descriptor;
  std::perror(path);
  std::exit(1);
}

void write_configuration(const char* path, const std::string& text) {
  std::FILE* const file = ::fdopen(create(path), "w");
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (std::fclose(file) == 0 && written) return;
  std::perror(path);
  std::exit(1);
}

void write_capture(const char* path, Scenario& scenario, std::uint64_t frames) {
  CaptureWriter writer(std::string_view(path) == "-" ? STDOUT_FILENO : create(path));
  for (std::uint64_t frame = 0; frame < frames; ++frame) scenario.add_frame(writer);
}

}  // namespace

}  // namespace espy::bench

int main(int count, char** words) {
  const auto arguments = espy::bench::read_arguments(count, words);
  const auto scenario = espy::bench::make_scenario(words[optind], arguments.scenario);
  if (arguments.configuration != nullptr) espy::bench::write_configuration(arguments.configuration, scenario->configuration());
  if (arguments.capture != nullptr) espy::bench::write_capture(arguments.capture, *scenario, arguments.frames);
  return 0;
}
