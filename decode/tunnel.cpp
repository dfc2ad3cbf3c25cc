// Carriers of further IP packets: IP in IP, GRE, and those that a UDP port only suggests: VXLAN, Geneve, GTP-U.
#include "decode/numbers.h"
#include "decode/parser.h"

namespace espy::decode {

namespace {

constexpr std::uint16_t kGreChecksum = 0x8000;
constexpr std::uint16_t kGreRouting = 0x4000;
constexpr std::uint16_t kGreKey = 0x2000;
constexpr std::uint16_t kGreSequence = 0x1000;
constexpr std::uint16_t kGreAcknowledgment = 0x0080;
constexpr std::uint16_t kGreVersion = 0x0007;
constexpr std::uint16_t kGrePointToPoint = 1;

constexpr std::uint8_t kVxlanHasNetwork = 0x08;

constexpr std::uint8_t kGtpVersionMask = 0xf0;
constexpr std::uint8_t kGtpVersion1 = 0x30;
constexpr std::uint8_t kGtpExtension = 0x04;
constexpr std::uint8_t kGtpOptionalFields = 0x07;
constexpr std::uint8_t kGtpUserPacket = 0xff;
constexpr int kGtpMaxExtensions = 8;

constexpr int kMaxInnerTags = 3;

bool is_tag(std::uint16_t type) { return type == kEtherTypeVlan || type == kEtherTypeServiceVlan || type == kEtherTypeOldVlan; }

// Passes GTP-U's extension headers, each of which ends with the type of the next (3GPP TS 29.281 section 5.2). False when they do not end.
bool skip_gtp_extensions(Reader& reader, std::uint8_t type) {
  for (int count = 0; type != 0; ++count) {
    const auto start = reader.peek<1>();
    if (!start || start.u8<0>() == 0 || count == kGtpMaxExtensions) return false;
    if (!reader.skip(start.u8<0>() * 4u - 1u)) return false;
    const auto last = reader.peek<1>();
    if (!last) return false;
    type = last.u8<0>();
    reader.skip(1);
  }
  return true;
}

}  // namespace

// RFC 2003, RFC 2473. Behind AH, ESP or IPComp it is the tunnel mode of the last of them; IPComp counts as ESP's.
Carrier Parser::tunnel_carrier() const {
  if (layer_->security_count == 0) return Carrier::kIpInIp;
  const bool ah = packet_.security[packet_.security_count - 1u].protocol == SecurityProtocol::kAh;
  return ah ? Carrier::kAhTunnel : Carrier::kEspTunnel;
}

Step Parser::ip_in_ip() {
  layer_->payload = Payload::kClear;
  if (quoted_) return Step::kStop;
  carrier_ = tunnel_carrier();
  return protocol_ == kIpv4InIp ? Step::kIpv4 : Step::kIpv6;
}

// RFC 2784, RFC 2890; version 1 is PPTP's (RFC 2637). Source routing has gone out of use and its end is not known without it.
Step Parser::gre() {
  layer_->payload = Payload::kClear;
  const auto header = reader_.peek<4>();
  if (!header || quoted_) return Step::kStop;
  const std::uint16_t flags = header.u16<0>();
  if ((flags & kGreRouting) != 0 || (flags & kGreVersion) > kGrePointToPoint) return Step::kStop;
  std::size_t size = 4;
  if ((flags & kGreChecksum) != 0) size += 4;
  if ((flags & kGreKey) != 0) size += 4;
  if ((flags & kGreSequence) != 0) size += 4;
  if ((flags & kGreVersion) == kGrePointToPoint && (flags & kGreAcknowledgment) != 0) size += 4;
  if (!reader_.skip(size)) return Step::kStop;
  if (reader_.remaining() == 0) return Step::kStop;
  layer_->payload_offset = static_cast<std::uint32_t>(reader_.position());
  carrier_ = Carrier::kGre;
  return gre_payload(header.u16<2>());
}

Step Parser::gre_payload(std::uint16_t type) {
  ether_type_ = type;
  switch (type) {
    case kEtherTypeBridged: return Step::kEthernet;
    case kEtherTypeIpv4:
    case kEtherTypeIpv6:
    case kEtherTypeMpls:
    case kEtherTypeMplsMulticast:
    case kEtherTypePpp: return Step::kEtherType;
    default: return Step::kStop;
  }
}

// RFC 7348 section 5.
Step Parser::vxlan() {
  Reader inner = reader_;
  const auto header = inner.peek<8>();
  if (!header) return not_reached(inner);
  if ((header.u8<0>() & kVxlanHasNetwork) == 0) return Step::kStop;
  inner.skip(8);
  return guessed(inner, Step::kEthernet, Carrier::kVxlan);
}

// RFC 8926 section 3.4: version 0, the options' length in 4-octet units.
Step Parser::geneve() {
  Reader inner = reader_;
  const auto header = inner.peek<8>();
  if (!header) return not_reached(inner);
  if (header.u8<0>() >> 6 != 0) return Step::kStop;
  if (!inner.skip(8 + (header.u8<0>() & 0x3fu) * 4u)) return not_reached(inner);
  switch (header.u16<2>()) {
    case kEtherTypeBridged: return guessed(inner, Step::kEthernet, Carrier::kGeneve);
    case kEtherTypeIpv4: return guessed(inner, Step::kIpv4, Carrier::kGeneve);
    case kEtherTypeIpv6: return guessed(inner, Step::kIpv6, Carrier::kGeneve);
    default: return Step::kStop;
  }
}

// 3GPP TS 29.281 section 5.1: a G-PDU of version 1, the length counted behind the first eight octets.
Step Parser::gtp() {
  Reader inner = reader_;
  const auto header = inner.peek<8>();
  if (!header) return not_reached(inner);
  if ((header.u8<0>() & kGtpVersionMask) != kGtpVersion1 || header.u8<1>() != kGtpUserPacket) return Step::kStop;
  inner.skip(8);
  if (!inner.narrow(header.u16<2>())) return Step::kStop;
  if ((header.u8<0>() & kGtpOptionalFields) != 0) {
    const auto optional = inner.peek<4>();
    if (!optional) return not_reached(inner);
    inner.skip(4);
    const std::uint8_t first = (header.u8<0>() & kGtpExtension) != 0 ? optional.u8<3>() : 0;
    if (!skip_gtp_extensions(inner, first)) return not_reached(inner);
  }
  return guessed(inner, Step::kInternet, Carrier::kGtpU);
}

// A port alone is weak evidence: unless what follows is the beginning of an IP packet, the datagram is a clear one.
Step Parser::guessed(const Reader& inner, Step step, Carrier carrier) {
  if (quoted_ || looks_like(inner, step) == Guess::kNo) return Step::kStop;
  reader_ = inner;
  carrier_ = carrier;
  return step;
}

// Keeps the trouble only if the capture's end hid what would have decided.
Step Parser::not_reached(const Reader& inner) {
  if (inner.trouble() == Trouble::kCutShort && !quoted_) reader_ = inner;
  return Step::kStop;
}

// `step` is kEthernet, or an IP step that says which version will do.
Parser::Guess Parser::looks_like(Reader reader, Step step) {
  switch (step) {
    case Step::kEthernet: return looks_like_ethernet(reader);
    case Step::kIpv4: return looks_like_ipv4(reader);
    case Step::kIpv6: return looks_like_ipv6(reader);
    default: break;
  }
  const Guess ipv4 = looks_like_ipv4(reader);
  return ipv4 == Guess::kNo ? looks_like_ipv6(reader) : ipv4;
}

Parser::Guess Parser::missing(const Reader& reader) { return reader.trouble() == Trouble::kCutShort ? Guess::kCut : Guess::kNo; }

Parser::Guess Parser::looks_like_ethernet(Reader reader) {
  const auto header = reader.peek<14>();
  if (!header) return missing(reader);
  std::uint16_t type = header.u16<12>();
  reader.skip(14);
  for (int count = 0; is_tag(type) && count < kMaxInnerTags; ++count) {
    const auto tag = reader.peek<4>();
    if (!tag) return missing(reader);
    type = tag.u16<2>();
    reader.skip(4);
  }
  if (type == kEtherTypeIpv4) return looks_like_ipv4(reader);
  return type == kEtherTypeIpv6 ? looks_like_ipv6(reader) : Guess::kNo;
}

Parser::Guess Parser::looks_like_ipv4(Reader reader) {
  const auto first = reader.peek<1>();
  if (first && (first.u8<0>() >> 4 != 4 || (first.u8<0>() & 0x0f) < 5)) return Guess::kNo;
  const auto header = reader.peek<20>();
  if (!header) return missing(reader);
  const std::size_t header_size = (first.u8<0>() & 0x0fu) * 4u;
  return header.u16<2>() >= header_size && reader.narrow(header.u16<2>()) ? Guess::kYes : Guess::kNo;
}

Parser::Guess Parser::looks_like_ipv6(Reader reader) {
  const auto first = reader.peek<1>();
  if (first && first.u8<0>() >> 4 != 6) return Guess::kNo;
  const auto header = reader.peek<40>();
  if (!header) return missing(reader);
  return reader.narrow(header.u16<4>() + 40u) ? Guess::kYes : Guess::kNo;
}

}  // namespace espy::decode
