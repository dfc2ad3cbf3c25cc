#include "capture/pcapng_format.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace espy::capture {

namespace {

constexpr std::uint32_t kSectionBlock = 0x0a0d0d0a;  // reads the same in both byte orders
constexpr std::uint32_t kInterfaceBlock = 1;
constexpr std::uint32_t kObsoletePacketBlock = 2;
constexpr std::uint32_t kSimplePacketBlock = 3;
constexpr std::uint32_t kStatisticsBlock = 5;
constexpr std::uint32_t kEnhancedPacketBlock = 6;
constexpr std::uint32_t kSecretsBlock = 10;
constexpr std::uint32_t kEspSecrets = 0x45535053;  // of all secrets, those in the form of Wireshark's esp_sa
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;

constexpr std::size_t kBlockHeader = 8;  // type and length; the length stands once more behind the body
constexpr std::size_t kTrailer = 4;
constexpr std::size_t kSmallestBlock = kBlockHeader + kTrailer;
constexpr std::size_t kSmallestSection = 28;
constexpr std::size_t kMaxBlockSize = kMaxFrameSize + std::size_t{1024} * 1024;  // a frame and its options

constexpr std::uint16_t kOptionInterfaceName = 2;
constexpr std::uint16_t kOptionResolution = 9;
constexpr std::uint16_t kOptionFilter = 11;
constexpr std::uint16_t kOptionTimeOffset = 14;
constexpr std::uint16_t kOptionDroppedByInterface = 5;
constexpr std::uint16_t kOptionDroppedByKernel = 7;
constexpr std::uint16_t kOptionPacketFlags = 2;
constexpr std::uint16_t kOptionPacketDrops = 4;

// Blocks without a frame for us that tshark 4.0 numbers as if they were frames: the systemd journal's, custom ones, sysdig's events.
bool is_numbered(std::uint32_t type) {
  return type == 9 || type == 0xbad || type == 0x40000bad || type == 0x204 || type == 0x216 || type == 0x221;
}

bool is_known(std::uint32_t type) {
  return type == kSectionBlock || (type >= kInterfaceBlock && type <= kSimplePacketBlock) || type == kStatisticsBlock ||
         type == kEnhancedPacketBlock;
}

// Some writers leave the padding out of the length; tshark rounds up, and so do we.
constexpr std::uint64_t pad(std::uint64_t size) { return (size + 3) & ~std::uint64_t{3}; }

// Calls visit(code, value) for each whole option; a damaged list ends early.
template <class Visit>
void each_option(base::Bytes options, Integers integers, Visit visit) {
  constexpr std::size_t kOptionHeader = 4;
  while (options.size() >= kOptionHeader) {
    const std::uint16_t code = integers.read16(options.data());
    const std::size_t size = integers.read16(options.data() + 2);
    if (code == 0 || size > options.size() - kOptionHeader) return;
    visit(code, options.subspan(kOptionHeader, size));
    options = options.subspan(std::min(options.size(), kOptionHeader + pad(size)));
  }
}

std::string text_of(base::Bytes value, std::size_t limit) {
  value = value.first(std::min(value.size(), limit));
  const auto end = std::find(value.begin(), value.end(), 0);
  return {value.begin(), end};
}

}  // namespace

bool is_pcapng(base::Bytes head) { return head.size() >= 4 && Integers().read32(head.data()) == kSectionBlock; }

Clock Clock::make(std::uint8_t resolution, std::int64_t offset) {
  constexpr std::uint8_t kBinaryFlag = 0x80;
  constexpr std::uint8_t kNanosecondDigits = 9;
  constexpr std::uint8_t kMostDigits = 19 + kNanosecondDigits;  // with more, no 64-bit count reaches a nanosecond
  constexpr std::uint8_t kNothing = 0xff;                       // as little is left of 64 bits shifted right by 127
  Clock clock;
  clock.offset_ = offset;
  if ((resolution & kBinaryFlag) == 0 && resolution > kMostDigits) resolution = kNothing;
  if ((resolution & kBinaryFlag) != 0) {
    clock.unit_ = Unit::kBinary;
    clock.factor_ = resolution & 0x7f;
    return clock;
  }
  clock.unit_ = resolution <= kNanosecondDigits ? Unit::kMultiple : Unit::kFraction;
  clock.factor_ = 1;
  for (int digit = 0; digit < std::abs(resolution - kNanosecondDigits); ++digit) clock.factor_ *= 10;
  return clock;
}

