// What PcapngWriter writes, against the format's description octet by octet, against our own reader, and against tshark and capinfos.
#include "capture/pcapng_writer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>

#include "tests/capture/writers.h"

namespace espy::capture {
namespace {

using namespace testing;

constexpr auto kOrder = Order::kLittle;
constexpr std::uint32_t kEspSecrets = 0x45535053;

class WrittenFile : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(path_); }
  void TearDown() override { std::filesystem::remove(path_); }

  PcapngWriter writer() const {
    auto created = PcapngWriter::create(path_);
    EXPECT_TRUE(created.has_value());
    return std::move(*created);
  }
  Octets octets() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::vector<KeptFrame> read_back() const {
    auto source = open(from_files({path_}));
    EXPECT_TRUE(source.has_value());
    return drain(**source).frames;
  }
  // Standard output of a program that is given the file as its last argument; skips the test where there is no such program.
  std::string output_of(const std::string& program, const std::string& arguments) const {
    const std::string command = program + " " + arguments + " " + path_ + " 2>&1";
    std::FILE* pipe = popen(command.c_str(), "r");
    std::string text;
    std::array<char, 4096> part{};
    while (const std::size_t size = std::fread(part.data(), 1, part.size(), pipe)) text.append(part.data(), size);
    EXPECT_EQ(pclose(pipe), 0) << text;
    return text;
  }
  static bool has(const std::string& program) { return std::system(("command -v " + program + " > /dev/null").c_str()) == 0; }

  std::string path_ = std::filesystem::temp_directory_path() / ("espy-writer-" + std::to_string(getpid()) + ".pcapng");
};

FrameToWrite frame(const Octets& data, std::int64_t nanoseconds) {
  return {
      .data = data, .original_size = static_cast<std::uint32_t>(data.size()), .time = {nanoseconds}, .interface_name = {}, .comment = {}};
}

