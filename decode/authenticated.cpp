#include "decode/authenticated.h"

#include <algorithm>
#include <array>

#include "decode/muted_header.h"
#include "decode/numbers.h"

namespace espy::decode {

namespace {

constexpr std::size_t kAhFixedSize = 12;
constexpr std::size_t kOldAhFixedSize = 8;
constexpr std::array<std::string_view, kMutableFieldCount> kNames = {"none",     "tos",        "flags",   "fragment-offset", "ttl",
                                                                     "checksum", "flow-label", "options", "routing"};

// Extension headers between two security headers of one layer are nowhere in Packet: then nobody can say what the sender covered.
bool follows_directly(const Packet& packet, std::size_t security) {
  const std::size_t first = packet.layers[packet.security[security].layer].first_security;
  return security == first || packet.security[security - 1].next_header == kAh;
}

bool covers(base::Bytes data, const Packet& packet, std::size_t security) {
  if (security >= packet.security_count) return false;
  const SecurityHeader& header = packet.security[security];
  if (header.protocol != SecurityProtocol::kAh || header.layer >= packet.layer_count) return false;
  const Layer& layer = packet.layers[header.layer];
  const std::size_t size = kAhFixedSize + header.icv_size;
  return !layer.fragment && layer.offset < layer.upper_offset && layer.upper_offset <= header.offset && header.size >= size &&
         header.offset <= data.size() && header.size <= data.size() - header.offset && follows_directly(packet, security);
}

// Of a field without the old header's: 12, 16, 24 and 32 octets are ICVs.
std::size_t usual_icv_size(std::size_t field) {
  constexpr std::size_t kSmallest = 12, kAlignment = 8, kPadding = 4;
  return field > kSmallest && field % kAlignment == kPadding ? field - kPadding : field;
}

// The AH header with its ICV zero. Padding stays as it was sent.
bool append_ah(base::Bytes header, const Muting& muting, OctetWriter& out) {
  const std::size_t fixed = muting.old_header ? kOldAhFixedSize : kAhFixedSize;
  const std::size_t field = header.size() - fixed;
  const std::size_t usual = muting.old_header ? field : usual_icv_size(field);
  const std::size_t icv = muting.icv_size == 0 ? usual : std::min<std::size_t>(muting.icv_size, field);
  const std::span<std::uint8_t> copy = out.append(header);
  if (copy.empty()) return false;
  std::ranges::fill(copy.subspan(fixed, icv), std::uint8_t{0});
  return true;
}

}  // namespace

std::string_view name(MutableField field) {
  const auto index = static_cast<std::size_t>(field);
  return index < kNames.size() ? kNames[index] : std::string_view{};
}

std::optional<AuthenticatedHeader> mute_for_ah(base::Bytes data, const Packet& packet, std::size_t security, const Muting& muting,
                                               std::span<std::uint8_t> out) noexcept {
  if (!covers(data, packet, security)) return std::nullopt;
  const SecurityHeader& header = packet.security[security];
  const Layer& layer = packet.layers[header.layer];
  const base::Bytes internet = data.subspan(layer.offset, layer.upper_offset - layer.offset);
  OctetWriter muted(out);
  const bool ipv6 = layer.source.family == base::Family::kIpv6;
  if (!(ipv6 ? mute_ipv6(internet, header.size, muting, muted) : mute_ipv4(internet, header.size, muting, muted))) return std::nullopt;
  const base::Bytes covered = data.subspan(header.offset, header.size);
  const base::Bytes itself = covered.first(kAhFixedSize + header.icv_size);
  if (!append_ah(itself, muting, muted)) return std::nullopt;
  return AuthenticatedHeader{.size = muted.size(),
                             .icv = itself.subspan(muting.old_header ? kOldAhFixedSize : kAhFixedSize),
                             .following = covered.subspan(itself.size())};
}

}  // namespace espy::decode
