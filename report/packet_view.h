// packet_view: a sample of a packet as a screen takes it apart: its layers, each with what it says and which octets it is, and the octets
// in lines. Text is not escaped; it holds nothing but numbers and words of espy's own.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "verdict/picture.h"

namespace espy::report {

struct PacketLayer {
  std::string name;    // "Ethernet", "IPv4", "ESP", "TCP", "payload"
  std::string fields;  // "10.0.0.1 > 10.0.0.2, ttl 64, length 104"
  std::size_t offset = 0;
  std::size_t size = 0;     // octets captured of it
  bool inner = false;       // of the packet that keys brought out, not of the frame
  bool is_payload = false;  // what an application sent, or a cipher made of it
};

// From the outside in, then those of the inner packet.
std::vector<PacketLayer> packet_layers(const verdict::PacketSample& sample);

// One line on the whole: "IP 10.0.0.1 > 10.0.0.2: ESP(spi=0x00000200,seq=0x1), length 136", of the inner packet where there is one.
std::string packet_line(const verdict::PacketSample& sample);

struct HexLine {
  std::size_t offset = 0;
  std::string hex;   // "45 00 00 68 …" with a wider gap after the eighth
  std::string text;  // printable ASCII, dots for the rest
};

// `width` octets a line, at least one.
std::vector<HexLine> hex_lines(base::Bytes octets, std::size_t width);
// Cells in `hex` before the octet at `index` of a line.
std::size_t hex_column(std::size_t index);

}  // namespace espy::report