// Lengths and codes from the pcapng specification: sections 4.1 (SHB), 4.2 (IDB), 4.3 (EPB), 4.7 (DSB) and 3.5 (options).
TEST_F(WrittenFile, IsWhatTheSpecificationSays) {
  const Octets data = payload(5, 1);
  PcapngWriter out = writer();
  FrameToWrite first = frame(data, 0x0123'4567'89ab'cdef);
  first.original_size = 60;
  first.interface_name = "eth0";
  first.direction = base::Direction::kOut;
  first.comment = "ICV good";
  EXPECT_TRUE(out.write_secrets(kEspSecrets, Octets{'k', 'e', 'y'}));
  EXPECT_TRUE(out.write(first));
  EXPECT_TRUE(out.write(frame(data, 7)));
  EXPECT_TRUE(out.close().has_value());

  const Octets section_options = option(kOrder, 4, {'e', 's', 'p', 'y'}) + option(kOrder, 0, {});
  const Octets interface_options = option(kOrder, 2, {'e', 't', 'h', '0'}) + option(kOrder, 9, {9}) + option(kOrder, 0, {});
  const Octets frame_options =
      option(kOrder, 2, {2, 0, 0, 0}) + option(kOrder, 1, {'I', 'C', 'V', ' ', 'g', 'o', 'o', 'd'}) + option(kOrder, 0, {});
  const Octets expected = block(kOrder, 0x0a0d0d0a, Writer().u32(0x1a2b3c4d).u16(1).u16(0).u64(~0ULL).octets(section_options).done()) +
                          block(kOrder, 10, Writer().u32(kEspSecrets).u32(3).text("key").pad().done()) +
                          interface(kOrder, 1, interface_options) + enhanced(kOrder, 0, 0x0123'4567'89ab'cdef, data, frame_options, 60) +
                          enhanced(kOrder, 0, 7, data);
  EXPECT_EQ(octets(), expected);
  EXPECT_EQ(out.frames(), 2U);
}

TEST_F(WrittenFile, DescribesEachInterfaceOnce) {
  PcapngWriter out = writer();
  const Octets data = payload(40, 3);
  FrameToWrite one = frame(data, 1);
  const auto write = [&](std::uint32_t source, std::uint32_t interface, base::LinkType type) {
    one.source = source;
    one.interface = interface;
    one.link_type = type;
    EXPECT_TRUE(out.write(one));
  };
  write(0, 0, base::LinkType::kEthernet);
  write(0, 1, base::LinkType::kEthernet);
  write(0, 0, base::LinkType::kRaw);
  write(1, 0, base::LinkType::kEthernet);
  write(0, 1, base::LinkType::kEthernet);
  EXPECT_TRUE(out.close().has_value());
  const std::vector<KeptFrame> frames = read_back();
  ASSERT_EQ(frames.size(), 5U);
  const std::array<std::uint32_t, 5> interfaces{0, 1, 2, 3, 1};
  for (std::size_t index = 0; index < frames.size(); ++index) EXPECT_EQ(frames[index].interface, interfaces[index]);
  EXPECT_EQ(frames[2].link_type, base::LinkType::kRaw);
}

TEST_F(WrittenFile, KeepsTimesSizesAndOctetsThroughOurReader) {
  PcapngWriter out = writer();
  std::vector<Octets> all;
  constexpr std::int64_t kFirst = 1'795'294'523'627'356'789;
  for (std::size_t index = 0; index < 300; ++index) all.push_back(payload(index * 7, static_cast<std::uint8_t>(index)));
  for (std::size_t index = 0; index < all.size(); ++index) {
    FrameToWrite one = frame(all[index], kFirst + static_cast<std::int64_t>(index));
    one.original_size += 3;
    one.comment = "a comment";
    ASSERT_TRUE(out.write(one));
  }
  EXPECT_TRUE(out.close().has_value());
  const std::vector<KeptFrame> frames = read_back();
  ASSERT_EQ(frames.size(), all.size());
  for (std::size_t index = 0; index < frames.size(); ++index) {
    EXPECT_EQ(frames[index].data, all[index]);
    EXPECT_EQ(frames[index].original_size, all[index].size() + 3);
    EXPECT_EQ(frames[index].time, kFirst + static_cast<std::int64_t>(index));
  }
}

TEST_F(WrittenFile, ClampsWhatTheFormatCannotSay) {
  PcapngWriter out = writer();
  const Octets data = payload(8, 1);
  FrameToWrite before = frame(data, -5);
  before.original_size = 2;
  const std::string comment(70'000, 'x');
  before.comment = comment;
  EXPECT_TRUE(out.write(before));
  EXPECT_TRUE(out.write(frame(data, 9)));
  EXPECT_TRUE(out.close().has_value());
  const std::vector<KeptFrame> frames = read_back();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].time, 0);
  EXPECT_EQ(frames[0].original_size, 8U);
  EXPECT_EQ(frames[1].time, 9);
}

TEST_F(WrittenFile, RefusesALinkTypeThatHasNoNumber) {
  PcapngWriter out = writer();
  const Octets data = payload(8, 1);
  FrameToWrite other = frame(data, 1);
  other.link_type = base::LinkType{99'999};
  EXPECT_FALSE(out.write(other));
  EXPECT_FALSE(out.write(frame(data, 1)));
  const auto closed = out.close();
  ASSERT_FALSE(closed.has_value());
  EXPECT_NE(closed.error().message.find("99999"), std::string::npos);
}

TEST_F(WrittenFile, IsForItsOwnerOnly) {
  EXPECT_TRUE(writer().close().has_value());
  struct stat facts {};
  ASSERT_EQ(stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
}

TEST_F(WrittenFile, IsReadByTshark) {
  if (!has("tshark") || !has("capinfos")) GTEST_SKIP() << "tshark and capinfos are not installed";
  PcapngWriter out = writer();
  const Octets data = payload(60, 1);
  FrameToWrite one = frame(data, 1'795'294'523'627'356'789);
  one.comment = "esp 0x00000201 seq 17 ICV good";
  one.interface_name = "eth0";
  EXPECT_TRUE(out.write_secrets(kEspSecrets, Octets{'#', '\n'}));
  EXPECT_TRUE(out.write(one));
  one.link_type = base::LinkType::kRaw;
  EXPECT_TRUE(out.write(one));
  EXPECT_TRUE(out.close().has_value());
  const std::string fields = output_of("tshark", "-T fields -e frame.time_epoch -e frame.comment -e frame.interface_name -e frame.len -r");
  EXPECT_NE(fields.find("1795294523.627356789\tesp 0x00000201 seq 17 ICV good\teth0\t60\n"), std::string::npos) << fields;
  const std::string facts = output_of("capinfos", "-M");
  EXPECT_NE(facts.find("Number of packets:   2"), std::string::npos) << facts;
  EXPECT_NE(facts.find("nanoseconds"), std::string::npos) << facts;
}

TEST(PcapngWriter, SaysThatTheDiskIsFull) {
  auto out = PcapngWriter::create("/dev/full");
  ASSERT_TRUE(out.has_value());
  const Octets data = payload(60'000, 1);
  bool written = true;
  for (int index = 0; index < 8; ++index) written = out->write(frame(data, index));
  EXPECT_FALSE(written);
  const auto closed = out->close();
  ASSERT_FALSE(closed.has_value());
  EXPECT_EQ(closed.error().message, "/dev/full: No space left on device");
  auto small = PcapngWriter::create("/dev/full");
  ASSERT_TRUE(small.has_value());
  EXPECT_TRUE(small->write(frame(data, 1)));
  EXPECT_FALSE(small->close().has_value());
}

TEST_F(WrittenFile, GrowsByWholeBlocksAndKnowsItsSize) {
  PcapngWriter out = writer();
  const Octets data = payload(61, 1);
  EXPECT_TRUE(out.write(frame(data, 1)));
  const std::uint64_t size = out.size();
  EXPECT_TRUE(out.flush());
  EXPECT_EQ(octets().size(), size);
  EXPECT_EQ(out.size(), size);
  EXPECT_TRUE(out.write(frame(data, 2)));
  EXPECT_EQ(out.size(), size + 32 + 64);
}

TEST(PcapngWriter, SaysThatTheFileCannotBeMade) {
  const auto out = PcapngWriter::create("/nonexistent/out.pcapng");
  ASSERT_FALSE(out.has_value());
  EXPECT_EQ(out.error().message, "/nonexistent/out.pcapng: No such file or directory");
}

}  // namespace
}  // namespace espy::capture
