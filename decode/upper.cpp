// Upper layers, as far as a policy's selector looks: ports, ICMP types, and the packet that an ICMP error quotes.
#include <algorithm>

#include "decode/numbers.h"
#include "decode/parser.h"

namespace espy::decode {

namespace {

constexpr std::size_t kTcpHeader = 20;
constexpr std::size_t kUdpHeader = 8;
constexpr std::size_t kSctpHeader = 12;
constexpr std::size_t kDccpHeader = 12;
constexpr std::size_t kIcmpHeader = 8;

constexpr std::uint8_t kIcmpUnreachable = 3;
constexpr std::uint8_t kIcmpSourceQuench = 4;
constexpr std::uint8_t kIcmpRedirect = 5;
constexpr std::uint8_t kIcmpTimeExceeded = 11;
constexpr std::uint8_t kIcmpParameterProblem = 12;
constexpr std::uint8_t kIcmpv6Unreachable = 1;
constexpr std::uint8_t kIcmpv6TimeExceeded = 3;
constexpr std::uint8_t kIcmpv6ParameterProblem = 4;

// RFC 4884 section 4: which errors may say in 4-octet (IPv6: 8-octet) units how much of their payload is the quote.
bool extensible(std::uint8_t type) { return type == kIcmpUnreachable || type == kIcmpTimeExceeded || type == kIcmpParameterProblem; }
bool extensible_v6(std::uint8_t type) { return type == kIcmpv6Unreachable || type == kIcmpv6TimeExceeded; }

}  // namespace

Step Parser::upper() {
  layer_->payload = Payload::kClear;
  const bool ipv6 = layer_->source.family == base::Family::kIpv6;
  switch (protocol_) {
    case kTcp: return tcp();
    case kUdp: return udp();
    case kUdpLite: return after_ports(kUdpHeader);
    case kSctp: return after_ports(kSctpHeader);
    case kDccp: return dccp();
    case kIcmp: return ipv6 ? Step::kStop : icmp();
    case kIcmpv6: return ipv6 ? icmpv6() : Step::kStop;
    default: return Step::kStop;
  }
}

bool Parser::ports() {
  const auto header = reader_.peek<4>();
  if (!header) return false;
  layer_->ports_known = true;
  layer_->source_port = header.u16<0>();
  layer_->destination_port = header.u16<2>();
  return true;
}

Step Parser::after_ports(std::size_t header_size) {
  if (ports() && reader_.skip(header_size)) layer_->payload_offset = static_cast<std::uint32_t>(reader_.position());
  return Step::kStop;
}

// A quote of eight octets still has the sequence number.
Step Parser::tcp() {
  if (!ports()) return Step::kStop;
  const auto start = reader_.peek<8>();
  if (!start) return Step::kStop;
  layer_->tcp_sequence = start.u32<4>();
  const auto header = reader_.peek<kTcpHeader>();
  if (!header) return Step::kStop;
  const std::size_t size = (header.u8<12>() >> 4) * 4u;
  if (size < kTcpHeader) return malformed();
  layer_->tcp_flags = header.u8<13>();
  return after_ports(size);
}

// RFC 4340 section 5.1: the data offset counts 4-octet units from the start of the header.
Step Parser::dccp() {
  if (!ports()) return Step::kStop;
  const auto header = reader_.peek<kDccpHeader>();
  if (!header) return Step::kStop;
  const std::size_t size = header.u8<4>() * 4u;
  return size < kDccpHeader ? malformed() : after_ports(size);
}

// A length of 0 is a jumbogram's or a segmenting network card's: then what IP says holds.
Step Parser::udp() {
  if (!ports()) return Step::kStop;
  const auto header = reader_.peek<kUdpHeader>();
  if (!header) return Step::kStop;
  const std::size_t size = header.u16<4>() != 0 ? header.u16<4>() : end_ - reader_.position();
  if (size < kUdpHeader) return malformed();
  if (!reader_.narrow(size)) return Step::kStop;
  end_ = std::min(end_, reader_.position() + size);
  after_ports(kUdpHeader);
  return udp_payload(size - kUdpHeader);
}

Step Parser::icmp() {
  const auto start = reader_.peek<2>();
  if (!start) return Step::kStop;
  const std::uint8_t type = start.u8<0>();
  layer_->ports_known = true;
  layer_->source_port = type;
  layer_->destination_port = start.u8<1>();
  const auto header = reader_.peek<kIcmpHeader>();
  if (!header) return Step::kStop;
  reader_.skip(kIcmpHeader);
  layer_->payload_offset = static_cast<std::uint32_t>(reader_.position());
  const bool error = extensible(type) || type == kIcmpSourceQuench || type == kIcmpRedirect;
  const std::size_t size = extensible(type) ? header.u8<5>() * 4u : 0;
  return error ? quote(size) : Step::kStop;
}

// RFC 4443 section 2.4.
Step Parser::icmpv6() {
  const auto start = reader_.peek<2>();
  if (!start) return Step::kStop;
  const std::uint8_t type = start.u8<0>();
  layer_->ports_known = true;
  layer_->source_port = type;
  layer_->destination_port = start.u8<1>();
  const auto header = reader_.peek<kIcmpHeader>();
  if (!header) return Step::kStop;
  reader_.skip(kIcmpHeader);
  layer_->payload_offset = static_cast<std::uint32_t>(reader_.position());
  const bool error = type >= kIcmpv6Unreachable && type <= kIcmpv6ParameterProblem;
  return error ? quote(extensible_v6(type) ? header.u8<4>() * 8u : 0) : Step::kStop;
}

// `size` is how much of the payload is the quote, 0 when the message does not say. A quote within a quote is nobody's packet.
Step Parser::quote(std::size_t size) {
  if (quoted_) return Step::kStop;
  quoted_ = true;
  carrier_ = Carrier::kIcmpQuote;
  reader_.tolerate_end();
  if (size != 0) reader_.narrow(size);
  return Step::kInternet;
}

}  // namespace espy::decode
