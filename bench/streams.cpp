#include "bench/streams.h"

#include <cstring>

namespace espy::bench {

void EspStream::add_frame(CaptureWriter& writer, std::size_t frame_size, const std::uint8_t* noise) {
  const std::size_t size = frame_size - headers_.size();
  std::uint8_t* const packet = headers_.write(writer.add_frame(frame_size), size);
  std::memcpy(packet + kEspHeaderSize, noise, size - kEspHeaderSize);
  put32(packet, spi_);
  put32(packet + 4, ++sequence_);
  put32(packet + 8, 0);
  put32(packet + 12, sequence_);
}

void PlainFlow::add_frame(CaptureWriter& writer, std::size_t frame_size, const std::uint8_t* noise) {
  const std::size_t size = frame_size - headers_.size();
  const std::size_t header_size = headers_size() - headers_.size();
  std::uint8_t* const packet = headers_.write(writer.add_frame(frame_size), size);
  std::memcpy(packet + header_size, noise, size - header_size);
  if (protocol_ == kUdp) return write_udp(packet, ports_, size);
  write_tcp(packet, ports_, sequence_);
  sequence_ += static_cast<std::uint32_t>(size - header_size);
}

}  // namespace espy::bench
