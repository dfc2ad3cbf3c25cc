// frames: what the tests of decode read: the lines of data/frames.txt and classic little-endian pcap files. Aborts on anything unexpected,
// since its files are the test's own.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/link.h"
#include "decode/packet.h"

namespace espy::decode::test {

struct Frame {
  std::string name;
  base::LinkType link_type = base::LinkType::kEthernet;
  std::vector<std::uint8_t> octets;
  std::uint32_t original_size = 0;
};

inline std::string data_path(const std::string& name) { return std::string(ESPY_SOURCE_DIR) + "/tests/decode/data/" + name; }

inline std::vector<std::uint8_t> from_hex(const std::string& hex) {
  std::vector<std::uint8_t> octets;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    octets.push_back(static_cast<std::uint8_t>(std::stoul(hex.substr(at, 2), nullptr, 16)));
  }
  return octets;
}

// The hand-built frames, in the file's order.
inline std::vector<Frame> built_frames() {
  std::ifstream file(data_path("frames.txt"));
  std::vector<Frame> frames;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::uint32_t link_type = 0;
    std::string hex;
    Frame frame;
    words >> frame.name >> link_type >> hex;
    frame.link_type = static_cast<base::LinkType>(link_type);
    frame.octets = from_hex(hex);
    frame.original_size = static_cast<std::uint32_t>(frame.octets.size());
    frames.push_back(std::move(frame));
  }
  if (frames.empty()) std::abort();
  return frames;
}

inline std::uint32_t little32(const std::vector<char>& bytes, std::size_t at) {
  std::uint32_t value = 0;
  if (at + sizeof value > bytes.size()) std::abort();
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// The frames of a capture, in its order.
inline std::vector<Frame> captured_frames(const std::string& name) {
  std::ifstream file(data_path(name), std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<Frame> frames;
  for (std::size_t at = 24; at < bytes.size();) {
    const std::uint32_t size = little32(bytes, at + 8);
    if (at + 16 + size > bytes.size()) std::abort();
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at + 16);
    frames.push_back({name, static_cast<base::LinkType>(little32(bytes, 20)), {begin, begin + size}, little32(bytes, at + 12)});
    at += 16 + size;
  }
  if (frames.empty()) std::abort();
  return frames;
}

inline Packet parse(const Frame& frame, const Ports& ports = {}) {
  Packet packet;
  parse_frame(frame.octets, frame.original_size, frame.link_type, ports, packet);
  return packet;
}

}  // namespace espy::decode::test
