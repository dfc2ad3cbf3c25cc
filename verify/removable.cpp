#include "verify/removable.h"

#include <algorithm>

#include "decode/inner_frame.h"

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

base::Bytes inner_packet(const decode::Packet& packet, base::Bytes octets, std::span<const HeaderCheck> checks,
                         std::vector<std::uint8_t>& room) {
  const std::size_t removable = removable_headers(packet, checks);
  const auto removed = std::span(packet.security).first(removable);
  const bool hid = std::ranges::any_of(removed, [](const auto& header) { return header.protocol != decode::SecurityProtocol::kAh; });
  if (!hid) return {};  // AH alone hides nothing
  decode::Packet bare = packet;
  bare.link_type = base::LinkType::kRaw;
  room.resize(octets.size() + decode::kInnerFrameRoom);
  const auto inner = decode::rebuild_inner({}, octets, bare, removable - 1, room);
  return inner ? base::Bytes(room).first(inner->size) : base::Bytes{};
}

}  // namespace espy::verify
