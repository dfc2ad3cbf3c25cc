// PcapngCutter: the grammar of pcapng, sections, interfaces, packets and statistics, over any ranges of a file's octets in order. It reads
// no file. Blocks of other types are passed over, whatever their size.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "capture/drops.h"
#include "capture/record.h"
#include "capture/source.h"

namespace espy::capture {

// More interfaces than this in one file are damage; their recorded names and filters are kept up to the sizes below.
inline constexpr std::size_t kMaxInterfaces = 16'384;
inline constexpr std::size_t kMaxInterfaceName = 256;
inline constexpr std::size_t kMaxInterfaceFilter = 1024;
// Keys for ESP that a file may carry; what is larger, or more, is left out and counted.
inline constexpr std::size_t kMaxSecrets = 16;
inline constexpr std::size_t kMaxSecretsSize = std::size_t{1} << 20;

bool is_pcapng(base::Bytes head);

// How an interface counts time (if_tsresol, if_tsoffset).
class Clock {
 public:
  // `resolution` as in if_tsresol: a negative power of 10, or of 2 when the high bit is set. `offset`: seconds to add.
  static Clock make(std::uint8_t resolution, std::int64_t offset);
  // Saturates at the ends of Time instead of overflowing.
  base::Time time(std::uint64_t ticks) const;

 private:
  enum class Unit : std::uint8_t { kMultiple, kFraction, kBinary };
  Unit unit_ = Unit::kMultiple;
  std::uint64_t factor_ = 1000;  // nanoseconds a tick, ticks a nanosecond, or bits of the fraction
  std::int64_t offset_ = 0;      // seconds
};

// The ESP secrets of a file so far.
struct FileSecrets {
  std::vector<std::shared_ptr<const Secrets>> blocks;
  std::uint64_t left_out = 0;
};

class PcapngCutter {
 public:
  // Reads the first section header, which `head` begins with. Errors: no section header, too short, a version other than 1.x.
  static base::Result<PcapngCutter> make(base::Bytes head, std::uint32_t source);

  // As PcapCutter::cut. A frame of a Simple Packet Block, which has no time, takes the time of the frame before (or 1970).
  Progress cut(base::Bytes bytes, Frames& frames);

  const Position& position() const { return position_; }
  // Of all sections so far.
  const std::vector<InterfaceFacts>& interfaces() const { return interfaces_; }
  Drops drops() const { return drops_.sum(); }
  // Appends what cut() was told of drops since the last call; `before` counts in the frames that it was given.
  void take_told(std::vector<DropsTold>& told);
  const FileSecrets& secrets() const { return secrets_; }
  // A block that is passed over has not ended yet.
  bool inside() const { return skip_left_ != 0 || trailer_ != 0; }

 private:
  struct Interface {
    Clock clock;
    base::LinkType link_type = base::LinkType::kEthernet;
    std::uint32_t snapshot_length = 0;
    Drops last;  // statistics
  };
  struct PacketFields {
    std::uint32_t interface = 0;
    std::uint32_t captured = 0;
    std::uint32_t original = 0;
    std::size_t data = 0;  // offset in the block's body
    bool timed = false;
    std::uint64_t ticks = 0;
  };

  PcapngCutter() = default;
  // Octets of `bytes` that one step consumed; 0: more is needed (needed_ says how much) or the file is damaged.
  std::size_t step(base::Bytes bytes, Frames& frames);
  std::size_t skip(base::Bytes bytes);
  std::size_t block(base::Bytes bytes, Frames& frames);
  void dispatch(std::uint32_t type, base::Bytes body, Frames& frames);
  bool read_byte_order(base::Bytes header);
  void section(base::Bytes body);
  void interface_description(base::Bytes body);
  void interface_statistics(base::Bytes body, std::size_t before);
  bool is_wanted_secret(base::Bytes bytes, std::uint64_t padded);
  void decryption_secrets(base::Bytes body);
  void enhanced_packet(base::Bytes body, Frames& frames);
  void simple_packet(base::Bytes body, Frames& frames);
  void obsolete_packet(base::Bytes body, Frames& frames);
  void packet(const PacketFields& fields, base::Bytes body, Frames& frames);
  void packet_options(base::Bytes options, Frame& frame, std::size_t index);
  void tell(std::size_t before, base::Time time);
  std::size_t spoil(std::string damage);

  Integers integers_;
  std::vector<Interface> section_;  // the interfaces of the current section
  std::size_t section_first_ = 0;   // of its first interface in interfaces_
  std::vector<InterfaceFacts> interfaces_;
  FileSecrets secrets_;
  DropCount drops_;
  Drops last_told_;
  std::vector<DropsTold> told_;
  base::Time last_time_{0};
  std::uint64_t skip_left_ = 0;  // octets of a block that is passed over
  std::uint32_t trailer_ = 0;    // the length that must stand behind it; 0: none is awaited
  std::size_t needed_ = 12;
  std::uint64_t at_ = 0;  // offset of the block in hand
  Position position_;
};

}  // namespace espy::capture
