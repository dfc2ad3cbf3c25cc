// IPv6 and its extension headers as AH covers them: RFC 4302 section 3.3.3.1.2 and Appendix A2.
#include <limits>

#include "decode/muted_header.h"
#include "decode/numbers.h"

namespace espy::decode {

namespace {

using Octets = std::span<std::uint8_t>;

constexpr std::size_t kHeaderSize = 40;
constexpr std::size_t kPayloadLengthAt = 4;
constexpr std::size_t kNextHeaderAt = 6;
constexpr std::size_t kHopLimitAt = 7;
constexpr std::size_t kSourceAt = 8;
constexpr std::size_t kDestinationAt = 24;
constexpr std::size_t kAddressSize = 16;
constexpr std::size_t kUnit = 8;  // sizes of extension headers count in it

constexpr std::uint8_t kPad1 = 0;
constexpr std::uint8_t kMayChange = 0x20;
constexpr std::uint8_t kHomeAddress = 0xc9;
constexpr std::size_t kOptionHeader = 2;

constexpr std::size_t kRoutingTypeAt = 2;
constexpr std::size_t kSegmentsLeftAt = 3;

// The copy in the making: the IPv6 header, and where the number of the next header is to be written.
struct Copy {
  Octets header;
  std::uint8_t* next = nullptr;

  Octets source() const { return header.subspan(kSourceAt, kAddressSize); }
  Octets destination() const { return header.subspan(kDestinationAt, kAddressSize); }
};

void swap(Octets left, Octets right) { std::ranges::swap_ranges(left, right); }

void mute_fields(Octets header, const Muting& muting) {
  const MutableField keep = muting.keep;
  if (keep != MutableField::kTypeOfService) {
    header[0] &= 0xf0;
    header[1] &= 0x0f;
  }
  if (keep != MutableField::kFlowLabel) {
    header[1] &= 0xf0;
    header[2] = header[3] = 0;
  }
  header[kHopLimitAt] = keep == MutableField::kTimeToLive ? muting.time_to_live.value_or(header[kHopLimitAt]) : std::uint8_t{0};
}

// RFC 6275 section 11.3.2: AH covers the packet with the home address as its source, as it is before sending and after receiving.
void mute_option(Octets option, bool destination_options, const Muting& muting, const Copy& copy) {
  const Octets data = option.subspan(kOptionHeader);
  if ((option[0] & kMayChange) != 0 && muting.keep != MutableField::kOptions) std::ranges::fill(data, std::uint8_t{0});
  if (destination_options && option[0] == kHomeAddress && data.size() == kAddressSize) swap(data, copy.source());
}

bool mute_options(Octets header, bool destination_options, const Muting& muting, const Copy& copy) {
  Octets rest = header.subspan(kOptionHeader);
  while (!rest.empty()) {
    std::size_t size = 1;
    if (rest[0] != kPad1) {
      if (rest.size() < kOptionHeader || rest[1] > rest.size() - kOptionHeader) return false;
      size = kOptionHeader + rest[1];
      mute_option(rest.first(size), destination_options, muting, copy);
    }
    rest = rest.subspan(size);
  }
  return true;
}

// RFC 8200 section 4.4, RFC 6275 section 6.4: the addresses yet to visit move on by one, the one visited now takes the place of the first.
bool at_receiver(Octets header, const Copy& copy) {
  const std::size_t left = header[kSegmentsLeftAt];
  const std::size_t count = (header.size() - kUnit) / kAddressSize;
  if (left > count || (header.size() - kUnit) % kAddressSize != 0) return false;
  const Octets route = header.subspan(kUnit + (count - left) * kAddressSize);
  for (std::size_t at = 0; at < route.size(); at += kAddressSize) swap(route.subspan(at, kAddressSize), copy.destination());
  return true;
}

// RFC 8754 section 4.3: the list stays as it is, its first entry is the last to be visited.
bool at_last_segment(Octets header, const Copy& copy) {
  if (header.size() < kUnit + kAddressSize) return false;
  std::ranges::copy(header.subspan(kUnit, kAddressSize), copy.destination().begin());
  return true;
}

// A route of another type cannot be foreseen unless it has come to its end.
bool mute_routing(Octets header, const Muting& muting, const Copy& copy) {
  const std::uint8_t type = header[kRoutingTypeAt];
  if (header[kSegmentsLeftAt] == 0 || muting.keep == MutableField::kRouting) return true;
  const bool addresses = type == kRouteOfSource || type == kRouteOfMobileHost;
  if (!(addresses ? at_receiver(header, copy) : type == kRouteOfSegments && at_last_segment(header, copy))) return false;
  header[kSegmentsLeftAt] = 0;
  return true;
}

bool mute_extension(std::uint8_t type, Octets header, const Muting& muting, const Copy& copy) {
  switch (type) {
    case kHopByHop: return mute_options(header, false, muting, copy);
    case kDestinationOptions: return mute_options(header, true, muting, copy);
    case kRouting: return mute_routing(header, muting, copy);
    default: return true;
  }
}

// A Fragment header that cuts nothing is put in after AH and taken out before it.
bool append_extensions(base::Bytes rest, std::uint8_t type, const Muting& muting, Copy& copy, OctetWriter& out) {
  while (!rest.empty()) {
    if (rest.size() < kUnit) return false;
    const std::size_t size = type == kFragmentHeader ? kUnit : (rest[1] + 1u) * kUnit;
    if (size > rest.size()) return false;
    const std::uint8_t next = rest[0];
    if (type != kFragmentHeader) {
      const Octets header = out.append(rest.first(size));
      if (header.empty() || !mute_extension(type, header, muting, copy)) return false;
      *copy.next = type;
      copy.next = header.data();
    }
    type = next;
    rest = rest.subspan(size);
  }
  *copy.next = kAh;
  return true;
}

}  // namespace

bool mute_ipv6(base::Bytes header, std::size_t payload_size, const Muting& muting, OctetWriter& out) {
  if (header.size() < kHeaderSize) return false;
  const Octets fixed = out.append(header.first(kHeaderSize));
  if (fixed.empty()) return false;
  mute_fields(fixed, muting);
  Copy copy{.header = fixed, .next = &fixed[kNextHeaderAt]};
  if (!append_extensions(header.subspan(kHeaderSize), header[kNextHeaderAt], muting, copy, out)) return false;
  const std::size_t length = out.size() - kHeaderSize + payload_size;
  const bool jumbo = length > std::numeric_limits<std::uint16_t>::max();
  write_u16(fixed.subspan(kPayloadLengthAt), jumbo ? 0 : length);
  return true;
}

}  // namespace espy::decode
