#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "cli/session.h"
#include "verify/portrait.h"

// The part of Session that tells what is known of the capture, of the run so far, and of the process.
namespace espy::cli {
namespace {

verdict::SourceSummary summary_of(const capture::SourceFacts& facts) {
  verdict::SourceSummary summary{.name = facts.name,
                                 .format = facts.format,
                                 .link_types = {},
                                 .packets = facts.packets,
                                 .bytes = facts.bytes,
                                 .first = facts.first,
                                 .last = facts.last,
                                 .dropped_by_kernel = facts.dropped_by_kernel,
                                 .dropped_by_interface = facts.dropped_by_interface,
                                 .truncated = facts.truncated,
                                 .damaged = facts.damaged,
                                 .damage = facts.damage,
                                 .interruptions = facts.interruptions,
                                 .interruption = facts.interruption};
  for (const capture::InterfaceFacts& interface : facts.interfaces) {
    const std::string name = base::to_string(interface.link_type);
    if (std::ranges::find(summary.link_types, name) == summary.link_types.end()) summary.link_types.push_back(name);
  }
  return summary;
}

// Octets of this process that lie in memory, from /proc/self/statm; 0 where it cannot be read.
std::uint64_t resident_size() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t whole = 0, resident = 0;
  file >> whole >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::optional<std::string> filter_of(const Inputs& inputs, const std::vector<capture::SourceFacts>& facts) {
  if (!inputs.filter.empty()) return inputs.filter;
  for (const capture::SourceFacts& source : facts) {
    for (const capture::InterfaceFacts& interface : source.interfaces) {
      if (!interface.filter.empty()) return interface.filter;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view interface_name_of(const std::vector<capture::SourceFacts>& facts, std::uint32_t source, std::uint32_t interface) {
  if (source >= facts.size() || interface >= facts[source].interfaces.size()) return {};
  return facts[source].interfaces[interface].name;
}

bool is_classic(const capture::SourceFacts& source) { return source.format.starts_with("pcap") && !source.format.starts_with("pcapng"); }

// A file has lost nothing that it did not tell yet; the facts of an interface change while it is listened to.
std::vector<verdict::CaptureState> Session::captures() const {
  std::vector<verdict::CaptureState> captures;
  for (const capture::SourceState& state : source_->states()) {
    captures.push_back({.name = state.name,
                        .up = state.up,
                        .note = state.note,
                        .packets = state.packets,
                        .bytes = state.bytes,
                        .dropped_by_kernel = state.dropped_by_kernel,
                        .dropped_by_interface = state.dropped_by_interface});
  }
  if (!captures.empty()) return captures;
  for (const capture::SourceFacts& facts : facts_) {
    captures.push_back({.name = facts.name,
                        .up = true,
                        .note = facts.damaged ? facts.damage : "",
                        .packets = facts.packets,
                        .bytes = facts.bytes,
                        .dropped_by_kernel = facts.dropped_by_kernel.value_or(0),
                        .dropped_by_interface = facts.dropped_by_interface.value_or(0)});
  }
  return captures;
}

verdict::Picture Session::picture(std::size_t rows) {
  const bool live = !inputs_.interfaces.empty();
  if (live) facts_ = source_->facts();
  ledger_->carry_over();
  verify::RunFacts facts = run_facts();
  facts.rows = rows;
  verdict::Picture picture = verify::portray(*ledger_, facts);
  picture.live = live;
  picture.progress = source_->progress();
  picture.captures = captures();
  if (live) picture.associations_read = configured_;
  picture.memory_size = resident_size();
  return picture;
}

verify::RunFacts Session::run_facts() const {
  verify::RunFacts facts;
  facts.filter = filter_of(inputs_, facts_);
  facts.command_line_policies = !inputs_.protects.empty();
  facts.file_policies = file_policies_;
  facts.classic_capture = !facts_.empty() && std::ranges::all_of(facts_, is_classic);
  for (const capture::SourceFacts& source : facts_) facts.sources.push_back(summary_of(source));
  return facts;
}

}  // namespace espy::cli
