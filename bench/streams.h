// EspStream and PlainFlow: packets of one SA that nobody can open, and packets of one flow in clear, as scenarios put them into a capture.
#pragma once

#include "bench/capture_writer.h"
#include "bench/frame_headers.h"
#include "bench/random.h"

namespace espy::bench {

// Sequence numbers from 1 on; behind them an IV that counts, as AES-GCM has it, and noise.
class EspStream {
 public:
  EspStream(const Ends& ends, std::uint32_t spi, std::uint16_t vlan = 0) : headers_(ends, kEsp, vlan), spi_(spi) {}

  std::size_t headers_size() const { return headers_.size() + kEspHeaderSize; }
  void add_frame(CaptureWriter& writer, std::size_t frame_size, const std::uint8_t* noise);

 private:
  FrameHeaders headers_;
  std::uint32_t spi_;
  std::uint32_t sequence_ = 0;
};

class PlainFlow {
 public:
  PlainFlow(const Ends& ends, std::uint8_t protocol, Ports ports, std::uint16_t vlan = 0)
      : headers_(ends, protocol, vlan), protocol_(protocol), ports_(ports) {}

  std::size_t headers_size() const { return headers_.size() + (protocol_ == kTcp ? kTcpHeaderSize : kUdpHeaderSize); }
  void add_frame(CaptureWriter& writer, std::size_t frame_size, const std::uint8_t* noise);

 private:
  FrameHeaders headers_;
  std::uint8_t protocol_;
  Ports ports_;
  std::uint32_t sequence_ = 0;
};

}  // namespace espy::bench
