// CaptureWriter: a classic pcap stream of Ethernet frames, two a microsecond, in large writes. A failed write ends the program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace espy::bench {

class CaptureWriter {
 public:
  static constexpr std::size_t kLargestFrame = 4096;

  explicit CaptureWriter(int descriptor);
  CaptureWriter(const CaptureWriter&) = delete;
  CaptureWriter& operator=(const CaptureWriter&) = delete;
  ~CaptureWriter() { flush(); }

  // Room for a frame, to be filled before the next call; kLargestFrame octets behind it may be scribbled on.
  std::uint8_t* add_frame(std::size_t size);
  void flush();

 private:
  void put(std::uint32_t word);

  int descriptor_;
  std::vector<std::uint8_t> buffer_;
  std::size_t used_ = 0;
  std::uint64_t half_microseconds_ = 0;
};

}  // namespace espy::bench
