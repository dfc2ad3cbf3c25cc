// The verdict does not depend on how many workers there are (DESIGN.md section 2), and batches without frames do no harm.
#include "pipeline/pipeline.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <mutex>
#include <random>

#include "tests/verify/frames.h"

namespace espy::pipeline {
namespace {

using namespace verify::testing;
using namespace ipsec::testing;

constexpr std::uint8_t kTcp = 6, kUdp = 17, kEspProtocol = 50;

ipsec::Configuration configuration() {
  ipsec::Configuration made;
  made.spds.push_back(
      spd({with_ports(out("10.0.0.1", "10.0.0.2"), kTcp, kAnyPort, port(23)), out("10.0.0.1", "10.0.0.2"), in("10.0.0.2", "10.0.0.1"),
           out("10.1.0.0/16", "10.2.0.0/16", {tunnel(ipsec::Protocol::kEsp, "192.0.2.1", "192.0.2.2")})}));
  made.associations.push_back(esp_sa(0x201, "10.0.0.1", "10.0.0.2"));
  return made;
}

// Protected, clear, fragmented, unrelated and broken frames in a random but fixed order; classes that depend on order are among them.
std::vector<Octets> traffic(std::size_t frames) {
  std::mt19937 random(3);
  std::vector<Octets> made;
  std::uint32_t sequence = 0;
  while (made.size() < frames) {
    const Ip host{.from = random() % 2 == 0 ? "10.0.0.1" : "10.0.0.2",
                  .to = random() % 3 == 0 ? "10.0.0.1" : "10.0.0.2",
                  .id = static_cast<std::uint16_t>(random())};
    switch (random() % 7) {
      case 0: made.push_back(ipv4(host, kTcp, tcp(40'000, 23, filler(random() % 300)))); break;
      case 1:
        made.push_back(ipv4({.from = "192.0.2.1", .to = "192.0.2.2"}, kEspProtocol, esp(0x501, ++sequence, 96 + 16 * (random() % 8))));
        break;
      case 2: made.push_back(ipv4({.from = "10.1.0.7", .to = "10.2.0.9"}, kUdp, udp(1, 2, filler(random() % 200)))); break;
      case 3:
        for (const Octets& piece : fragments(host, kUdp, udp(1000, 69, filler(900)), {0, 304, 608})) made.push_back(piece);
        break;
      case 4: made.push_back(filler(1 + random() % 80)); break;
      default:
        made.push_back(ipv4({.from = "10.0.0.1", .to = "10.0.0.2"}, kEspProtocol,
                            esp(0x201, random() % 50 == 0 ? 1 : ++sequence, 64 + random() % 400)));
        break;
    }
  }
  made.resize(frames);
  return made;
}

// All that a summary counts, as text.
std::string figures(const verdict::Summary& summary) {
  std::string text = classes(summary) + '\n' + summary.verdict_line + '\n' + std::to_string(summary.exit_status);
  const auto add = [&](std::string_view name, std::initializer_list<std::uint64_t> numbers) {
    (text += '\n') += name;
    for (const std::uint64_t number : numbers) (text += ' ') += std::to_string(number);
  };
  const auto moment = [](base::Time time) { return static_cast<std::uint64_t>(time.nanoseconds); };
  const auto& packets = summary.packets;
  add("packets", {packets.total, packets.esp, packets.ah, packets.fragments, packets.ike});
  for (const auto& row : summary.requirements) {
    add(row.name, {row.packets.unverified, row.packets.leaked, row.packets.exempt, row.bytes.unverified, row.bytes.leaked,
                   moment(row.first), moment(row.last)});
    for (const std::string& reason : row.reasons) add(reason, {});
  }
  for (const auto& row : summary.associations) {
    add(row.source, {row.spi->value, row.packets, row.bytes, row.sequence.lost, row.sequence.reordered, row.sequence.replayed,
                     row.sequence.window_needed});
  }
  for (const auto& leak : summary.leaks)
    add(leak.source, {leak.packets, leak.bytes, leak.first_frame.frame, static_cast<std::uint64_t>(leak.reason)});
  for (const auto& finding : summary.findings) add(finding.message, {finding.count, finding.first_frame.frame});
  for (const auto& exemption : summary.exemptions) add(exemption.name, {exemption.packets, exemption.bytes});
  add("limits", {summary.limits.flows, summary.limits.associations, summary.limits.fragments, summary.limits.held});
  return text;
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::vector<Octets>& frames) : path_(::testing::TempDir() + "pipeline_test.pcap") {
    std::ofstream file(path_, std::ios::binary);
    const auto write32 = [&](std::uint32_t value) { file.write(reinterpret_cast<const char*>(&value), sizeof value); };
    for (const std::uint32_t word : {0xa1b2c3d4U, 0x00040002U, 0U, 0U, 262'144U, 101U}) write32(word);  // LINKTYPE_RAW
    std::uint32_t number = 0;
    for (const Octets& frame : frames) {
      write32(1'795'294'526U + number / 1000);
      write32(number % 1000 * 1000);
      write32(static_cast<std::uint32_t>(frame.size()));
      write32(static_cast<std::uint32_t>(frame.size()));
      file.write(reinterpret_cast<const char*>(frame.data()), static_cast<std::streamsize>(frame.size()));
      ++number;
    }
  }
  ~TemporaryFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

verdict::Summary verify(capture::Source& source, unsigned jobs) {
  const ipsec::World world(configuration());
  verify::Ledger ledger(world, {});
  run(source, world, ledger, {.jobs = jobs, .ports = {}, .committed = {}});
  return verify::summarize(ledger, {});
}

TEST(Pipeline, AnyNumberOfWorkersGivesTheSameResult) {
  const auto frames = traffic(20'000);
  const TemporaryFile file(frames);
  std::string expected;
  for (const unsigned jobs : {1U, 2U, 3U, 8U}) {
    capture::Options options;
    options.files = {file.path()};
    auto source = capture::open(options);
    ASSERT_TRUE(source.has_value());
    const std::string found = figures(verify(**source, jobs));
    if (expected.empty()) expected = found;
    EXPECT_EQ(found, expected) << jobs;
  }
  // Frame by frame without any pipeline.
  Scene scene(configuration());
  for (std::size_t index = 0; index < frames.size(); ++index) scene.send(frames[index], {.at = static_cast<std::int64_t>(index)});
  EXPECT_EQ(figures(scene.finish()), expected);
}

// A live source ticks when nothing arrives.
class TickingSource : public capture::Source {
 public:
  TickingSource(const std::vector<Octets>& frames, std::uint64_t batches) : frames_(frames), batches_(batches) {}
  bool take(capture::Batch& batch) override {
    const std::lock_guard lock(mutex_);
    if (next_ == batches_) return false;
    batch.ticket = next_++;
    return true;
  }
  void cut(capture::Batch& batch) override {
    EXPECT_EQ(batch.ticket, cut_++);  // in the order of the tickets
    batch.frames.clear();
    if (batch.ticket % 3 != 1) return;
    for (int count = 0; count < 5 && number_ < frames_.size(); ++count) {
      const Octets& frame = frames_[number_++];
      batch.frames.push_back({.data = frame,
                              .original_size = static_cast<std::uint32_t>(frame.size()),
                              .time = {static_cast<std::int64_t>(number_) * 1'000'000},
                              .number = number_,
                              .link_type = base::LinkType::kRaw});
    }
  }
  std::vector<capture::SourceFacts> facts() const override { return {}; }
  std::optional<double> progress() const override { return std::nullopt; }
  void stop() noexcept override {}
  std::uint64_t cut_batches() const { return cut_; }

 private:
  const std::vector<Octets>& frames_;
  std::uint64_t batches_;
  std::mutex mutex_;
  std::uint64_t next_ = 0;
  std::uint64_t cut_ = 0;
  std::uint64_t number_ = 0;
};

TEST(Pipeline, BatchesWithoutFramesDoNoHarm) {
  const auto frames = traffic(200);
  std::string expected;
  for (const unsigned jobs : {1U, 2U, 8U}) {
    TickingSource source(frames, 130);
    const auto summary = verify(source, jobs);
    EXPECT_EQ(source.cut_batches(), 130U);
    EXPECT_EQ(summary.packets.total, 200U);
    if (expected.empty()) expected = figures(summary);
    EXPECT_EQ(figures(summary), expected) << jobs;
  }
}

TEST(Pipeline, AnEmptySourceIsInconclusive) {  // V24
  const std::vector<Octets> none;
  TickingSource source(none, 0);
  const auto summary = verify(source, 3);
  EXPECT_EQ(summary.packets.total, 0U);
  EXPECT_EQ(summary.exit_status, 3);
}

TEST(Pipeline, TellsOfEachBatchInTurn) {
  const auto frames = traffic(100);
  TickingSource source(frames, 60);
  const ipsec::World world(configuration());
  verify::Ledger ledger(world, {});
  std::uint64_t told = 0;
  std::uint64_t before = 0;
  run(source, world, ledger, {.jobs = 4, .ports = {}, .committed = [&] {
                                ++told;
                                EXPECT_GE(ledger.tallies().packets.total, before);
                                before = ledger.tallies().packets.total;
                              }});
  EXPECT_EQ(told, 60U);
  EXPECT_EQ(before, 100U);
}

}  // namespace
}  // namespace espy::pipeline
