#include "decode/inner_frame.h"

#include <algorithm>
#include <limits>

#include "decode/link_header.h"
#include "decode/numbers.h"

namespace espy::decode {

namespace {

constexpr std::size_t kAhFixedSize = 12;
constexpr std::size_t kIpv4Header = 20;
constexpr std::size_t kIpv4LengthAt = 2;
constexpr std::size_t kIpv4ProtocolAt = 9;
constexpr std::size_t kIpv4ChecksumAt = 10;
constexpr std::size_t kIpv6Header = 40;
constexpr std::size_t kIpv6LengthAt = 4;
constexpr std::size_t kIpv6NextAt = 6;
constexpr std::size_t kExtensionUnit = 8;
constexpr std::size_t kLargest = std::numeric_limits<std::uint16_t>::max();

// What a removed header carried.
struct Content {
  base::Bytes octets;
  std::uint8_t protocol = 0;
};

std::optional<base::Bytes> part(base::Bytes data, std::size_t offset, std::size_t size) {
  if (offset > data.size() || size > data.size() - offset) return std::nullopt;
  return data.subspan(offset, size);
}

std::optional<Content> content_of(base::Bytes data, const SecurityHeader& header) {
  std::size_t offset = header.content_offset, size = header.content_size;
  if (header.protocol == SecurityProtocol::kAh) {
    const std::size_t own = kAhFixedSize + header.icv_size;
    if (header.size < own) return std::nullopt;
    offset = header.offset + own;
    size = header.size - own;
  } else if (offset == 0) {
    return std::nullopt;
  }
  const auto octets = part(data, offset, size);
  if (!octets) return std::nullopt;
  return Content{*octets, header.next_header};
}

Content without_beet(Content content) {
  if (content.protocol != kBeet || content.octets.size() < kExtensionUnit) return content;
  const std::size_t size = (content.octets[1] + 1u) * kExtensionUnit;
  if (size > content.octets.size()) return content;
  return {content.octets.subspan(size), content.octets[0]};
}

std::uint16_t checksum(base::Bytes header) {
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at + 1 < header.size(); at += 2) sum += static_cast<std::uint32_t>(header[at] << 8 | header[at + 1]);
  while (sum > kLargest) sum = (sum & kLargest) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

bool correct_ipv4(std::span<std::uint8_t> header, const Content& content) {
  const std::size_t total = header.size() + content.octets.size();
  if (header.size() < kIpv4Header || total > kLargest) return false;
  write_u16(header.subspan(kIpv4LengthAt), total);
  header[kIpv4ProtocolAt] = content.protocol;
  write_u16(header.subspan(kIpv4ChecksumAt), 0);
  write_u16(header.subspan(kIpv4ChecksumAt), checksum(header));
  return true;
}

// A length of 0 is that of a packet that is larger than the field can say.
bool correct_ipv6(std::span<std::uint8_t> header, const Content& content) {
  if (header.size() < kIpv6Header) return false;
  const std::size_t length = header.size() - kIpv6Header + content.octets.size();
  write_u16(header.subspan(kIpv6LengthAt), length > kLargest ? 0 : length);
  std::size_t next_at = kIpv6NextAt;
  for (std::size_t at = kIpv6Header; at < header.size();) {
    if (header.size() - at < kExtensionUnit) return false;
    const bool fragment = header[next_at] == kFragmentHeader;
    next_at = at;
    at += fragment ? kExtensionUnit : (header[at + 1] + 1u) * kExtensionUnit;
  }
  header[next_at] = content.protocol;
  return true;
}

bool is_tunnel(const Packet& packet, std::size_t last) {
  const std::size_t next = packet.security[last].layer + 1u;
  if (next >= packet.layer_count || packet.layers[next].first_security != last + 1) return false;
  const Carrier carrier = packet.layers[next].carrier;
  return carrier == Carrier::kEspTunnel || carrier == Carrier::kAhTunnel;
}

// One frame in the writing.
class Rebuilding {
 public:
  Rebuilding(base::Bytes link, base::Bytes data, const Packet& packet, std::span<std::uint8_t> room)
      : link_(link), data_(data), packet_(packet), out_(room) {}

  // An inner packet that claims more than there is ends with the content, one that claims less leaves padding behind (TFC).
  std::optional<InnerFrame> tunnel(const Layer& inner, const Content& content) {
    const auto end = static_cast<std::size_t>(content.octets.data() + content.octets.size() - data_.data());
    if (inner.offset >= end || !begin(inner)) return std::nullopt;
    const base::Bytes packet = data_.subspan(inner.offset, std::min<std::size_t>(inner.size, end - inner.offset));
    if (out_.append(packet).empty()) return std::nullopt;
    return InnerFrame{.size = out_.size(), .link_type = type_};
  }

  std::optional<InnerFrame> transport(const Layer& layer, const Content& content) {
    if (layer.upper_offset <= layer.offset || !begin(layer)) return std::nullopt;
    const auto original = part(data_, layer.offset, layer.upper_offset - layer.offset);
    if (!original) return std::nullopt;
    const std::span<std::uint8_t> header = out_.append(*original);
    const bool ipv4 = layer.source.family == base::Family::kIpv4;
    if (header.empty() || !(ipv4 ? correct_ipv4(header, content) : correct_ipv6(header, content))) return std::nullopt;
    if (!content.octets.empty() && out_.append(content.octets).empty()) return std::nullopt;
    return InnerFrame{.size = out_.size(), .link_type = type_};
  }

 private:
  bool begin(const Layer& layer) {
    const WrittenLink written = write_link_header(packet_.link_type, link_, layer.source.family, out_);
    type_ = written.type;
    return written.room;
  }

  base::Bytes link_;
  base::Bytes data_;
  const Packet& packet_;
  OctetWriter out_;
  base::LinkType type_ = base::LinkType::kRaw;
};

}  // namespace

std::optional<InnerFrame> rebuild_inner(base::Bytes link, base::Bytes data, const Packet& packet, std::size_t last,
                                        std::span<std::uint8_t> out) noexcept {
  if (last >= packet.security_count || packet.security[last].layer >= packet.layer_count) return std::nullopt;
  const SecurityHeader& header = packet.security[last];
  const auto content = content_of(data, header);
  if (!content) return std::nullopt;
  Rebuilding rebuilding(link, data, packet, out);
  if (is_tunnel(packet, last)) return rebuilding.tunnel(packet.layers[header.layer + 1u], *content);
  return rebuilding.transport(packet.layers[header.layer], without_beet(*content));
}

}  // namespace espy::decode
