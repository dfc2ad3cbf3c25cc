// Any octets as a frame with AH: what mute_for_ah() writes stays in its room and its spans in the frame, for every header, every field that
// a peer may fail to mute, too little room and a frame that was cut. The first octet chooses the link type, the second bends the muting.
#include <array>
#include <cstdint>
#include <vector>

#include "decode/authenticated.h"
#include "fuzz/packet_checks.h"

namespace {

using namespace espy;

constexpr std::size_t kChoices = 2;
constexpr std::array kLinkTypes = {base::LinkType::kEthernet, base::LinkType::kRaw, base::LinkType::kLinuxSll2, base::LinkType::kEnc};

bool inside(base::Bytes part, base::Bytes whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

// The covered header is that of the packet without what stands before this header: same size of AH, same rest.
void check_header(base::Bytes frame, const decode::Packet& packet, std::size_t index, const decode::Muting& muting) {
  std::vector<std::uint8_t> room(decode::kMaxAuthenticatedHeader);
  const auto result = decode::mute_for_ah(frame, packet, index, muting, room);
  if (!result) return;
  const decode::SecurityHeader& header = packet.security[index];
  fuzz::require(result->size <= room.size() && inside(result->icv, frame) && inside(result->following, frame));
  fuzz::require(result->following.size() + 12 + header.icv_size == header.size);
  fuzz::require(result->icv.size() == header.icv_size + (muting.old_header ? 4u : 0u));
  std::vector<std::uint8_t> exact(result->size);
  fuzz::require(decode::mute_for_ah(frame, packet, index, muting, exact).has_value());
  fuzz::require(std::equal(exact.begin(), exact.end(), room.begin()));
  exact.resize(result->size - 1);
  fuzz::require(!decode::mute_for_ah(frame, packet, index, muting, exact));
  fuzz::require(!decode::mute_for_ah(frame.first(header.offset + header.size - 1), packet, index, muting, room));
}

void check_frame(base::Bytes frame, const decode::Packet& packet, std::uint8_t bend) {
  for (std::size_t index = 0; index <= packet.security_count; ++index) {
    for (std::size_t field = 0; field < decode::kMutableFieldCount; ++field) {
      check_header(frame, packet, index,
                   {.keep = static_cast<decode::MutableField>(field),
                    .time_to_live = bend,
                    .old_header = (bend & 1) != 0,
                    .icv_size = static_cast<std::uint16_t>(bend >> 1)});
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kChoices) return 0;
  const base::LinkType type = kLinkTypes[data[0] % kLinkTypes.size()];
  const auto frame = base::Bytes(data, size).subspan(kChoices);
  decode::Packet packet;
  decode::parse_frame(frame, static_cast<std::uint32_t>(frame.size()), type, {}, packet);
  check_frame(frame, packet, data[1]);
  decode::parse_datagram(frame, static_cast<std::uint32_t>(frame.size()), {}, packet);
  check_frame(frame, packet, data[1]);
  return 0;
}