base::Time Clock::time(std::uint64_t ticks) const {
  __extension__ using Wide = unsigned __int128;
  constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max();
  constexpr std::uint64_t kSecond = 1'000'000'000;
  Wide wide = Wide{ticks} * factor_;
  if (unit_ == Unit::kFraction) wide = ticks / factor_;
  if (unit_ == Unit::kBinary) wide = (Wide{ticks} * kSecond) >> factor_;
  std::int64_t nanoseconds = wide > Wide{static_cast<std::uint64_t>(kLatest)} ? kLatest : static_cast<std::int64_t>(wide);
  if (offset_ == 0) return {nanoseconds};
  std::int64_t shift = 0;
  if (__builtin_mul_overflow(offset_, std::int64_t{1'000'000'000}, &shift)) shift = offset_ < 0 ? -kLatest : kLatest;
  if (__builtin_add_overflow(nanoseconds, shift, &nanoseconds)) nanoseconds = kLatest;
  return {nanoseconds};
}

base::Result<PcapngCutter> PcapngCutter::make(base::Bytes head, std::uint32_t source) {
  PcapngCutter cutter;
  if (!is_pcapng(head)) return base::fail("this is not a pcapng file");
  if (head.size() < kSmallestSection)
    return base::fail(fmt::format("the file ends inside its pcapng header, after {} octets", head.size()));
  if (!cutter.read_byte_order(head)) return base::fail("the pcapng section header has no byte-order magic");
  const std::uint16_t major = cutter.integers_.read16(head.data() + 12);
  if (major != 1) return base::fail(fmt::format("this is a pcapng file of version {}", major), "espy reads version 1");
  cutter.position_.source = source;
  return cutter;
}

bool PcapngCutter::read_byte_order(base::Bytes header) {
  const std::uint8_t* magic = header.data() + kBlockHeader;
  if (Integers(false).read32(magic) == kByteOrderMagic) {
    integers_ = Integers(false);
  } else if (Integers(true).read32(magic) == kByteOrderMagic) {
    integers_ = Integers(true);
  } else {
    return false;
  }
  return true;
}

Progress PcapngCutter::cut(base::Bytes bytes, Frames& frames) {
  std::size_t at = 0;
  while (position_.damage.empty()) {
    const std::size_t consumed = step(bytes.subspan(at), frames);
    if (consumed == 0) break;
    at += consumed;
    position_.offset += consumed;
  }
  if (!position_.damage.empty()) return {.consumed = bytes.size(), .needed = 1};
  return {.consumed = at, .needed = needed_};
}

std::size_t PcapngCutter::step(base::Bytes bytes, Frames& frames) {
  return skip_left_ != 0 || trailer_ != 0 ? skip(bytes) : block(bytes, frames);
}

std::size_t PcapngCutter::skip(base::Bytes bytes) {
  needed_ = 1;
  if (skip_left_ != 0) {
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_left_, bytes.size()));
    skip_left_ -= skipped;
    return skipped;
  }
  needed_ = kTrailer;
  if (bytes.size() < kTrailer) return 0;
  if (integers_.read32(bytes.data()) != trailer_) {
    return spoil(fmt::format("the block at offset {} has two different lengths", at_));
  }
  trailer_ = 0;
  return kTrailer;
}

// Judges the block's header, then takes the whole block or starts to pass over it.
std::size_t PcapngCutter::block(base::Bytes bytes, Frames& frames) {
  at_ = position_.offset;
  needed_ = kSmallestBlock;
  if (bytes.size() < kSmallestBlock) return 0;
  const std::uint32_t type = integers_.read32(bytes.data());
  const bool new_section = type == kSectionBlock;
  if (new_section && !read_byte_order(bytes)) return spoil(fmt::format("the section header at offset {} has no byte-order magic", at_));
  const std::uint32_t length = integers_.read32(bytes.data() + 4);
  if (length < (new_section ? kSmallestSection : kSmallestBlock)) {
    return spoil(fmt::format("the block at offset {} claims {} octets, which is impossible", at_, length));
  }
  const std::uint64_t padded = pad(length);
  if (!is_known(type) && !(type == kSecretsBlock && is_wanted_secret(bytes, padded))) {
    skip_left_ = padded - kSmallestBlock;
    trailer_ = length;
    if (is_numbered(type)) ++position_.frames;
    return kBlockHeader;
  }
  if (padded > kMaxBlockSize) return spoil(fmt::format("the block at offset {} claims {} octets, which is too large", at_, length));
  const auto size = static_cast<std::size_t>(padded);
  needed_ = size;
  if (bytes.size() < size) return 0;
  if (integers_.read32(bytes.data() + size - kTrailer) != length) {
    return spoil(fmt::format("the block at offset {} has two different lengths", at_));
  }
  dispatch(type, bytes.subspan(kBlockHeader, size - kSmallestBlock), frames);
  return position_.damage.empty() ? size : 0;
}

std::size_t PcapngCutter::spoil(std::string damage) {
  position_.damage = std::move(damage);
  return 0;
}

void PcapngCutter::dispatch(std::uint32_t type, base::Bytes body, Frames& frames) {
  switch (type) {
    case kEnhancedPacketBlock: return enhanced_packet(body, frames);
    case kSimplePacketBlock: return simple_packet(body, frames);
    case kObsoletePacketBlock: return obsolete_packet(body, frames);
    case kSectionBlock: return section(body);
    case kInterfaceBlock: return interface_description(body);
    case kStatisticsBlock: return interface_statistics(body, frames.size());
    case kSecretsBlock: return decryption_secrets(body);
    default: return;
  }
}

void PcapngCutter::section(base::Bytes body) {
  const std::uint16_t major = integers_.read16(body.data() + 4);
  if (major != 1) {
    spoil(fmt::format("the section at offset {} is of version {}, which espy does not read", at_, major));
    return;
  }
  section_.clear();
  section_first_ = interfaces_.size();
}

void PcapngCutter::interface_description(base::Bytes body) {
  constexpr std::size_t kFixed = 8;
  if (body.size() < kFixed) {
    spoil(fmt::format("the interface description at offset {} is too short", at_));
    return;
  }
  if (interfaces_.size() == kMaxInterfaces) {
    spoil(fmt::format("there are more than {} interfaces, at offset {}", kMaxInterfaces, at_));
    return;
  }
  Interface interface;
  interface.link_type = static_cast<base::LinkType>(integers_.read16(body.data()));
  interface.snapshot_length = integers_.read32(body.data() + 4);
  InterfaceFacts facts{.name = {}, .link_type = interface.link_type, .filter = {}};
  std::uint8_t resolution = 6;
  std::int64_t offset = 0;
  each_option(body.subspan(kFixed), integers_, [&](std::uint16_t code, base::Bytes value) {
    if (code == kOptionInterfaceName) facts.name = text_of(value, kMaxInterfaceName);
    // The first octet says what kind of filter: 0 is a text for libpcap.
    if (code == kOptionFilter && value.size() > 1)
      facts.filter = value[0] == 0 ? text_of(value.subspan(1), kMaxInterfaceFilter) : "(bytecode)";
    if (code == kOptionResolution && !value.empty()) resolution = value[0];
    if (code == kOptionTimeOffset && value.size() == 8) offset = static_cast<std::int64_t>(integers_.read64(value.data()));
  });
  interface.clock = Clock::make(resolution, offset);
  section_.push_back(interface);
  interfaces_.push_back(std::move(facts));
}

void PcapngCutter::interface_statistics(base::Bytes body, std::size_t before) {
  constexpr std::size_t kFixed = 12;
  if (body.size() < kFixed) return;
  const std::uint32_t index = integers_.read32(body.data());
  if (index >= section_.size()) return;
  Interface& interface = section_[index];
  Drops now;
  each_option(body.subspan(kFixed), integers_, [&](std::uint16_t code, base::Bytes value) {
    if (value.size() != 8) return;
    if (code == kOptionDroppedByInterface) now.by_interface = integers_.read64(value.data());
    if (code == kOptionDroppedByKernel) now.by_kernel = integers_.read64(value.data());
  });
  drops_.add_statistics(now, interface.last);
  const std::uint64_t ticks = (std::uint64_t{integers_.read32(body.data() + 4)} << 32) | integers_.read32(body.data() + 8);
  tell(before, interface.clock.time(ticks));
}

// Told from the block's first octets: secrets for other protocols are passed over unread.
bool PcapngCutter::is_wanted_secret(base::Bytes bytes, std::uint64_t padded) {
  constexpr std::size_t kFixed = 8;  // the type of the secrets and their size
  constexpr std::size_t kOptions = 1024;
  if (padded < kSmallestBlock + kFixed || integers_.read32(bytes.data() + kBlockHeader) != kEspSecrets) return false;
  if (padded <= kSmallestBlock + kFixed + kMaxSecretsSize + kOptions && secrets_.blocks.size() < kMaxSecrets) return true;
  ++secrets_.left_out;
  return false;
}

void PcapngCutter::decryption_secrets(base::Bytes body) {
  constexpr std::size_t kFixed = 8;
  const std::uint32_t size = integers_.read32(body.data() + 4);
  if (size > body.size() - kFixed || size > kMaxSecretsSize) {
    ++secrets_.left_out;
    return;
  }
  secrets_.blocks.push_back(std::make_shared<const Secrets>(body.subspan(kFixed, size)));
}

void PcapngCutter::enhanced_packet(base::Bytes body, Frames& frames) {
  constexpr std::size_t kFixed = 20;
  if (body.size() < kFixed) {
    spoil(fmt::format("the packet block at offset {} is too short", at_));
    return;
  }
  const std::uint8_t* from = body.data();
  const std::uint64_t ticks = (std::uint64_t{integers_.read32(from + 4)} << 32) | integers_.read32(from + 8);
  packet({.interface = integers_.read32(from),
          .captured = integers_.read32(from + 12),
          .original = integers_.read32(from + 16),
          .data = kFixed,
          .timed = true,
          .ticks = ticks},
         body, frames);
}

void PcapngCutter::obsolete_packet(base::Bytes body, Frames& frames) {
  constexpr std::size_t kFixed = 20;
  constexpr std::uint16_t kDropsUnknown = 0xffff;
  if (body.size() < kFixed) {
    spoil(fmt::format("the packet block at offset {} is too short", at_));
    return;
  }
  const std::uint8_t* from = body.data();
  const std::uint16_t drops = integers_.read16(from + 2);
  const bool lost = drops != 0 && drops != kDropsUnknown;
  if (lost) drops_.add_packet(drops);
  const std::uint64_t ticks = (std::uint64_t{integers_.read32(from + 4)} << 32) | integers_.read32(from + 8);
  packet({.interface = integers_.read16(from),
          .captured = integers_.read32(from + 12),
          .original = integers_.read32(from + 16),
          .data = kFixed,
          .timed = true,
          .ticks = ticks},
         body, frames);
  if (lost && position_.damage.empty()) tell(frames.size() - 1, frames.back().time);
}

void PcapngCutter::simple_packet(base::Bytes body, Frames& frames) {
  constexpr std::size_t kFixed = 4;
  if (body.size() < kFixed) {
    spoil(fmt::format("the packet block at offset {} is too short", at_));
    return;
  }
  const std::uint32_t original = integers_.read32(body.data());
  std::uint32_t captured = std::min(original, static_cast<std::uint32_t>(body.size() - kFixed));
  if (!section_.empty() && section_[0].snapshot_length != 0) captured = std::min(captured, section_[0].snapshot_length);
  packet({.interface = 0, .captured = captured, .original = original, .data = kFixed}, body, frames);
}

void PcapngCutter::packet(const PacketFields& fields, base::Bytes body, Frames& frames) {
  if (fields.interface >= section_.size()) {
    spoil(fmt::format("the packet at offset {} names interface {}, which is not described", at_, fields.interface));
    return;
  }
  if (fields.captured > body.size() - fields.data || fields.captured > kMaxFrameSize) {
    spoil(fmt::format("the packet at offset {} claims {} octets, which is more than its block holds", at_, fields.captured));
    return;
  }
  const Interface& interface = section_[fields.interface];
  if (fields.timed) last_time_ = interface.clock.time(fields.ticks);
  frames.push_back({.data = body.subspan(fields.data, fields.captured),
                    .original_size = std::max(fields.original, fields.captured),
                    .time = last_time_,
                    .number = ++position_.frames,
                    .source = position_.source,
                    .interface = static_cast<std::uint32_t>(section_first_) + fields.interface,
                    .link_type = interface.link_type,
                    .direction = base::Direction::kUnknown});
  const std::size_t data_end = fields.data + static_cast<std::size_t>(pad(fields.captured));
  if (data_end < body.size()) packet_options(body.subspan(data_end), frames.back(), frames.size() - 1);
}

void PcapngCutter::packet_options(base::Bytes options, Frame& frame, std::size_t index) {
  constexpr std::uint32_t kDirectionMask = 3;
  each_option(options, integers_, [&](std::uint16_t code, base::Bytes value) {
    if (code == kOptionPacketFlags && value.size() == 4) {
      const std::uint32_t direction = integers_.read32(value.data()) & kDirectionMask;
      if (direction == 1) frame.direction = base::Direction::kIn;
      if (direction == 2) frame.direction = base::Direction::kOut;
    }
    if (code != kOptionPacketDrops || value.size() != 8) return;
    drops_.add_packet(integers_.read64(value.data()));
    tell(index, frame.time);
  });
}

void PcapngCutter::tell(std::size_t before, base::Time time) {
  const Drops sum = drops_.sum();
  if (sum == last_told_) return;
  last_told_ = sum;
  told_.push_back({.before = before, .time = time, .source = position_.source, .drops = sum});
}

void PcapngCutter::take_told(std::vector<DropsTold>& told) {
  told.insert(told.end(), told_.begin(), told_.end());
  told_.clear();
}

}  // namespace espy::capture
