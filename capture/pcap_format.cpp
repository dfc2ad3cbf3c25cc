#include "capture/pcap_format.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace espy::capture {

namespace {

constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kNanoseconds = 0xa1b23c4d;
constexpr std::uint32_t kModified = 0xa1b2cd34;  // records with interface index, protocol and packet type (Kuznetzov)

// The upper bits of the link type say how long a frame check sequence is, or are reserved.
constexpr std::uint32_t kLinkTypeMask = 0x03ffffff;

// Offsets in the file header.
constexpr std::size_t kMajorVersion = 4;
constexpr std::size_t kMinorVersion = 6;
constexpr std::size_t kSnapshotLength = 16;
constexpr std::size_t kLinkType = 20;

// Offsets in a record.
constexpr std::size_t kSeconds = 0;
constexpr std::size_t kFraction = 4;
constexpr std::size_t kCaptured = 8;
constexpr std::size_t kOriginal = 12;
constexpr std::size_t kPacketType = 22;
constexpr std::size_t kPlainRecord = 16;
constexpr std::size_t kModifiedRecord = 24;

bool is_magic(std::uint32_t value) { return value == kMicroseconds || value == kNanoseconds || value == kModified; }

// Linux's packet types, as in SLL: 0 to us, 1 broadcast, 2 multicast, 3 to another host, 4 from us.
base::Direction direction_of(std::uint8_t packet_type) {
  if (packet_type == 4) return base::Direction::kOut;
  return packet_type <= 2 ? base::Direction::kIn : base::Direction::kUnknown;
}

}  // namespace

bool is_pcap(base::Bytes head) {
  return head.size() >= 4 && (is_magic(Integers(false).read32(head.data())) || is_magic(Integers(true).read32(head.data())));
}

base::Result<PcapCutter> PcapCutter::make(base::Bytes head, std::uint32_t source) {
  PcapCutter cutter;
  if (!cutter.read_magic(head)) return base::fail("this is not a pcap file");
  if (head.size() < kPcapHeaderSize) return base::fail(fmt::format("the file ends inside its pcap header, after {} octets", head.size()));
  if (!cutter.read_version(head)) {
    return base::fail(fmt::format("this is a pcap file of version {}.{}", cutter.integers_.read16(head.data() + kMajorVersion),
                                  cutter.integers_.read16(head.data() + kMinorVersion)),
                      "espy reads versions 2.0 to 2.4");
  }
  const std::size_t snapshot_length = cutter.integers_.read32(head.data() + kSnapshotLength);
  if (snapshot_length <= kMaxFrameSize) cutter.largest_ = std::max(snapshot_length, kUsualSnapshotLength);
  cutter.link_type_ = static_cast<base::LinkType>(cutter.integers_.read32(head.data() + kLinkType) & kLinkTypeMask);
  cutter.interfaces_.push_back({.name = {}, .link_type = cutter.link_type_, .filter = {}});
  cutter.position_.source = source;
  return cutter;
}

bool PcapCutter::read_magic(base::Bytes head) {
  if (!is_pcap(head)) return false;
  integers_ = Integers(!is_magic(Integers(false).read32(head.data())));
  const std::uint32_t magic = integers_.read32(head.data());
  if (magic == kNanoseconds) tick_ = 1;
  record_header_size_ = magic == kModified ? kModifiedRecord : kPlainRecord;
  return true;
}

bool PcapCutter::read_version(base::Bytes head) {
  constexpr std::uint16_t kDgux = 543;  // DG/UX's tcpdump wrote 543.0 with its lengths swapped
  const std::uint16_t major = integers_.read16(head.data() + kMajorVersion);
  const std::uint16_t minor = integers_.read16(head.data() + kMinorVersion);
  if (major == kDgux && minor == 0) {
    lengths_ = Lengths::kSwapped;
    return true;
  }
  if (minor < 3) lengths_ = Lengths::kSwapped;
  if (minor == 3) lengths_ = Lengths::kMaybeSwapped;
  return major == 2 && minor <= 4;
}

Progress PcapCutter::spoil(base::Bytes bytes, std::size_t at, std::uint32_t captured) {
  position_.damage = fmt::format("the record of frame {} at offset {} claims {} octets, which is impossible", position_.frames + 1,
                                 position_.offset + at, captured);
  return {.consumed = bytes.size(), .needed = 1};
}

Progress PcapCutter::cut(base::Bytes bytes, Frames& frames) {
  if (!position_.damage.empty()) return {.consumed = bytes.size(), .needed = 1};
  const bool usual = !integers_.swapped() && lengths_ == Lengths::kInOrder && record_header_size_ == kPlainRecord;
  return usual ? cut_records<true>(bytes, frames) : cut_records<false>(bytes, frames);
}

// kUsual: records without anything more, in this machine's byte order. What the loop needs is copied, because the compiler cannot know
// that the frames do not lie on it.
template <bool kUsual>
Progress PcapCutter::cut_records(base::Bytes bytes, Frames& frames) {
  const Integers integers = kUsual ? Integers() : integers_;
  const Lengths lengths = kUsual ? Lengths::kInOrder : lengths_;
  const std::size_t header_size = kUsual ? kPlainRecord : record_header_size_;
  const std::size_t largest = largest_;
  const std::int64_t tick = tick_;
  std::size_t at = std::min(header_left_, bytes.size());
  header_left_ -= at;
  std::size_t needed = header_size;
  Frame frame;
  frame.number = position_.frames;
  frame.source = position_.source;
  frame.link_type = link_type_;
  while (bytes.size() - at >= header_size) {
    const std::uint8_t* record = bytes.data() + at;
    std::uint32_t captured = integers.read32(record + kCaptured);
    std::uint32_t original = integers.read32(record + kOriginal);
    const bool exchanged = lengths == Lengths::kSwapped || (lengths == Lengths::kMaybeSwapped && captured > original);
    if (exchanged) std::swap(captured, original);
    if (captured > largest) {
      position_.frames = frame.number;
      return spoil(bytes, at, captured);
    }
    needed = header_size + captured;
    if (bytes.size() - at < needed) break;
    const std::int64_t seconds = integers.read32(record + kSeconds);
    const std::int64_t fraction = integers.read32(record + kFraction);
    frame.data = base::Bytes(record + header_size, captured);
    frame.original_size = std::max(original, captured);
    frame.time = {seconds * 1'000'000'000 + fraction * tick};
    ++frame.number;
    if (header_size == kModifiedRecord) frame.direction = direction_of(record[kPacketType]);
    frames.push_back(frame);
    at += needed;
    needed = header_size;
  }
  position_.frames = frame.number;
  position_.offset += at;
  return {.consumed = at, .needed = needed};
}

}  // namespace espy::capture
