#include "decode/esp_content.h"

#include <algorithm>

#include "decode/numbers.h"
#include "decode/parser.h"

namespace espy::decode {

namespace {

// The packet as it was when the parser stopped at `header`, whatever was opened in it before.
void forget_inside(Packet& packet, std::uint8_t security) {
  packet.security_count = static_cast<std::uint8_t>(security + 1);
  packet.layer_count = static_cast<std::uint8_t>(packet.security[security].layer + 1);
  Layer& layer = packet.layers[packet.layer_count - 1u];
  layer.security_count = static_cast<std::uint8_t>(packet.security_count - layer.first_security);
  layer.payload = Payload::kNone;
  layer.ports_known = false;
  layer.source_port = layer.destination_port = 0;
  layer.payload_offset = 0;
  layer.tcp_flags = 0;
  layer.tcp_sequence = 0;
  packet.quotes = layer.carrier == Carrier::kIcmpQuote;
  packet.trouble = Trouble::kNone;
}

bool stands_in(const Packet& packet, std::uint8_t security) {
  return security < packet.security_count && packet.security[security].layer < packet.layer_count &&
         packet.layers[packet.security[security].layer].first_security <= security;
}

}  // namespace

bool counts_up(base::Bytes padding) {
  for (std::size_t index = 0; index < padding.size(); ++index) {
    if (padding[index] != index + 1) return false;
  }
  return true;
}

// Between two of its steps the parser knows the innermost layer and the end of its payload; here both are the content's.
Step Parser::content(const OpenedContent& content) {
  layer_ = &packet_.layers[packet_.layer_count - 1u];
  quoted_ = layer_->carrier == Carrier::kIcmpQuote;
  layer_->protocol = protocol_ = content.next_header;
  end_ = std::size_t{content.offset} + content.size;
  if (!reader_.skip(content.offset) || !reader_.narrow(content.size)) return Step::kStop;
  if (quoted_) reader_.tolerate_end();
  switch (content.next_header) {
    case kBeet: return beet();
    case kAggfrag: return Step::kStop;
    default: return Step::kProtocol;
  }
}

// The pseudo header that stands for IPv4 options (draft-nikander-esp-beet-mode section 5.4): next header, length in 8-octet units
// without the first eight, and what the options were padded with.
Step Parser::beet() {
  const auto header = reader_.peek<4>();
  if (!header || !reader_.skip((header.u8<1>() + 1u) * 8u)) return Step::kStop;
  protocol_ = header.u8<0>();
  return Step::kProtocol;
}

void parse_opened(base::Bytes data, const OpenedContent& content, const Ports& ports, Packet& packet) noexcept {
  if (!stands_in(packet, content.security)) return;
  forget_inside(packet, content.security);
  SecurityHeader& header = packet.security[content.security];
  header.next_header = content.next_header;
  header.content_offset = content.offset;
  header.content_size = content.size;
  packet.parsed_size = static_cast<std::uint32_t>(data.size());
  const std::size_t end = std::size_t{content.offset} + content.size;
  Parser parser(Reader(data.first(std::min(end, data.size())), static_cast<std::uint32_t>(end)), ports, packet);
  parser.run(parser.content(content));
}

}  // namespace espy::decode
