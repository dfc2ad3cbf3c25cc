// IPv4 (RFC 791) and IPv6 (RFC 8200) with its extension headers, and the dispatch on what follows them.
#include <algorithm>
#include <limits>

#include "decode/numbers.h"
#include "decode/parser.h"

namespace espy::decode {

namespace {

constexpr std::size_t kIpv4Header = 20;
constexpr std::size_t kIpv6Header = 40;
constexpr std::uint16_t kIpv4MoreFragments = 0x2000;
constexpr std::uint16_t kIpv4OffsetMask = 0x1fff;
constexpr std::uint16_t kIpv6MoreFragments = 0x0001;
constexpr std::uint16_t kIpv6OffsetMask = 0xfff8;
constexpr std::uint8_t kOptionPad1 = 0;
constexpr std::uint8_t kOptionJumbo = 0xc2;
constexpr int kMaxOptionsBeforeJumbo = 8;

// RFC 2675: the size after the IPv6 header from a Jumbo Payload option in the hop-by-hop header that `reader` is at, or 0.
std::size_t jumbo_payload(Reader reader) {
  const auto header = reader.peek<8>();
  if (!header || !reader.narrow((header.u8<1>() + 1u) * 8u)) return 0;
  reader.skip(2);
  for (int count = 0; count < kMaxOptionsBeforeJumbo; ++count) {
    const auto kind = reader.peek<1>();
    if (kind && kind.u8<0>() == kOptionPad1) {
      reader.skip(1);
      continue;
    }
    const auto option = reader.peek<2>();
    if (!option) return 0;
    reader.skip(2);
    const auto size = reader.peek<4>();
    if (option.u8<0>() == kOptionJumbo && option.u8<1>() == 4 && size) return size.u32<0>();
    if (!reader.skip(option.u8<1>())) return 0;
  }
  return 0;
}

// A host that leaves the cutting of segments to its network card shows frames whose length field is 0: then the frame's own size holds.
std::size_t ipv6_size(const Header<kIpv6Header>& header, Reader reader) {
  if (const std::size_t payload = header.u16<4>(); payload != 0) return kIpv6Header + payload;
  if (header.u8<6>() == kNoNextHeader) return kIpv6Header;
  const std::size_t rest = reader.remaining();
  std::size_t jumbo = 0;
  if (header.u8<6>() == kHopByHop && reader.skip(kIpv6Header)) jumbo = jumbo_payload(reader);
  return jumbo != 0 ? kIpv6Header + jumbo : rest;
}

std::uint32_t clamped(std::size_t size) {
  return static_cast<std::uint32_t>(std::min<std::size_t>(size, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

// Null when the packet has no room for another.
Layer* Parser::open_layer() {
  if (packet_.layer_count == kMaxLayers) return too_deep(), nullptr;
  layer_ = &packet_.layers[packet_.layer_count++];
  *layer_ = Layer{};
  layer_->carrier = carrier_;
  layer_->first_security = packet_.security_count;
  layer_->offset = static_cast<std::uint32_t>(reader_.position());
  packet_.quotes = packet_.quotes || quoted_;
  return layer_;
}

Step Parser::internet() {
  const auto first = reader_.peek<1>();
  if (!first) return Step::kStop;
  switch (first.u8<0>() >> 4) {
    case 4: return ipv4();
    case 6: return ipv6();
    default: return malformed();
  }
}

Step Parser::ipv4() {
  const auto header = reader_.peek<kIpv4Header>();
  if (!header) return Step::kStop;
  const std::size_t header_size = (header.u8<0>() & 0x0fu) * 4u;
  const std::size_t size = header.u16<2>() != 0 ? header.u16<2>() : reader_.remaining();
  if (header.u8<0>() >> 4 != 4 || header_size < kIpv4Header || size < header_size) return malformed();
  if (open_layer() == nullptr) return Step::kStop;
  layer_->source = base::make_ipv4(header.bytes<12, 4>());
  layer_->destination = base::make_ipv4(header.bytes<16, 4>());
  layer_->traffic_class = header.u8<1>();
  layer_->hop_limit = header.u8<8>();
  layer_->protocol = protocol_ = header.u8<9>();
  layer_->size = clamped(size);
  end_ = reader_.position() + size;
  if (!reader_.narrow(size) || !reader_.skip(header_size)) return Step::kStop;
  layer_->fragment_id = header.u16<4>();
  const std::uint16_t fragment = header.u16<6>();
  const auto offset = static_cast<std::uint32_t>((fragment & kIpv4OffsetMask) * 8);
  return fragment_or_whole(offset, (fragment & kIpv4MoreFragments) != 0);
}

Step Parser::ipv6() {
  const auto header = reader_.peek<kIpv6Header>();
  if (!header) return Step::kStop;
  const std::size_t size = ipv6_size(header, reader_);
  if (header.u8<0>() >> 4 != 6) return malformed();
  if (open_layer() == nullptr) return Step::kStop;
  layer_->source = base::make_ipv6(header.bytes<8, 16>());
  layer_->destination = base::make_ipv6(header.bytes<24, 16>());
  layer_->traffic_class = static_cast<std::uint8_t>(header.u16<0>() >> 4);
  layer_->hop_limit = header.u8<7>();
  layer_->protocol = protocol_ = header.u8<6>();
  layer_->size = clamped(size);
  end_ = reader_.position() + size;
  return reader_.narrow(size) && reader_.skip(kIpv6Header) ? Step::kProtocol : Step::kStop;
}

// Only the first fragment has the upper layer's header, and perhaps not all of it.
Step Parser::fragment_or_whole(std::uint32_t offset, bool more) {
  if (offset == 0 && !more) return Step::kProtocol;
  layer_->fragment = true;
  layer_->more_fragments = more;
  layer_->fragment_offset = offset;
  layer_->fragment_data = static_cast<std::uint32_t>(reader_.position());
  if (offset == 0) {
    reader_.tolerate_end();
    return Step::kProtocol;
  }
  layer_->upper_offset = layer_->fragment_data;
  layer_->payload = Payload::kFragment;
  return Step::kStop;
}

Step Parser::protocol() {
  layer_->protocol = protocol_;
  if (layer_->source.family == base::Family::kIpv6) {
    switch (protocol_) {
      case kHopByHop:
      case kRouting:
      case kDestinationOptions:
      case kMobility:
      case kHip:
      case kShim6: return extension_header();
      case kFragmentHeader: return fragment_header();
      default: break;
    }
  }
  if (layer_->upper_offset == 0) layer_->upper_offset = static_cast<std::uint32_t>(reader_.position());
  switch (protocol_) {
    case kAh: return authentication_header();
    case kEsp: return esp(Encapsulation::kNone);
    case kWesp: return wrapped_esp(Encapsulation::kNone);
    case kIpcomp: return ipcomp();
    case kIpv4InIp:
    case kIpv6InIp: return ip_in_ip();
    case kGre: return gre();
    default: return upper();
  }
}

// Mobility, HIP and shim6 headers carry their own signalling when nothing follows; then they are the upper layer.
Step Parser::extension_header() {
  const auto header = reader_.peek<2>();
  if (!header) return Step::kStop;
  const bool signalling = protocol_ == kMobility || protocol_ == kHip || protocol_ == kShim6;
  if (signalling && header.u8<0>() == kNoNextHeader) {
    layer_->payload = Payload::kClear;
    if (layer_->upper_offset == 0) layer_->upper_offset = static_cast<std::uint32_t>(reader_.position());
    return Step::kStop;
  }
  if (protocol_ == kRouting) route();
  if (!reader_.skip((header.u8<1>() + 1u) * 8u)) return Step::kStop;
  protocol_ = header.u8<0>();
  return Step::kProtocol;
}

// The final destination, which SAs and policies speak of, stands last in a routing header of type 0 or 2 (RFC 2460, RFC 6275) and first
// in a segment routing header (RFC 8754) as long as segments are left.
void Parser::route() {
  constexpr std::size_t kAddressSize = 16;
  const auto header = reader_.peek<8>();
  if (!header || header.u8<3>() == 0) return;
  const std::size_t addresses = header.u8<1>() / 2u;
  const std::uint8_t type = header.u8<2>();
  const bool known = type == kRouteOfSource || type == kRouteOfMobileHost || type == kRouteOfSegments;
  if (!known || addresses == 0) return;
  Reader reader = reader_;
  if (!reader.skip(8 + (type == kRouteOfSegments ? 0 : (addresses - 1) * kAddressSize))) return;
  if (const auto last = reader.peek<kAddressSize>()) layer_->destination = base::make_ipv6(last.bytes<0, kAddressSize>());
}

// RFC 6946: a Fragment header that cuts nothing ("atomic") does not make a fragment.
Step Parser::fragment_header() {
  const auto header = reader_.peek<8>();
  if (!header) return Step::kStop;
  reader_.skip(8);
  layer_->protocol = protocol_ = header.u8<0>();
  layer_->fragment_id = header.u32<4>();
  return fragment_or_whole(header.u16<2>() & kIpv6OffsetMask, (header.u16<2>() & kIpv6MoreFragments) != 0);
}

}  // namespace espy::decode
