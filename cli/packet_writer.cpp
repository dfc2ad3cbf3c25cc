#include "cli/packet_writer.h"

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/packet_comment.h"

namespace espy::cli {
namespace {

using verdict::Class;
using verify::Outcome;

constexpr const char* kGroup = "Packets to a file";
constexpr std::uint64_t kMillion = 1'000'000;

const std::vector<std::pair<std::string, Wanted>> kNames{
    {"leaked", Wanted::kLeaked}, {"forged", Wanted::kForged}, {"unknown", Wanted::kUnknown}, {"all", Wanted::kAll}};

void add_rotation(CLI::App& command, capture::RotationOptions& rotation) {
  command
      .add_option_function<std::uint64_t>(
          "-C", [&rotation](const std::uint64_t& millions) { rotation.size = millions * kMillion; },
          "With -w: go on in FILE1, FILE2 and so on after so many million octets each")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
      ->type_name("N")
      ->group(kGroup);
  command.add_option("-G", rotation.seconds, "With -w: begin a new file after so many seconds; FILE is a name for strftime")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 31))
      ->type_name("SECONDS")
      ->group(kGroup);
  command.add_option("-W", rotation.files, "With -C: overwrite the oldest of N files; with -G: end after N files")
      ->check(CLI::PositiveNumber)
      ->type_name("N")
      ->group(kGroup);
}

}  // namespace

void add_write(CLI::App& command, WriteOptions& options) {
  command
      .add_option("-w", options.path, "Write the packets that are read to a pcapng file, readable by its owner alone; - is standard output")
      ->type_name("FILE")
      ->group(kGroup);
  command
      .add_option("--write", options.wanted,
                  "With -w: only these packets, each with a comment on its class and the reason: leaked, forged, unknown (of an SA that is "
                  "not configured) or all")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->transform(CLI::CheckedTransformer(kNames).description(""))
      ->type_name("KIND")
      ->group(kGroup);
  add_rotation(command, options.rotation);
}

base::Result<void> check(const WriteOptions& options, const Inputs& inputs) {
  const capture::RotationOptions& rotation = options.rotation;
  if (options.path.empty()) {
    if (!options.wanted.empty()) return base::fail("--write says which packets go to the file of -w; there is none", "add -w FILE");
    if (rotation.any() || rotation.files) return base::fail("-C, -G and -W are about the files of -w; there are none", "add -w FILE");
    return {};
  }
  if (rotation.files && !rotation.any()) return base::fail("-W counts the files that -C or -G make", "add -C MILLIONS or -G SECONDS");
  if (options.path == "-" && rotation.any()) return base::fail("standard output is one file", "name a file with -w");
  if (options.path == "-" && isatty(STDOUT_FILENO) == 1) {
    return base::fail("-w - would write packets to the terminal", "name a file, or pipe them to another program");
  }
  // The file would be emptied before it is read.
  std::error_code ignored;
  for (const std::string& input : inputs.captures) {
    if (!std::filesystem::equivalent(input, options.path, ignored)) continue;
    return base::fail(fmt::format("{} is what is to be read", options.path), "name another file with -w");
  }
  return {};
}

base::Result<std::unique_ptr<PacketWriter>> PacketWriter::create(const WriteOptions& options, const Session& session) {
  auto writer = capture::RotatingWriter::create(options.path, options.rotation);
  if (!writer) return std::unexpected(std::move(writer.error()));
  return std::unique_ptr<PacketWriter>(new PacketWriter(options, session, std::move(*writer)));
}

void PacketWriter::settled(const verify::SettledFrame& frame) {
  if (!is_wanted(*frame.outcome)) return;
  comment_.clear();
  if (!options_.wanted.empty()) describe_packet(session_.ledger(), *frame.outcome, comment_);
  write({.data = frame.data,
         .original_size = frame.facts.original_size,
         .time = frame.facts.time,
         .number = frame.facts.number,
         .source = frame.facts.source,
         .interface = frame.facts.interface,
         .link_type = frame.packet->link_type,
         .direction = frame.packet->direction},
        comment_);
}

void PacketWriter::write(const capture::Frame& frame, std::string_view comment) {
  writer_.write({.data = frame.data,
                 .original_size = frame.original_size,
                 .time = frame.time,
                 .source = frame.source,
                 .interface = frame.interface,
                 .link_type = frame.link_type,
                 .direction = frame.direction,
                 .interface_name = interface_name(frame.source, frame.interface),
                 .comment = comment});
}

bool PacketWriter::is_wanted(const Outcome& outcome) const {
  const auto matches = [&](Wanted wanted) {
    switch (wanted) {
      case Wanted::kAll: return true;
      case Wanted::kLeaked: return outcome.packet_class == Class::kLeaked;
      case Wanted::kForged: return outcome.packet_class == Class::kForged;
      case Wanted::kUnknown: return is_unknown(session_.ledger(), outcome);
    }
    return false;
  };
  return options_.wanted.empty() || std::ranges::any_of(options_.wanted, matches);
}

std::string_view PacketWriter::interface_name(std::uint32_t source, std::uint32_t interface) const {
  return interface_name_of(session_.facts(), source, interface);
}

std::string PacketWriter::closing_line() const {
  const std::string name = options_.path == "-" ? "standard output" : options_.path;
  if (!options_.rotation.any()) return fmt::format("{} packets written to {}", writer_.frames(), name);
  return fmt::format("{} packets written to {} files, {}", writer_.frames(), writer_.files(), name);
}

}  // namespace espy::cli
