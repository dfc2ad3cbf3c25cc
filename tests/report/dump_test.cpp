// dump against lines that tcpdump 4.99.3 printed for the same frames (`tcpdump -t -n -S -r FILE`), and against hand-made edge cases.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include <nlohmann/json.hpp>

#include "report/dump.h"
#include "report/dump_hex.h"

namespace espy::report {
namespace {

constexpr std::size_t kFileHeader = 24;
constexpr std::size_t kRecordHeader = 16;

struct Record {
  std::vector<std::uint8_t> data;
  std::uint32_t original_size = 0;
};

struct Capture {
  base::LinkType link_type = base::LinkType::kEthernet;
  std::vector<Record> records;
};

std::uint32_t little(const std::string& text, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t index = 4; index > 0; --index) value = value << 8 | static_cast<std::uint8_t>(text[offset + index - 1]);
  return value;
}

std::string read_file(const std::string& name) {
  std::ifstream file(std::string(ESPY_SOURCE_DIR) + "/tests/report/data/" + name, std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

// A classic capture in little-endian order, which is what the recorded files are.
Capture read_capture(const std::string& name) {
  const std::string file = read_file(name);
  Capture capture{.link_type = static_cast<base::LinkType>(little(file, 20)), .records = {}};
  for (std::size_t offset = kFileHeader; offset + kRecordHeader <= file.size();) {
    const std::size_t size = little(file, offset + 8);
    const std::string data = file.substr(offset + kRecordHeader, size);
    capture.records.push_back({.data = {data.begin(), data.end()}, .original_size = little(file, offset + 12)});
    offset += kRecordHeader + size;
  }
  return capture;
}

std::string line_of(const Record& record, base::LinkType link_type) {
  decode::Packet packet;
  decode::parse_frame(record.data, record.original_size, link_type, {}, packet);
  DumpFrame frame;
  frame.packet = &packet;
  frame.data = record.data;
  frame.original_size = record.original_size;
  std::string line;
  append_dump_line(frame, DumpTime::kNone, line);
  return line;
}

class DumpGolden : public testing::TestWithParam<std::string> {};

TEST_P(DumpGolden, EqualsTcpdump) {
  const Capture capture = read_capture(GetParam() + ".pcap");
  std::istringstream golden(read_file(GetParam() + ".tcpdump"));
  ASSERT_FALSE(capture.records.empty());
  std::size_t number = 0;
  for (std::string expected; std::getline(golden, expected); ++number) {
    ASSERT_LT(number, capture.records.size());
    EXPECT_EQ(line_of(capture.records[number], capture.link_type), expected + "  [unrelated]") << "frame " << number + 1;
  }
  EXPECT_EQ(number, capture.records.size());
}

INSTANTIATE_TEST_SUITE_P(Recorded, DumpGolden,
                         testing::Values("ah-esp", "ah6-esp", "ah-tcp", "ah-tunnel", "udp-encap", "fragments", "fragments6", "vlan-cooked",
                                         "clear", "ikev2"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(Dump, SurvivesEveryCut) {
  for (const char* name : {"ah-esp.pcap", "ah6-esp.pcap", "udp-encap.pcap", "clear.pcap", "vlan-cooked.pcap"}) {
    const Capture capture = read_capture(name);
    for (const Record& record : capture.records) {
      for (std::size_t size = 0; size <= std::min<std::size_t>(record.data.size(), 120); ++size) {
        const Record cut{.data = {record.data.begin(), record.data.begin() + static_cast<std::ptrdiff_t>(size)},
                         .original_size = record.original_size};
        EXPECT_TRUE(line_of(cut, capture.link_type).ends_with("  [unrelated]"));
      }
    }
  }
}

TEST(Dump, NamesClassRequirementAndReason) {
  const decode::Packet packet;
  DumpFrame frame;
  frame.packet = &packet;
  frame.packet_class = verdict::Class::kLeaked;
  frame.requirement = "r1";
  frame.requirement_name = "10.0.0.1 > 10.0.0.2 (setkey.conf:12)";
  frame.detail = "plain\x1btext";
  std::string line;
  append_dump_line(frame, DumpTime::kNone, line);
  EXPECT_TRUE(line.ends_with("  [leaked 10.0.0.1 > 10.0.0.2 (setkey.conf:12) plain\\x1btext]")) << line;
}

TEST(Dump, WritesDateAndTimeInUtc) {
  DumpFrame frame;
  frame.time = {1'795'294'513'745'370'123};
  std::string line;
  append_dump_line(frame, DumpTime::kDate, line);
  EXPECT_EQ(line, "2026-11-21 20:55:13.745370   [unrelated]");
}

TEST(DumpJson, DescribesAhAndEsp) {
  const Capture capture = read_capture("ah-esp.pcap");
  const Record& record = capture.records.at(2);
  decode::Packet packet;
  decode::parse_frame(record.data, record.original_size, capture.link_type, {}, packet);
  DumpFrame frame;
  frame.frame.frame = 3;
  frame.time = {1'795'294'513'745'447'000};
  frame.packet = &packet;
  frame.data = record.data;
  frame.original_size = record.original_size;
  frame.packet_class = verdict::Class::kUnverified;
  frame.integrity = Integrity::kUnchecked;
  std::string text;
  append_dump_json(frame, text);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(text), nlohmann::json::parse(R"({"frame": 3, "time": "2026-11-21T20:55:13.745447000Z", "interface": null,
      "source": "10.0.0.1", "destination": "10.0.0.2",
      "headers": [{"protocol": "ah", "spi": "0x00000200", "sequence": 1}, {"protocol": "esp", "spi": "0x00000201", "sequence": 1}],
      "protocol": "esp", "source_port": null, "destination_port": null, "length": 162, "class": "unverified", "requirement": null,
      "association": null, "integrity": "unchecked", "trouble": null})"));
}

// `tcpdump -t -n -S -x` and `-X` without their lines that do not begin with a tab.
std::string golden_octets(const std::string& name) {
  std::istringstream golden(read_file(name));
  std::string octets;
  for (std::string line; std::getline(golden, line);) {
    if (line.starts_with('\t')) octets += line + '\n';
  }
  return octets;
}

std::string octets_of(const std::string& name, HexStyle style) {
  const Capture capture = read_capture(name);
  std::string text;
  for (const Record& record : capture.records) {
    decode::Packet packet;
    decode::parse_frame(record.data, record.original_size, capture.link_type, {}, packet);
    append_hex(without_link(packet, record.data), style, text);
  }
  return text;
}

TEST(DumpHex, EqualsTcpdump) {
  for (const std::string name : {"clear", "vlan-cooked", "udp-encap"}) {
    EXPECT_EQ(octets_of(name + ".pcap", HexStyle::kHex), golden_octets(name + ".tcpdump-x"));
    EXPECT_EQ(octets_of(name + ".pcap", HexStyle::kHexAndAscii), golden_octets(name + ".tcpdump-X"));
  }
}

TEST(DumpHex, SurvivesEveryCut) {
  const Capture capture = read_capture("vlan-cooked.pcap");
  for (const Record& record : capture.records) {
    for (std::size_t size = 0; size <= record.data.size(); ++size) {
      const base::Bytes cut = base::Bytes(record.data).first(size);
      decode::Packet packet;
      decode::parse_frame(cut, record.original_size, capture.link_type, {}, packet);
      EXPECT_LE(without_link(packet, cut).size(), size);
    }
  }
}

TEST(Dump, SaysThatAnIcvIsBad) {
  const decode::Packet packet;
  DumpFrame frame;
  frame.packet = &packet;
  frame.packet_class = verdict::Class::kForged;
  frame.requirement = "r1";
  frame.integrity = Integrity::kBad;
  std::string line;
  append_dump_line(frame, DumpTime::kNone, line);
  EXPECT_TRUE(line.ends_with("  [forged r1 ICV bad]")) << line;
}

TEST(DumpJson, TellsIntegrityApartFromClass) {
  const decode::Packet packet;
  DumpFrame frame;
  frame.packet = &packet;
  frame.packet_class = verdict::Class::kUnverified;
  const auto told = [&](Integrity integrity) {
    frame.integrity = integrity;
    std::string text;
    append_dump_json(frame, text);
    return nlohmann::json::parse(text)["integrity"];
  };
  EXPECT_EQ(told(Integrity::kGood), "good");
  EXPECT_EQ(told(Integrity::kBad), "bad");
  EXPECT_EQ(told(Integrity::kUnchecked), "unchecked");
  EXPECT_EQ(told(Integrity::kNone), "none");
  EXPECT_TRUE(told(Integrity::kNotApplicable).is_null());
}

}  // namespace
}  // namespace espy::report
