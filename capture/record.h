// Record: what the grammars of pcap and pcapng have in common: their limits, their byte order, and what they answer about a range of
// octets.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

#include "base/bytes.h"

namespace espy::capture {

// What take() brings at once, and the room in front of it for a record that began in the batch before (a 64 KiB frame with its headers).
inline constexpr std::size_t kBlockSize = std::size_t{256} * 1024;
// The first one is small: until it is committed no SA and no flow is known, and each frame takes the long way.
inline constexpr std::size_t kFirstBlockSize = std::size_t{32} * 1024;
constexpr std::size_t block_size(std::uint64_t ticket) { return ticket == 0 ? kFirstBlockSize : kBlockSize; }
inline constexpr std::size_t kHeadroom = std::size_t{68} * 1024;

// What libpcap captures at most. A classic pcap record that claims more is damage, unless the file's own snapshot length allows it.
inline constexpr std::size_t kUsualSnapshotLength = std::size_t{256} * 1024;

// The largest frame that is believed in any file.
inline constexpr std::size_t kMaxFrameSize = 64 * kUsualSnapshotLength;

// What a grammar made of a range: the first `consumed` octets are settled; the record after them cannot be read before `needed` octets of
// it are there (never 0; a lower bound).
struct Progress {
  std::size_t consumed = 0;
  std::size_t needed = 1;
};

// Where a grammar stands in its file. Once `damage` is set, nothing more is read.
struct Position {
  std::uint64_t offset = 0;  // of the next octet
  std::uint64_t frames = 0;  // numbered so far
  std::uint32_t source = 0;  // Frame::source
  std::string damage;        // one sentence, or empty
};

// Integers of a file whose byte order is known only when it is read. No bounds: the caller has checked them.
class Integers {
 public:
  constexpr explicit Integers(bool swapped = false) : swapped_(swapped) {}
  bool swapped() const { return swapped_; }
  std::uint16_t read16(const std::uint8_t* from) const {
    const auto value = load<std::uint16_t>(from);
    return swapped_ ? __builtin_bswap16(value) : value;
  }
  std::uint32_t read32(const std::uint8_t* from) const {
    const auto value = load<std::uint32_t>(from);
    return swapped_ ? __builtin_bswap32(value) : value;
  }
  std::uint64_t read64(const std::uint8_t* from) const {
    const auto value = load<std::uint64_t>(from);
    return swapped_ ? __builtin_bswap64(value) : value;
  }

 private:
  template <class Value>
  static Value load(const std::uint8_t* from) {
    Value value = 0;
    std::memcpy(&value, from, sizeof value);
    return value;
  }
  bool swapped_;
};

}  // namespace espy::capture
