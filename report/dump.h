// dump: one frame as a line in tcpdump's notation, or as a JSON object, with the class that verify gave it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"
#include "decode/packet.h"
#include "verdict/summary.h"

namespace espy::report {

// What is known of the ICVs of a packet, worst last. kNone: it is secured, but carries none. kNotApplicable: it is not secured.
enum class Integrity : std::uint8_t { kNotApplicable, kNone, kGood, kUnchecked, kBad };

struct DumpFrame {
  verdict::FrameReference frame;
  base::Time time;
  std::string_view interface;  // "" when unknown
  const decode::Packet* packet = nullptr;
  base::Bytes data;      // the captured octets of the frame
  base::Bytes octets{};  // what the packet's offsets point into, where keys opened something; empty: `data`
  std::uint32_t original_size = 0;
  verdict::Class packet_class = verdict::Class::kUnrelated;
  Integrity integrity = Integrity::kNotApplicable;
  std::string_view requirement;       // id, "" when none
  std::string_view requirement_name;  // "10.0.0.1 > 10.0.0.2 (setkey.conf:12)"
  std::string_view association;       // "esp 0x00000201 10.0.0.1 > 10.0.0.2", "" when none
  std::string_view detail;            // leak reason or name of the exemption, "" when none
};

// How the time is written: tcpdump's -t (none), default (local time of day), -tttt (date and time, UTC here).
enum class DumpTime : std::uint8_t { kNone, kTimeOfDay, kDate };

// "20:31:05.004118 IP 10.0.0.1 > 10.0.0.2: AH(spi=0x00000200,seq=0x2a,icv=0x…): ESP(spi=0x00000201,seq=0x2a), length 104  [unverified r1]",
// what `tcpdump -n -S` prints for AH and ESP, and with -E where keys opened the ESP: ", length 104: ICMP echo request, …". Applications
// above TCP and UDP are not decoded, and IKEv1's side is known only from its first message. Appends to `out`, which the caller reuses; no
// newline.
void append_dump_line(const DumpFrame& frame, DumpTime time, std::string& out);

// REPORT.md's object for a packet on one line, without newline.
void append_dump_json(const DumpFrame& frame, std::string& out);

}  // namespace espy::report
