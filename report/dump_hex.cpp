#include "report/dump_hex.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "report/dump_layers.h"

namespace espy::report {

namespace {

constexpr std::size_t kLineSize = 16;
constexpr std::size_t kHexWidth = 40;

bool is_printable(std::uint8_t octet) { return octet >= 0x21 && octet < 0x7f; }

void append_pairs(base::Bytes line, std::string& out) {
  for (std::size_t index = 0; index < line.size(); ++index) {
    if (index % 2 == 0) out += ' ';
    fmt::format_to(std::back_inserter(out), "{:02x}", line[index]);
  }
}

}  // namespace

void append_hex(base::Bytes data, HexStyle style, std::string& out) {
  for (std::size_t offset = 0; offset < data.size(); offset += kLineSize) {
    const base::Bytes line = data.subspan(offset, std::min(kLineSize, data.size() - offset));
    fmt::format_to(std::back_inserter(out), "\t0x{:04x}: ", offset);
    const std::size_t begin = out.size();
    append_pairs(line, out);
    if (style == HexStyle::kHexAndAscii) {
      out.resize(begin + kHexWidth + 2, ' ');
      std::ranges::transform(line, std::back_inserter(out),
                             [](std::uint8_t octet) { return is_printable(octet) ? static_cast<char>(octet) : '.'; });
    }
    out += '\n';
  }
}

base::Bytes without_link(const decode::Packet& packet, base::Bytes data) {
  const std::size_t offset = packet.layer_count > 0 ? packet.layers[0].offset : network_offset(packet, data);
  return data.subspan(std::min(offset, data.size()));
}

}  // namespace espy::report
