#include "cli/saving.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

#include "capture/pcapng_writer.h"
#include "report/report.h"
#include "tui/chronicle.h"

namespace espy::cli {
namespace {

constexpr int kNames = 10'000;

// A file that did not exist before and that only its owner may read, so that nothing is ever written over: "espy-leak-1.pcapng".
base::Result<std::string> new_file(const std::string& stem, const std::string& ending) {
  for (int number = 1; number < kNames; ++number) {
    std::string name = fmt::format("{}-{}.{}", stem, number, ending);
    const int descriptor = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor >= 0) {
      ::close(descriptor);
      return name;
    }
    if (errno != EEXIST) return base::fail(fmt::format("{}: {}", name, std::strerror(errno)));
  }
  return base::fail(fmt::format("{}-1.{} to {}-{}.{} exist already", stem, ending, stem, kNames - 1, ending));
}

const verdict::PacketSamples* find_samples(const verdict::Picture& picture, const std::string& key) {
  for (std::size_t index = 0; index < picture.leak_samples.size(); ++index) {
    if (tui::leak_key(picture.summary.leaks[index]) == key) return &picture.leak_samples[index];
  }
  for (std::size_t index = 0; index < picture.association_samples.size(); ++index) {
    if (tui::association_key(picture.summary.associations[index]) == key) return &picture.association_samples[index];
  }
  return nullptr;
}

}  // namespace

base::Result<std::string> save_samples(const verdict::Picture& picture, const std::string& key) {
  const verdict::PacketSamples* samples = find_samples(picture, key);
  if (samples == nullptr || samples->empty()) return base::fail("no packet of this was kept");
  auto name = new_file("espy-packets", "pcapng");
  if (!name) return name;
  auto writer = capture::PcapngWriter::create(*name);
  if (!writer) return std::unexpected(writer.error());
  for (const auto& sample : *samples) {
    writer->write({.data = sample->octets,
                   .original_size = sample->original_size,
                   .time = sample->time,
                   .source = sample->frame.source,
                   .interface = 0,
                   .link_type = sample->link_type,
                   .interface_name = {},
                   .comment = sample->rule});
  }
  if (const auto closed = writer->close(); !closed) return std::unexpected(closed.error());
  return name;
}

base::Result<std::string> save_json(const verdict::Picture& picture) {
  auto name = new_file("espy-report", "json");
  if (!name) return name;
  std::ofstream file(*name, std::ios::binary | std::ios::trunc);
  report::write_json(picture.summary, ESPY_VERSION, file);
  file.close();
  if (!file.good()) return base::fail(fmt::format("{}: cannot write the report", *name));
  return name;
}

}  // namespace espy::cli
