#include "bench/frame_headers.h"

#include <cstring>

namespace espy::bench {

namespace {

constexpr std::size_t kIpv4HeaderSize = 20;
constexpr std::size_t kIpv6HeaderSize = 40;
constexpr std::size_t kTotalLength = 2;
constexpr std::size_t kChecksum = 10;
constexpr std::size_t kPayloadLength = 4;

std::uint16_t fold(std::uint32_t sum) {
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum + (sum >> 16));
}

}  // namespace

void put16(std::uint8_t* out, std::uint32_t number) {
  out[0] = static_cast<std::uint8_t>(number >> 8);
  out[1] = static_cast<std::uint8_t>(number);
}

void put32(std::uint8_t* out, std::uint32_t number) {
  put16(out, number >> 16);
  put16(out + 2, number);
}

base::Address ipv4(std::uint32_t number) {
  std::array<std::uint8_t, 4> octets;
  put32(octets.data(), number);
  return base::make_ipv4(octets);
}

base::Address ipv6(std::uint16_t subnet, std::uint16_t host) {
  std::array<std::uint8_t, 16> octets{0x20, 0x01, 0x0d, 0xb8};
  put16(octets.data() + 4, subnet);
  put16(octets.data() + 14, host);
  return base::make_ipv6(octets);
}

FrameHeaders::FrameHeaders(const Ends& ends, std::uint8_t protocol, std::uint16_t vlan) : ipv6_(ends.source.family == base::Family::kIpv6) {
  put({0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01});
  if (vlan != 0) put({0x81, 0, static_cast<std::uint8_t>(vlan >> 8), static_cast<std::uint8_t>(vlan)});
  if (ipv6_) {
    put({0x86, 0xdd});
    put_ipv6(ends, protocol);
  } else {
    put({0x08, 0});
    put_ipv4(ends, protocol);
  }
}

void FrameHeaders::put_ipv4(const Ends& ends, std::uint8_t protocol) {
  network_ = size_;
  put({0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, protocol, 0, 0});
  put(ends.source);
  put(ends.destination);
  for (std::size_t index = network_; index < size_; index += 2)
    sum_ += static_cast<std::uint32_t>(octets_[index] << 8 | octets_[index + 1]);
}

void FrameHeaders::put_ipv6(const Ends& ends, std::uint8_t protocol) {
  network_ = size_;
  put({0x60, 0, 0, 0, 0, 0, protocol, 64});
  put(ends.source);
  put(ends.destination);
}

void FrameHeaders::put(std::initializer_list<std::uint8_t> octets) {
  for (const std::uint8_t octet : octets) octets_[size_++] = octet;
}

void FrameHeaders::put(const base::Address& address) {
  for (const std::uint8_t octet : address.bytes()) octets_[size_++] = octet;
}

std::uint8_t* FrameHeaders::write(std::uint8_t* frame, std::size_t payload_size) const {
  std::memcpy(frame, octets_.data(), kRoom);
  std::uint8_t* const header = frame + network_;
  const auto length = static_cast<std::uint32_t>(payload_size);
  if (ipv6_) {
    put16(header + kPayloadLength, length);
    return header + kIpv6HeaderSize;
  }
  put16(header + kTotalLength, length + kIpv4HeaderSize);
  put16(header + kChecksum, 0xffffU - fold(sum_ + length + kIpv4HeaderSize));
  return header + kIpv4HeaderSize;
}

void write_udp(std::uint8_t* out, Ports ports, std::size_t size) {
  put16(out, ports.source);
  put16(out + 2, ports.destination);
  put16(out + 4, static_cast<std::uint32_t>(size));
  put16(out + 6, 0);
}

void write_tcp(std::uint8_t* out, Ports ports, std::uint32_t sequence) {
  put16(out, ports.source);
  put16(out + 2, ports.destination);
  put32(out + 4, sequence);
  put32(out + 8, 1);
  put32(out + 12, 0x50180400);  // 20 octets of header, PSH and ACK, a window of 1024
  put32(out + 16, 0);
}

}  // namespace espy::bench
