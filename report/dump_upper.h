// What tcpdump prints behind "a > b: " for the protocols above IP. Each appends; offsets lie in the frame and may be behind its end.
// For dump alone.
#pragma once

#include <string>

#include "decode/packet.h"
#include "report/octets.h"

namespace espy::report {

// Where an upper layer's header is and how many octets it and its payload have on the wire.
struct Upper {
  Octets data;
  std::size_t offset = 0;
  std::size_t size = 0;
};

void append_tcp(const Upper& upper, std::string& out);
void append_udp(const Upper& upper, std::string& out);
void append_icmp(const Upper& upper, const decode::Packet& packet, std::string& out);
void append_icmpv6(const Upper& upper, std::string& out);
// With the "NONESP-encap: " that tcpdump writes where RFC 3948's marker comes first.
void append_isakmp(const Upper& upper, bool marked, std::string& out);
void append_arp(const Upper& upper, std::string& out);

}  // namespace espy::report
