#include "cli/saving.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "capture/pcapng_writer.h"
#include "cli/new_file.h"
#include "report/report.h"
#include "tui/event_log.h"
#include "tui/text.h"

namespace espy::cli {
namespace {

// What was kept of a leak or an SA.
struct Kept {
  const verdict::PacketSamples* samples = nullptr;  // null: nothing
  std::uint64_t packets = 0;                        // that there were
  bool first = false;                               // the samples are the first of them
};

Kept find_kept(const verdict::Picture& picture, const std::string& key) {
  for (std::size_t index = 0; index < picture.leak_samples.size(); ++index) {
    const verdict::Leak& leak = picture.summary.leaks[index];
    if (tui::leak_key(leak) == key) return {&picture.leak_samples[index], leak.packets, true};
  }
  for (std::size_t index = 0; index < picture.association_samples.size(); ++index) {
    const verdict::AssociationSummary& association = picture.summary.associations[index];
    if (tui::association_key(association) == key) return {&picture.association_samples[index], association.packets, false};
  }
  return {};
}

base::Result<void> write_samples(const std::string& name, const verdict::PacketSamples& samples) {
  auto writer = capture::PcapngWriter::create(name);
  if (!writer) return std::unexpected(writer.error());
  for (const auto& sample : samples) {
    writer->write({.data = sample->octets,
                   .original_size = sample->original_size,
                   .time = sample->time,
                   .source = sample->frame.source,
                   .interface = 0,
                   .link_type = sample->link_type,
                   .interface_name = {},
                   .comment = sample->rule});
  }
  return writer->close();
}

// "the first 8 of 31 packets; --write keeps all"
std::string told(const Kept& kept, std::string_view why) {
  const std::size_t count = kept.samples->size();
  const bool whole = std::ranges::all_of(*kept.samples, [](const auto& sample) { return sample->octets.size() < verdict::kSampleOctets; });
  const std::string octets = whole ? "" : fmt::format(", at most {} octets of each", verdict::kSampleOctets);
  if (count >= kept.packets && whole) return tui::counted(kept.packets, "packet");
  return fmt::format("{}{} of {}{}; {}", kept.first ? "the first " : "", count, tui::counted(kept.packets, "packet"), octets, why);
}

}  // namespace

base::Result<std::string> save_samples(const verdict::Picture& picture, const std::string& key, std::string_view why) {
  const Kept kept = find_kept(picture, key);
  if (kept.samples == nullptr || kept.samples->empty()) return base::fail(fmt::format("no packet of this was kept; {}", why));
  const auto name = make_new_file("espy-packets", "pcapng");
  if (!name) return name;
  if (const auto written = write_samples(*name, *kept.samples); !written) return std::unexpected(written.error());
  return fmt::format("saved {}: {}", *name, told(kept, why));
}

base::Result<std::string> save_json(const verdict::Picture& picture) {
  const auto name = make_new_file("espy-report", "json");
  if (!name) return name;
  std::ofstream file(*name, std::ios::binary | std::ios::trunc);
  report::write_json(picture.summary, ESPY_VERSION, file);
  file.close();
  if (!file.good()) return base::fail(fmt::format("{}: cannot write the report", *name));
  return fmt::format("saved {}", *name);
}

}  // namespace espy::cli
