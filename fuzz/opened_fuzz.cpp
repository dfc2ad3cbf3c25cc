// Any octets as a frame whose opaque parts become readable: the first octet chooses the link type, the second what the content is said to
// be. The content is tried at every size from the header on, behind the frame as inflating puts it, at hostile places, and once more in
// what was opened.
#include <array>
#include <cstdint>
#include <vector>

#include "decode/esp_content.h"
#include "decode/inner_frame.h"
#include "fuzz/glance_checks.h"
#include "fuzz/packet_checks.h"

namespace {

using namespace espy;

constexpr std::size_t kChoices = 2;
constexpr std::array kLinkTypes = {base::LinkType::kEthernet, base::LinkType::kRaw, base::LinkType::kLinuxSll2, base::LinkType::kEnc};
constexpr std::array<std::uint8_t, 12> kContents = {4, 41, 6, 17, 50, 51, 59, 60, 94, 108, 144, 1};
constexpr decode::Ports kPorts{.encapsulation = {10'000, 4501}, .ike = {5500}};
const decode::Glancer kGlancer{kPorts};

bool opaque(const decode::Packet& packet) {
  if (packet.security_count == 0) return false;
  const decode::Payload payload = packet.layers[packet.layer_count - 1u].payload;
  return payload == decode::Payload::kEsp || payload == decode::Payload::kCompressed;
}

void check_trailer(base::Bytes plaintext) {
  const decode::EspTrailer trailer = decode::read_esp_trailer(plaintext);
  if (trailer.fits) fuzz::require(trailer.content_size + trailer.pad_size + 2u == plaintext.size());
}

// The promised room is enough for every header that can be taken away, and one octet less than what was written is not.
void check_rebuilt(base::Bytes data, const decode::Packet& packet) {
  const base::Bytes link = data.first(packet.layers[0].offset);
  std::vector<std::uint8_t> room(link.size() + data.size() + decode::kInnerFrameRoom);
  for (std::size_t last = 0; last <= packet.security_count; ++last) {
    const auto inner = decode::rebuild_inner(link, data, packet, last, room);
    if (!inner) continue;
    fuzz::require(inner->size > 0 && inner->size <= room.size());
    std::vector<std::uint8_t> less(inner->size - 1);
    fuzz::require(!decode::rebuild_inner(link, data, packet, last, less));
  }
}

// Opens what is opaque, again and again: every opening uses up a security header, of which there is a bounded number.
void open_all(base::Bytes data, decode::Packet packet, decode::OpenedContent content) {
  for (std::size_t count = 0; opaque(packet); ++count) {
    fuzz::require(count <= decode::kMaxSecurityHeaders);
    content.security = static_cast<std::uint8_t>(packet.security_count - 1);
    const decode::SecurityHeader& header = packet.security[content.security];
    content.offset = std::max(content.offset, header.offset + 8);
    decode::parse_opened(data, content, kPorts, packet);
    fuzz::check(packet);
    fuzz::require(packet.security[content.security].next_header == content.next_header);
    fuzz::require(packet.parsed_size == data.size());
    check_rebuilt(data, packet);
    content.offset += 1;
  }
}

std::vector<std::uint8_t> with_copy(base::Bytes frame, std::size_t from, std::size_t size) {
  std::vector<std::uint8_t> octets(frame.begin(), frame.end());
  const base::Bytes content = frame.subspan(from, size);
  octets.insert(octets.end(), content.begin(), content.end());
  octets.shrink_to_fit();
  return octets;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kChoices) return 0;
  const base::LinkType type = kLinkTypes[data[0] % kLinkTypes.size()];
  const std::uint8_t next_header = kContents[data[1] % kContents.size()];
  const auto frame = base::Bytes(data, size).subspan(kChoices);
  check_trailer(frame);
  fuzz::check_transport_glance(frame, next_header, kGlancer);
  decode::Packet packet;
  decode::parse_frame(frame, static_cast<std::uint32_t>(frame.size()), type, kPorts, packet);
  fuzz::check(packet);
  if (!opaque(packet)) return 0;
  const std::uint32_t from = packet.security[packet.security_count - 1u].offset + 8;
  for (std::size_t end = from; end <= frame.size(); ++end) {
    const auto content_size = static_cast<std::uint32_t>(end - from);
    open_all(frame, packet, {.next_header = next_header, .offset = from, .size = content_size});
    const std::vector<std::uint8_t> inflated = with_copy(frame, from, content_size);
    const auto behind = static_cast<std::uint32_t>(frame.size());
    open_all(inflated, packet, {.next_header = next_header, .offset = behind, .size = content_size});
  }
  open_all(frame, packet, {.next_header = next_header, .offset = from, .size = 0xffff'fff0u - from});
  open_all(frame, packet, {.next_header = next_header, .offset = 0x8000'0000u, .size = 0x8000'0000u});
  return 0;
}
