#include "verify/removable.h"

namespace espy::verify {

using decode::SecurityProtocol;

std::size_t own_headers(const decode::Packet& packet) {
  std::size_t count = packet.security_count;
  while (count > 0 && packet.layers[packet.security[count - 1].layer].carrier == decode::Carrier::kIcmpQuote) --count;
  return count;
}

bool is_opened(const decode::SecurityHeader& header, const HeaderCheck& check) {
  return header.protocol == SecurityProtocol::kAh ? check.checked == Checked::kGood : header.content_offset != 0;
}

std::size_t removable_headers(const decode::Packet& packet, std::span<const HeaderCheck> checks) {
  const std::size_t own = own_headers(packet);
  std::size_t count = 0;
  while (count < own && is_opened(packet.security[count], checks[count])) ++count;
  while (count > 0 && count < own && packet.security[count - 1].protocol == SecurityProtocol::kAh &&
         packet.security[count].layer == packet.security[count - 1].layer) {
    --count;
  }
  return count;
}

}  // namespace espy::verify
