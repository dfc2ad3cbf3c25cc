// Frame: one captured frame as it goes from capture to verify: its octets, its place in the capture and what the capture says of it.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/link.h"
#include "base/time.h"

namespace espy::base {

// `data` is a view: of a Batch's octets, or of what the call it is passed to may read.
struct Frame {
  Bytes data;                       // the captured octets
  std::uint32_t original_size = 0;  // octets on the wire; never smaller than data.size()
  Time time;
  std::uint64_t number = 0;     // 1-based within its source file, as tshark counts
  std::uint32_t source = 0;     // index into the capture's sources
  std::uint32_t interface = 0;  // index into the interfaces of that source
  LinkType link_type = LinkType::kEthernet;
  Direction direction = Direction::kUnknown;  // pcapng's epb_flags or libpcap's; SLL's own is found by decode
};

}  // namespace espy::base
