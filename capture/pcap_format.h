// PcapCutter: the grammar of the classic pcap file, header and records, over any ranges of its octets in order. It reads no file.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "capture/record.h"
#include "capture/source.h"

namespace espy::capture {

inline constexpr std::size_t kPcapHeaderSize = 24;

// True for every magic number that libpcap 1.10 opens, in both byte orders.
bool is_pcap(base::Bytes head);

class PcapCutter {
 public:
  // Reads the file header, which `head` begins with. Errors: no pcap magic, too short, a version that libpcap does not read either.
  static base::Result<PcapCutter> make(base::Bytes head, std::uint32_t source);

  // Appends the frames whose records are whole in `bytes`, which continue where the last range was consumed; the first range begins with
  // the file header. The frames point into `bytes`. After damage everything is consumed and nothing appended.
  Progress cut(base::Bytes bytes, Frames& frames);

  const Position& position() const { return position_; }
  const std::vector<InterfaceFacts>& interfaces() const { return interfaces_; }

 private:
  // The two lengths of a record stand in the wrong order in files before version 2.3, and sometimes in 2.3.
  enum class Lengths : std::uint8_t { kInOrder, kSwapped, kMaybeSwapped };

  PcapCutter() = default;
  bool read_magic(base::Bytes head);
  bool read_version(base::Bytes head);
  template <bool kUsual>
  Progress cut_records(base::Bytes bytes, Frames& frames);
  Progress spoil(base::Bytes bytes, std::size_t at, std::uint32_t captured);

  Integers integers_;
  Lengths lengths_ = Lengths::kInOrder;
  std::int64_t tick_ = 1000;                    // nanoseconds in a unit of the fraction
  std::size_t largest_ = kUsualSnapshotLength;  // captured octets that are believed
  std::size_t record_header_size_ = 16;         // 24 in the variant with a1b2cd34
  base::LinkType link_type_ = base::LinkType::kEthernet;
  std::size_t header_left_ = kPcapHeaderSize;  // octets of the file header still to be passed over
  std::vector<InterfaceFacts> interfaces_;
  Position position_;
};

}  // namespace espy::capture
