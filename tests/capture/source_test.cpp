#include "capture/source.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <tuple>

#include "capture/record.h"
#include "tests/capture/writers.h"

namespace espy::capture {
namespace {

using namespace testing;

constexpr Order kOrder = Order::kLittle;

// One gzip member.
Octets gzip(const Octets& plain) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  Octets packed(deflateBound(&stream, plain.size()) + 64);
  stream.next_in = const_cast<std::uint8_t*>(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

// One zstd frame.
Octets zstd(const Octets& plain) {
  Octets packed(ZSTD_compressBound(plain.size()));
  const std::size_t size = ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 3);
  EXPECT_EQ(ZSTD_isError(size), 0U);
  packed.resize(size);
  return packed;
}

// Records of changing sizes, one microsecond apart, until the file has at least `size` octets.
Octets make_pcap(std::size_t size, std::uint32_t seed = 1, std::size_t largest = 3000) {
  std::mt19937 random(seed);
  Octets file = pcap_header();
  for (std::uint32_t index = 0; file.size() < size; ++index) {
    append(file, pcap_record(kOrder, 1'000, index, payload(random() % largest, static_cast<std::uint8_t>(random()))));
  }
  return file;
}

// The frames of a plain pcap file, found by walking over its records: the oracle for the sources.
std::vector<KeptFrame> walk(const Octets& file) {
  const auto number = [&](std::size_t at) {
    return file[at] | static_cast<std::uint32_t>(file[at + 1]) << 8 | static_cast<std::uint32_t>(file[at + 2]) << 16 |
           static_cast<std::uint32_t>(file[at + 3]) << 24;
  };
  std::vector<KeptFrame> frames;
  for (std::size_t at = 24; at + 16 <= file.size() && at + 16 + number(at + 8) <= file.size(); at += 16 + number(at + 8)) {
    const auto begin = file.begin() + static_cast<std::ptrdiff_t>(at) + 16;
    frames.push_back({.data = Octets(begin, begin + number(at + 8)),
                      .original_size = number(at + 12),
                      .time = std::int64_t{number(at)} * 1'000'000'000 + std::int64_t{number(at + 4)} * 1000,
                      .number = frames.size() + 1});
  }
  return frames;
}

Drained read(Options options) {
  auto source = open(options);
  EXPECT_TRUE(source.has_value()) << (source ? "" : base::to_string(source.error()));
  return source ? drain(**source) : Drained{};
}

Drained read_file(const std::string& path) { return read(from_files({path})); }

std::string error_of(const Options& options) {
  const auto source = open(options);
  return source ? "" : base::to_string(source.error());
}

// capinfos 4.0.17 of tests/capture/data/*: packets, octets of data, first and last time; tcpdump 4.99 gives the same packets.
struct Recorded {
  const char* name;
  std::uint64_t packets;
  std::uint64_t bytes;
  std::int64_t first;
  std::int64_t last;
};

TEST(FileSource, AgreesWithCapinfosOnRecordedFiles) {
  const Recorded cases[] = {
      {"merged.pcapng", 122, 15671, 1795294526178432000, 1795294720614344000},
      {"sll2.pcap", 40, 4867, 1795294526178432000, 1795294526354864000},
      {"sll2.pcap.gz", 40, 4867, 1795294526178432000, 1795294526354864000},
      {"snaplen-96.pcap", 82, 12084, 1795294890574815000, 1795294891067406000},
      {"wire-nanoseconds.pcap", 82, 10804, 1795294720201521000, 1795294720614344000},
      {"wire.pcap", 82, 10804, 1795294720201521000, 1795294720614344000},
      {"wire.pcapng", 82, 10804, 1795294720201521000, 1795294720614344000},
  };
  for (const Recorded& recorded : cases) {
    const Drained drained = read_file(std::string(ESPY_SOURCE_DIR "/tests/capture/data/") + recorded.name);
    ASSERT_EQ(drained.facts.size(), 1U);
    const SourceFacts& facts = drained.facts[0];
    EXPECT_EQ(facts.packets, recorded.packets) << recorded.name;
    EXPECT_EQ(drained.frames.size(), recorded.packets) << recorded.name;
    EXPECT_EQ(facts.bytes, recorded.bytes) << recorded.name;
    EXPECT_EQ(facts.first.nanoseconds, recorded.first) << recorded.name;
    EXPECT_EQ(facts.last.nanoseconds, recorded.last) << recorded.name;
    EXPECT_FALSE(facts.damaged) << facts.damage;
  }
}

TEST(FileSource, CutsRecordsThatStraddleBlocks) {
  const Folder folder;
  for (const std::size_t largest : {std::size_t{3000}, std::size_t{200'000}}) {
    const Octets file = make_pcap(3'000'000, 2, largest);
    const Drained drained = read_file(folder.write("a.pcap", file));
    EXPECT_EQ(drained.frames, walk(file));
    EXPECT_EQ(drained.facts[0].format, "pcap");
    EXPECT_FALSE(drained.facts[0].damaged) << drained.facts[0].damage;
  }
}

TEST(FileSource, GivesTwoThreadsTheSameFrames) {
  const Folder folder;
  const Octets file = make_pcap(6'000'000, 3);
  const std::string path = folder.write("a.pcap", file);
  for (const std::string& name : {path, folder.write("a.gz", gzip(file))}) {
    auto source = open(from_files({name}));
    ASSERT_TRUE(source.has_value());
    const Drained drained = drain_by_two(**source);
    EXPECT_EQ(drained.frames, walk(file)) << name;
    EXPECT_EQ(drained.facts[0].packets, walk(file).size());
    EXPECT_EQ((*source)->progress(), 1.0);
  }
}

TEST(FileSource, ReadsGiantsAndRefusesImpossibleOnes) {
  const Folder folder;
  const Octets begin = pcap_header(kOrder, 0xa1b2c3d4, 1, 4, kMaxFrameSize) + pcap_record(kOrder, 1, 1, payload(60, 0));
  const Octets giant = begin + pcap_record(kOrder, 1, 2, payload(kMaxFrameSize, 1)) + pcap_record(kOrder, 1, 3, payload(60, 2));
  const Drained whole = read_file(folder.write("giant.pcap", giant));
  ASSERT_EQ(whole.frames.size(), 3U);
  EXPECT_EQ(whole.frames[1].data, payload(kMaxFrameSize, 1));
  EXPECT_EQ(whole.frames[2].data, payload(60, 2));
  EXPECT_FALSE(whole.facts[0].damaged);

  const Octets too_large = begin + pcap_record(kOrder, 1, 2, payload(kMaxFrameSize + 1, 1)) + pcap_record(kOrder, 1, 3, payload(60, 2));
  const Drained damaged = read_file(folder.write("larger.pcap", too_large));
  EXPECT_EQ(damaged.frames.size(), 1U);
  EXPECT_EQ(damaged.facts[0].damage, "the record of frame 2 at offset 100 claims 16777217 octets, which is impossible");
}

// The frames whose records are whole come out, and the rest is called damage, except at a boundary between two records.
void expect_cut_anywhere(const Octets& file, const std::vector<std::size_t>& ends, std::size_t header_size, bool compress) {
  const Folder folder;
  for (std::size_t size = header_size; size <= file.size(); ++size) {
    const Octets part(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
    const Drained drained = read_file(folder.write("cut", compress ? zstd(part) : part));
    const auto whole = std::count_if(ends.begin(), ends.end(), [&](std::size_t end) { return end <= size; });
    ASSERT_EQ(drained.frames.size(), static_cast<std::size_t>(whole)) << size;
    const bool boundary = size == header_size || std::find(ends.begin(), ends.end(), size) != ends.end();
    ASSERT_EQ(drained.facts.at(0).damaged, !boundary) << size;
    if (boundary) continue;
    ASSERT_EQ(drained.facts[0].damage, "the file ends inside a record, at offset " + std::to_string(size));
  }
}

TEST(FileSource, KeepsEveryWholeFrameOfACutPcap) {
  Octets file = pcap_header();
  std::vector<std::size_t> ends;
  for (std::uint8_t index = 0; index < 5; ++index) {
    file = file + pcap_record(kOrder, 1, index, payload(10U + index * 7U, index));
    ends.push_back(file.size());
  }
  expect_cut_anywhere(file, ends, 24, false);
  expect_cut_anywhere(file, ends, 24, true);
}

TEST(FileSource, KeepsEveryWholeFrameOfACutPcapng) {
  Octets file = section(kOrder) + interface(kOrder, 1);
  const std::size_t header_size = file.size();
  std::vector<std::size_t> ends;
  for (std::uint8_t index = 0; index < 4; ++index) {
    file = file + enhanced(kOrder, 0, index, payload(9U + index * 5U, index));
    ends.push_back(file.size());
  }
  expect_cut_anywhere(file, ends, header_size, false);
}

TEST(FileSource, SaysThatAFileShrank) {
  const Folder folder;
  const Octets file = make_pcap(1'000'000);
  const std::string path = folder.write("a.pcap", file);
  auto source = open(from_files({path}));
  ASSERT_TRUE(source.has_value());
  Batch batch;
  ASSERT_TRUE((*source)->take(batch));
  (*source)->cut(batch);
  std::size_t frames = batch.frames.size();
  EXPECT_GT(frames, 0U);
  ASSERT_EQ(::truncate(path.c_str(), 300'000), 0);
  while ((*source)->take(batch)) {
    (*source)->cut(batch);
    frames += batch.frames.size();
  }
  const Octets rest(file.begin(), file.begin() + 300'000);
  EXPECT_EQ(frames, walk(rest).size());
  EXPECT_EQ((*source)->facts()[0].damage, "the file cannot be read beyond offset 300000");
}

TEST(FileSource, CountsWhatTheSnapshotLengthCutOff) {
  const Folder folder;
  const Octets file = pcap_header() + pcap_record(kOrder, 5, 1, payload(60, 0), 1500) + pcap_record(kOrder, 3, 1, payload(60, 0));
  const SourceFacts facts = read_file(folder.write("a.pcap", file)).facts.at(0);
  EXPECT_EQ(facts.truncated, 1U);
  EXPECT_EQ(facts.bytes, 1560U);
  EXPECT_EQ(facts.first.nanoseconds, 3'000'001'000);
  EXPECT_EQ(facts.last.nanoseconds, 5'000'001'000);
  EXPECT_EQ(facts.dropped_by_kernel, std::nullopt);
}

TEST(FileSource, StopsAfterTheCountAndWhenTold) {
  const Folder folder;
  const Octets file = make_pcap(2'000'000);
  const std::string path = folder.write("a.pcap", file);
  for (const std::string& name : {path, folder.write("a.zst", zstd(file))}) {
    const Drained drained = read(from_files({name}, {}, 300));
    EXPECT_EQ(drained.frames.size(), 300U);
    EXPECT_EQ(drained.facts.at(0).packets, 300U);
    EXPECT_FALSE(drained.facts[0].damaged);
    EXPECT_TRUE(read(from_files({name}, {}, 0)).frames.empty());

    auto source = open(from_files({name}));
    Batch batch;
    ASSERT_TRUE((*source)->take(batch));
    (*source)->cut(batch);
    (*source)->stop();
    EXPECT_FALSE((*source)->take(batch));
    EXPECT_FALSE((*source)->facts()[0].damaged);
  }
}

TEST(StreamSource, ReadsGzipAndZstdOfSeveralMembers) {
  const Folder folder;
  const Octets file = make_pcap(2'000'000, 4);
  const auto middle = file.begin() + 777'777;
  const Octets front(file.begin(), middle);
  const Octets back(middle, file.end());
  const Octets skippable = Writer().u32(0x184d2a50).u32(5).text("hello").done();
  const std::pair<Octets, std::string> cases[] = {
      {gzip(file), "pcap.gz"},  {gzip(front) + gzip(back), "pcap.gz"},  {gzip(file) + Octets(1000, 0), "pcap.gz"},
      {zstd(file), "pcap.zst"}, {zstd(front) + zstd(back), "pcap.zst"}, {skippable + zstd(front) + skippable + zstd(back), "pcap.zst"}};
  for (const auto& [octets, format] : cases) {
    const Drained drained = read_file(folder.write("any-name", octets));
    EXPECT_EQ(drained.frames, walk(file)) << format;
    EXPECT_EQ(drained.facts.at(0).format, format);
    EXPECT_FALSE(drained.facts[0].damaged) << drained.facts[0].damage;
  }
}

TEST(StreamSource, KeepsWhatStandsBeforeDamagedCompression) {
  const Folder folder;
  const Octets file = make_pcap(1'000'000, 5);
  const auto all = walk(file);
  for (const Octets& packed : {gzip(file), zstd(file)}) {
    const Octets half(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(packed.size() / 2));
    for (const Octets& damaged : {half, packed + payload(50, 'a')}) {
      const Drained drained = read_file(folder.write("a", damaged));
      EXPECT_GT(drained.frames.size(), 0U);
      EXPECT_TRUE(drained.facts.at(0).damaged);
      EXPECT_TRUE(drained.facts[0].damage.starts_with("its compressed data ")) << drained.facts[0].damage;
      ASSERT_LE(drained.frames.size(), all.size());
      EXPECT_TRUE(std::equal(drained.frames.begin(), drained.frames.end(), all.begin()));
    }
  }
}

TEST(StreamSource, ReadsAPipeThatIsFilledInSmallSteps) {
  const Folder folder;
  const std::string path = folder.path("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const Octets file = make_pcap(300'000, 6);
  std::thread writer([&] {
    std::ofstream pipe(path, std::ios::binary);
    for (std::size_t at = 0; at < file.size();) {
      const std::size_t size = std::min<std::size_t>(at < 100 ? 1 : 4999, file.size() - at);
      pipe.write(reinterpret_cast<const char*>(file.data()) + at, static_cast<std::streamsize>(size)).flush();
      at += size;
    }
  });
  const Drained drained = read_file(path);
  writer.join();
  EXPECT_EQ(drained.frames, walk(file));
  EXPECT_FALSE(drained.facts.at(0).damaged);
}

TEST(StreamSource, StopsWhileAPipeIsSilent) {
  const Folder folder;
  const std::string path = folder.path("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int held = ::open(path.c_str(), O_RDWR);
  const Octets begin = pcap_header() + pcap_record(kOrder, 1, 1, payload(60, 0));
  ASSERT_EQ(::write(held, begin.data(), begin.size()), static_cast<ssize_t>(begin.size()));
  auto source = open(from_files({path}));
  ASSERT_TRUE(source.has_value());
  std::thread stopper([&] { (*source)->stop(); });
  Batch batch;
  while ((*source)->take(batch)) (*source)->cut(batch);
  stopper.join();
  EXPECT_FALSE((*source)->facts()[0].damaged);
  EXPECT_EQ((*source)->progress(), std::nullopt);
  ::close(held);
}

TEST(MergedSource, JoinsFilesInTimeOrderAndKeepsTheirNumbers) {
  const Folder folder;
  const Octets odd = pcap_header() + pcap_record(kOrder, 1, 0, payload(1, 0)) + pcap_record(kOrder, 3, 0, payload(3, 0)) +
                     pcap_record(kOrder, 5, 0, payload(5, 0));
  const Octets even = section(kOrder) + interface(kOrder, 113) + enhanced(kOrder, 0, 2'000'000, payload(2, 0)) +
                      enhanced(kOrder, 0, 3'000'000, payload(33, 0)) + enhanced(kOrder, 0, 6'000'000, payload(6, 0));
  const Drained drained = read(from_files({folder.write("b", odd), folder.write("a", gzip(even))}));
  std::vector<std::size_t> sizes;
  std::vector<std::uint32_t> sources;
  std::vector<std::uint64_t> numbers;
  for (const KeptFrame& frame : drained.frames) {
    sizes.push_back(frame.data.size());
    sources.push_back(frame.source);
    numbers.push_back(frame.number);
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{1, 2, 3, 33, 5, 6}));
  EXPECT_EQ(sources, (std::vector<std::uint32_t>{0, 1, 0, 1, 0, 1}));
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{1, 1, 2, 2, 3, 3}));
  ASSERT_EQ(drained.facts.size(), 2U);
  EXPECT_EQ(drained.facts[0].format, "pcap");
  EXPECT_EQ(drained.facts[1].format, "pcapng.gz");
  EXPECT_EQ(drained.facts[1].packets, 3U);
  EXPECT_EQ(drained.facts[1].interfaces.at(0).link_type, base::LinkType::kLinuxSll);
}

TEST(MergedSource, OrdersWholeFilesByTheirFirstFrame) {
  const Folder folder;
  std::vector<std::string> paths;
  for (const std::uint32_t second : {30U, 10U, 20U}) {
    Octets file = pcap_header();
    for (std::uint32_t index = 0; index < 3000; ++index) append(file, pcap_record(kOrder, second, index, payload(100, 0)));
    paths.push_back(folder.write(std::to_string(second), file));
  }
  paths.push_back(folder.write("none", pcap_header()));
  const Drained drained = read(from_files(paths));
  ASSERT_EQ(drained.frames.size(), 9000U);
  EXPECT_EQ(drained.frames[0].source, 1U);
  EXPECT_EQ(drained.frames[3000].source, 2U);
  EXPECT_EQ(drained.frames[8999].source, 0U);
  EXPECT_EQ(drained.frames[8999].number, 3000U);
  EXPECT_TRUE(std::is_sorted(drained.frames.begin(), drained.frames.end(), [](const auto& a, const auto& b) { return a.time < b.time; }));
  EXPECT_EQ(drained.facts[3].packets, 0U);
  EXPECT_FALSE(drained.facts[3].damaged);
}

TEST(MergedSource, KeepsEqualTimesInTheOrderOfTheFilesForTwoThreadsToo) {
  const Folder folder;
  Options options = from_files({});
  std::vector<KeptFrame> expected;
  for (std::uint32_t name = 0; name < 3; ++name) {
    const Octets file = make_pcap(1'500'000, 10 + name);
    options.files.push_back(folder.write(std::to_string(name), file));
    for (const KeptFrame& frame : walk(file)) {
      expected.push_back(frame);
      expected.back().source = name;
    }
  }
  std::sort(expected.begin(), expected.end(),
            [](const auto& a, const auto& b) { return std::tie(a.time, a.source, a.number) < std::tie(b.time, b.source, b.number); });
  EXPECT_EQ(read(options).frames, expected);
  auto source = open(options);
  EXPECT_EQ(drain_by_two(**source).frames, expected);
  options.count = 1234;
  expected.resize(1234);
  EXPECT_EQ(read(options).frames, expected);
}

TEST(MergedSource, GoesOnWhenOneFileIsDamaged) {
  const Folder folder;
  const Octets good = pcap_header() + pcap_record(kOrder, 1, 0, payload(10, 0)) + pcap_record(kOrder, 9, 0, payload(10, 0));
  const Octets cut = pcap_header() + pcap_record(kOrder, 2, 0, payload(10, 0)) + payload(7, 1);
  const Drained drained = read(from_files({folder.write("good", good), folder.write("cut", cut)}));
  EXPECT_EQ(drained.frames.size(), 3U);
  EXPECT_FALSE(drained.facts.at(0).damaged);
  EXPECT_EQ(drained.facts.at(1).damage, "the file ends inside a record, at offset 57");
}

TEST(Directory, GivesItsCapturesInNameOrder) {
  const Folder folder;
  const Octets file = pcap_header() + pcap_record(kOrder, 1, 0, payload(10, 0));
  folder.write("b.pcap", file);
  folder.write("a", zstd(file));
  folder.write("c.txt", Writer().text("not a capture").done());
  folder.write("d", {});
  const Drained drained = read(from_files({folder.path("")}));
  ASSERT_EQ(drained.facts.size(), 2U);
  EXPECT_TRUE(drained.facts[0].name.ends_with("/a"));
  EXPECT_TRUE(drained.facts[1].name.ends_with("/b.pcap"));
  EXPECT_EQ(drained.frames.size(), 2U);
}

// An Ethernet frame with an IPv4 header of this protocol.
Octets ipv4_frame(std::uint8_t protocol) {
  return Writer(Order::kBig)
      .u64(0)
      .u32(0)
      .u16(0x0800)
      .u8(0x45)
      .u8(0)
      .u16(20)
      .u32(0)
      .u8(64)
      .u8(protocol)
      .u16(0)
      .u32(0x0a000001)
      .u32(0x0a000002)
      .done();
}

TEST(BpfExpression, DropsWhatDoesNotMatchAndKeepsNumbers) {
  const Folder folder;
  const Octets ethernet = ipv4_frame(50);
  const Octets raw(ethernet.begin() + 14, ethernet.end());
  const Octets file = section(kOrder) + interface(kOrder, 1) + interface(kOrder, 101) + enhanced(kOrder, 0, 1, ipv4_frame(6)) +
                      enhanced(kOrder, 0, 2, ethernet) + enhanced(kOrder, 1, 3, raw) + enhanced(kOrder, 0, 4, ipv4_frame(17));
  const std::string path = folder.write("a.pcapng", file);
  const Drained drained = read(from_files({path}, "esp"));
  ASSERT_EQ(drained.frames.size(), 2U);
  EXPECT_EQ(drained.frames[0].number, 2U);
  EXPECT_EQ(drained.frames[1].number, 3U);
  EXPECT_EQ(drained.frames[1].data, raw);
  EXPECT_EQ(drained.facts.at(0).packets, 4U);
  const Drained one = read(from_files({path}, "esp", 1));
  EXPECT_EQ(one.frames.size(), 1U);
  EXPECT_EQ(one.facts.at(0).packets, 2U);
}

TEST(BpfExpression, IsAnErrorWhenLibpcapRefusesIt) {
  const Folder folder;
  const std::string path = folder.write("a.pcap", pcap_header());
  EXPECT_TRUE(error_of(from_files({path}, "esp and and")).starts_with(path + ": the filter 'esp and and' cannot"));
  const std::string odd = folder.write("b.pcap", pcap_header(kOrder, 0xa1b2c3d4, 3333));
  EXPECT_NE(error_of(from_files({odd}, "tcp port 80")), "");
}

TEST(BpfExpression, IsDamageWhenALaterLinkTypeCannotBeFiltered) {
  const Folder folder;
  const Octets frame = ipv4_frame(50);
  Octets file = section(kOrder) + interface(kOrder, 1);
  for (std::uint32_t index = 0; index < 2000; ++index) append(file, enhanced(kOrder, 0, index, frame));
  file = file + interface(kOrder, 3333) + enhanced(kOrder, 1, 9, frame) + enhanced(kOrder, 0, 9, frame);
  const Drained drained = read(from_files({folder.write("a", file)}, "esp"));
  EXPECT_EQ(drained.frames.size(), 2000U);
  EXPECT_TRUE(drained.facts.at(0).damage.starts_with("from frame 2001 on: the filter 'esp' cannot be used on link type 3333"))
      << drained.facts[0].damage;
}

TEST(Open, SaysWhatAFileIsThatIsNoCapture) {
  const Folder folder;
  const std::pair<Octets, const char*> cases[] = {
      {{}, "this is not a capture file: it is empty"},
      {Writer().text("spdadd 10.0.0.1 10.0.0.2 any -P out ipsec\n").done(), "this is not a capture file: it is a text file"},
      {Writer().text("snoop").u8(0).u8(0).u8(0).u32(2).u32(4).done(), "this is not a capture file: it is a snoop capture"},
      {Octets{0xfd, '7', 'z', 'X', 'Z', 0, 0, 4}, "this is not a capture file: it is a file compressed with xz"},
      {payload(100, 200), "this is not a capture file"},
      {gzip(payload(100, 200)), "this is not a capture file"},
      {Writer().u32(0xa1b2c3d4).u16(2).done(), "the file ends inside its pcap header, after 6 octets"},
      {Writer().u32(0x0a0d0d0a).done(), "the file ends inside its pcapng header, after 4 octets"},
      {Writer().u32(0x0a0d0d0a).u32(28).octets(payload(20, 0)).done(), "the pcapng section header has no byte-order magic"},
  };
  for (const auto& [octets, message] : cases) {
    const std::string path = folder.write("x", octets);
    const auto source = open(from_files({path}));
    ASSERT_FALSE(source) << message;
    EXPECT_EQ(source.error().message, message);
    EXPECT_EQ(source.error().file, path);
  }
}

TEST(Open, NamesFilesThatCannotBeOpened) {
  const Folder folder;
  EXPECT_EQ(error_of(from_files({folder.path("none")})), folder.path("none") + ": cannot open: No such file or directory");
  folder.write("a.txt", Writer().text("text").done());
  EXPECT_EQ(error_of(from_files({folder.path("")})), folder.path("") + ": the directory holds no capture files; give a capture file");
  EXPECT_NE(error_of(from_files({})), "");
}

}  // namespace
}  // namespace espy::capture
