// What UDP carries between IPsec peers: IKE, ESP, keep-alives (RFC 3948) and the marker of the drafts before it; and the ports by
// which tunnels are guessed.
#include <algorithm>
#include <array>

#include "decode/numbers.h"
#include "decode/parser.h"

namespace espy::decode {

namespace {

constexpr std::size_t kIsakmpHeader = 28;
constexpr std::size_t kMarker = 4;
constexpr std::size_t kOldMarker = 8;
constexpr std::size_t kEspHeader = 8;
constexpr std::uint8_t kKeepaliveOctet = 0xff;
constexpr std::uint32_t kWespIdentifier = 2;

bool within(std::uint8_t value, std::uint8_t first, std::uint8_t last) { return value >= first && value <= last; }

// The registries of ISAKMP and IKEv2: what is assigned, some room for what comes, and the private ranges.
bool sane_payload(std::uint8_t next, bool version_2) { return next >= 128 || next == 0 || (version_2 ? within(next, 33, 63) : next < 33); }
bool sane_exchange(std::uint8_t exchange, bool version_2) {
  return exchange >= 240 || (version_2 ? within(exchange, 34, 63) : exchange <= 6 || within(exchange, 31, 33));
}

template <std::size_t kCount>
bool names(const std::array<std::uint16_t, kCount>& ports, const Layer& layer) {
  return std::ranges::any_of(
      ports, [&](std::uint16_t port) { return port != 0 && (port == layer.source_port || port == layer.destination_port); });
}

bool has_port(const Layer& layer, std::uint16_t port) { return layer.source_port == port || layer.destination_port == port; }

}  // namespace

// `size` is what the UDP header says of its payload.
Step Parser::udp_payload(std::size_t size) {
  if (has_port(*layer_, kPortNatTraversal) || names(ports_.encapsulation, *layer_)) return nat_traversal(size);
  if (has_port(*layer_, kPortIsakmp) || names(ports_.ike, *layer_)) return isakmp_port(size);
  switch (layer_->destination_port) {
    case kPortVxlan:
    case kPortOldVxlan: return vxlan();
    case kPortGeneve: return geneve();
    case kPortGtp: return gtp();
    default: return Step::kStop;
  }
}

// RFC 3948 section 2. Where the octets that decide were not captured the payload stays unknown, not clear.
Step Parser::nat_traversal(std::size_t size) {
  if (size == 1) {
    const auto octet = reader_.peek<1>();
    layer_->payload = !octet ? Payload::kNone : octet.u8<0>() == kKeepaliveOctet ? Payload::kKeepalive : Payload::kClear;
    return Step::kStop;
  }
  if (size <= kEspHeader) return Step::kStop;
  layer_->payload = Payload::kNone;
  const auto word = reader_.peek<4>();
  if (!word) return Step::kStop;
  if (word.u32<0>() == 0) return behind_marker(size);
  if (word.u32<0>() != kWespIdentifier) return esp(Encapsulation::kUdp);
  reader_.skip(4);
  return wrapped_esp(Encapsulation::kUdp);
}

Step Parser::behind_marker(std::size_t size) {
  Reader behind = reader_;
  behind.skip(kMarker);
  const Guess guess = looks_like_isakmp(behind, size - kMarker);
  return guess == Guess::kNo ? old_marker(size) : isakmp();
}

// Configured ports may carry both, so what is no IKE there is read like port 4500.
Step Parser::isakmp_port(std::size_t size) {
  if (looks_like_isakmp(reader_, size) != Guess::kNo) return isakmp();
  return names(ports_.ike, *layer_) ? nat_traversal(size) : old_marker(size);
}

// The drafts that came before RFC 3948 put eight zero octets, in the place of IKE's cookie, before ESP.
Step Parser::old_marker(std::size_t size) {
  layer_->payload = Payload::kClear;
  if (size <= kOldMarker + kEspHeader) return Step::kStop;
  const auto marker = reader_.peek<kOldMarker>();
  if (marker && (marker.u32<0>() != 0 || marker.u32<4>() != 0)) return Step::kStop;
  const auto start = reader_.peek<kOldMarker + 4>();
  if (start && start.u32<kOldMarker>() == 0) return Step::kStop;
  layer_->payload = Payload::kNone;
  if (!reader_.skip(kOldMarker)) return Step::kStop;
  return esp(Encapsulation::kUdp);
}

// The peek is for the reader: it notes a header that the capture cut.
Step Parser::isakmp() {
  layer_->payload = Payload::kIke;
  reader_.peek<kIsakmpHeader>();
  return Step::kStop;
}

// RFC 7296 section 3.1, RFC 2408 section 3.1. `size` is the whole message's. A header that is not all there is judged by what is.
Parser::Guess Parser::looks_like_isakmp(Reader reader, std::size_t size) {
  if (size < kIsakmpHeader) return Guess::kNo;
  const auto cookie = reader.peek<8>();
  if (cookie && cookie.u32<0>() == 0 && cookie.u32<4>() == 0) return Guess::kNo;
  const auto half = reader.peek<18>();
  if (half && !within(half.u8<17>() >> 4, 1, 2)) return Guess::kNo;
  const auto header = reader.peek<kIsakmpHeader>();
  if (!header) return reader.trouble() == Trouble::kCutShort ? Guess::kCut : Guess::kYes;
  const bool version_2 = header.u8<17>() >> 4 == 2;
  const bool sane = sane_payload(header.u8<16>(), version_2) && sane_exchange(header.u8<18>(), version_2);
  return sane && header.u32<24>() == size ? Guess::kYes : Guess::kNo;
}

}  // namespace espy::decode
