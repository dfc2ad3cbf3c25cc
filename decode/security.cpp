// AH (RFC 4302), ESP (RFC 4303), WESP (RFC 5840) and IPComp (RFC 3173) headers.
#include <algorithm>

#include "decode/numbers.h"
#include "decode/parser.h"

namespace espy::decode {

namespace {

constexpr std::size_t kAhFixedSize = 12;
constexpr std::size_t kWespSize = 4;
constexpr std::size_t kWespPadSize = 4;
constexpr std::uint8_t kWespPadded = 0x10;

}  // namespace

// Null when the packet has no room for another.
SecurityHeader* Parser::open_security(SecurityProtocol protocol, Encapsulation encapsulation) {
  if (packet_.security_count == kMaxSecurityHeaders) return too_deep(), nullptr;
  SecurityHeader* header = &packet_.security[packet_.security_count++];
  *header = SecurityHeader{};
  header->protocol = protocol;
  header->encapsulation = encapsulation;
  header->layer = static_cast<std::uint8_t>(packet_.layer_count - 1);
  header->offset = static_cast<std::uint32_t>(reader_.position());
  header->size = static_cast<std::uint32_t>(end_ - reader_.position());
  header->captured = static_cast<std::uint32_t>(std::min(reader_.captured_end(), end_) - reader_.position());
  ++layer_->security_count;
  return header;
}

// The length counts 4-octet units and leaves two of them out, which makes 1 the least that covers the fixed part. A quote of eight
// octets has the SPI and not the sequence number.
Step Parser::authentication_header() {
  const auto start = reader_.peek<8>();
  if (!start) return Step::kStop;
  const std::size_t size = (start.u8<1>() + 2u) * 4u;
  if (size < kAhFixedSize) return malformed();
  const auto whole = reader_.peek<kAhFixedSize>();
  if (!whole && reader_.trouble() != Trouble::kNone) return Step::kStop;
  if (!reader_.may_hold(size)) return malformed();
  SecurityHeader* header = open_security(SecurityProtocol::kAh, Encapsulation::kNone);
  if (header == nullptr) return Step::kStop;
  header->next_header = start.u8<0>();
  header->icv_size = static_cast<std::uint16_t>(size - kAhFixedSize);
  header->spi = base::Spi{start.u32<4>()};
  if (whole) header->sequence = whole.u32<8>();
  layer_->protocol = protocol_ = header->next_header;
  return reader_.skip(size) ? Step::kProtocol : Step::kStop;
}

Step Parser::esp(Encapsulation encapsulation) {
  const auto start = reader_.peek<8>();
  if (!start) return Step::kStop;
  SecurityHeader* header = open_security(SecurityProtocol::kEsp, encapsulation);
  if (header == nullptr) return Step::kStop;
  header->spi = base::Spi{start.u32<0>()};
  header->sequence = start.u32<4>();
  layer_->payload = Payload::kEsp;
  return Step::kStop;
}

// The version is the upper two bits of the flags and must be 0. Integrity-only packets show their inner header, which espy leaves to
// whoever checks the ESP in it.
Step Parser::wrapped_esp(Encapsulation encapsulation) {
  const auto wrapper = reader_.peek<kWespSize>();
  if (!wrapper) return Step::kStop;
  if (wrapper.u8<3>() >> 6 != 0) return malformed();
  Reader inside = reader_;
  const bool reached = inside.skip(kWespSize + ((wrapper.u8<3>() & kWespPadded) != 0 ? kWespPadSize : 0));
  const auto start = reached ? inside.peek<8>() : Header<8>();
  if (!start) {
    reader_ = inside;
    return Step::kStop;
  }
  SecurityHeader* header = open_security(SecurityProtocol::kEsp, encapsulation);
  if (header == nullptr) return Step::kStop;
  header->wrapped = true;
  header->spi = base::Spi{start.u32<0>()};
  header->sequence = start.u32<4>();
  layer_->payload = Payload::kEsp;
  if (encapsulation == Encapsulation::kNone) layer_->protocol = kEsp;
  return Step::kStop;
}

Step Parser::ipcomp() {
  const auto start = reader_.peek<4>();
  if (!start) return Step::kStop;
  SecurityHeader* header = open_security(SecurityProtocol::kIpcomp, Encapsulation::kNone);
  if (header == nullptr) return Step::kStop;
  header->next_header = start.u8<0>();
  header->spi = base::Spi{start.u16<2>()};
  layer_->payload = Payload::kCompressed;
  return Step::kStop;
}

}  // namespace espy::decode
