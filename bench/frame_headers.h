// FrameHeaders: the headers in front of a packet's payload (Ethernet, VLAN, IPv4 or IPv6), made once for a pair of hosts and copied for
// each frame. With what writes the short headers behind them: ESP's, UDP's, TCP's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/address.h"

namespace espy::bench {

inline constexpr std::uint8_t kTcp = 6;
inline constexpr std::uint8_t kUdp = 17;
inline constexpr std::uint8_t kEsp = 50;
inline constexpr std::size_t kEspHeaderSize = 8;
inline constexpr std::size_t kUdpHeaderSize = 8;
inline constexpr std::size_t kTcpHeaderSize = 20;
inline constexpr std::size_t kLeastFrame = 60;  // Ethernet's, without the check sequence

struct Ends {
  base::Address source;
  base::Address destination;

  Ends reversed() const { return {destination, source}; }
};

base::Address ipv4(std::uint32_t number);
// 2001:db8:`subnet`::`host`
base::Address ipv6(std::uint16_t subnet, std::uint16_t host);

class FrameHeaders {
 public:
  // `vlan` 0 is no tag.
  FrameHeaders(const Ends& ends, std::uint8_t protocol, std::uint16_t vlan = 0);

  std::size_t size() const { return size_; }
  // Writes size() octets and scribbles on as many as kRoom; gives the place behind the headers.
  std::uint8_t* write(std::uint8_t* frame, std::size_t payload_size) const;

 private:
  static constexpr std::size_t kRoom = 64;

  void put(std::initializer_list<std::uint8_t> octets);
  void put(const base::Address& address);
  void put_ipv4(const Ends& ends, std::uint8_t protocol);
  void put_ipv6(const Ends& ends, std::uint8_t protocol);

  std::array<std::uint8_t, kRoom> octets_{};
  std::size_t size_ = 0;
  std::size_t network_ = 0;  // where the IP header begins
  std::uint32_t sum_ = 0;    // of the IPv4 header without its length
  bool ipv6_ = false;
};

void put16(std::uint8_t* out, std::uint32_t number);
void put32(std::uint8_t* out, std::uint32_t number);

struct Ports {
  std::uint16_t source;
  std::uint16_t destination;
};
// Without a checksum, as IPv4 allows.
void write_udp(std::uint8_t* out, Ports ports, std::size_t size);
// A segment in the middle of a connection.
void write_tcp(std::uint8_t* out, Ports ports, std::uint32_t sequence);

}  // namespace espy::bench
