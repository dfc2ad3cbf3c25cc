// IPv4 as AH covers it: RFC 4302 section 3.3.3.1.1 and Appendix A1.
#include <limits>

#include "decode/muted_header.h"
#include "decode/numbers.h"

namespace espy::decode {

namespace {

using Octets = std::span<std::uint8_t>;

constexpr std::size_t kHeaderSize = 20;
constexpr std::size_t kTypeOfServiceAt = 1;
constexpr std::size_t kTotalLengthAt = 2;
constexpr std::size_t kFragmentAt = 6;
constexpr std::size_t kTimeToLiveAt = 8;
constexpr std::size_t kProtocolAt = 9;
constexpr std::size_t kChecksumAt = 10;
constexpr std::size_t kDestinationAt = 16;
constexpr std::size_t kAddressSize = 4;
constexpr std::uint8_t kFlagsMask = 0xe0;

enum Option : std::uint8_t {
  kEndOfList = 0,
  kNoOperation = 1,
  kSecurity = 130,
  kLooseRoute = 131,
  kExtendedSecurity = 133,
  kCommercialSecurity = 134,
  kStrictRoute = 137,
  kRouterAlert = 148,
  kDirectedBroadcast = 149,
};

constexpr std::size_t kOptionHeader = 2;
constexpr std::size_t kRouteHeader = 3;  // type, length, pointer

bool is_immutable(std::uint8_t type) {
  return type == kSecurity || type == kExtendedSecurity || type == kCommercialSecurity || type == kRouterAlert ||
         type == kDirectedBroadcast;
}

bool is_source_route(std::uint8_t type) { return type == kLooseRoute || type == kStrictRoute; }

void zero(Octets octets) { std::ranges::fill(octets, std::uint8_t{0}); }

void mute_fields(Octets header, const Muting& muting) {
  const MutableField keep = muting.keep;
  if (keep != MutableField::kTypeOfService) header[kTypeOfServiceAt] = 0;
  if (keep != MutableField::kFlags) header[kFragmentAt] &= static_cast<std::uint8_t>(~kFlagsMask);
  if (keep != MutableField::kFragmentOffset) {
    header[kFragmentAt] &= kFlagsMask;
    header[kFragmentAt + 1] = 0;
  }
  if (keep != MutableField::kChecksum) header[kChecksumAt] = header[kChecksumAt + 1] = 0;
  header[kTimeToLiveAt] = keep == MutableField::kTimeToLive ? muting.time_to_live.value_or(header[kTimeToLiveAt]) : std::uint8_t{0};
}

// The last address of a route that is not used up is where the packet will be when AH is checked (RFC 791 section 3.1); of one that is
// used up it is the last router's.
bool mute_route(Octets option, Octets destination, const Muting& muting) {
  if (option.size() < kRouteHeader + kAddressSize) return false;
  if (muting.keep == MutableField::kRouting) return true;
  const bool used_up = option[2] > option.size();
  if (!used_up) std::ranges::copy(option.last(kAddressSize), destination.begin());
  zero(option);
  return true;
}

bool mute_option(Octets option, Octets destination, const Muting& muting) {
  if (is_source_route(option[0])) return mute_route(option, destination, muting);
  if (!is_immutable(option[0]) && muting.keep != MutableField::kOptions) zero(option);
  return true;
}

// What stands behind the end of the list is padding and stays.
bool mute_options(Octets options, Octets destination, const Muting& muting) {
  while (!options.empty() && options[0] != kEndOfList) {
    std::size_t size = 1;
    if (options[0] != kNoOperation) {
      if (options.size() < kOptionHeader || options[1] < kOptionHeader || options[1] > options.size()) return false;
      size = options[1];
      if (!mute_option(options.first(size), destination, muting)) return false;
    }
    options = options.subspan(size);
  }
  return true;
}

}  // namespace

bool mute_ipv4(base::Bytes header, std::size_t payload_size, const Muting& muting, OctetWriter& out) {
  const std::size_t total = header.size() + payload_size;
  if (header.size() < kHeaderSize || total > std::numeric_limits<std::uint16_t>::max()) return false;
  const Octets muted = out.append(header);
  if (muted.empty()) return false;
  mute_fields(muted, muting);
  write_u16(muted.subspan(kTotalLengthAt), total);
  muted[kProtocolAt] = kAh;
  return mute_options(muted.subspan(kHeaderSize), muted.subspan(kDestinationAt, kAddressSize), muting);
}

}  // namespace espy::decode
