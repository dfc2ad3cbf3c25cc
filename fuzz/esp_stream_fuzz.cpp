// Any TCP segments, in any order and of any content: what is told of a stream must stay within what was sent. Six octets a segment
// (flags, sequence (2), captured share, size, milliseconds / 16), then its payload.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "assemble/esp_stream.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const espy::assemble::StreamOutcome& outcome, std::uint64_t number) {
  for (const espy::assemble::StreamMessage& message : outcome.messages) {
    // Where segments came in another order, a message may end in an older one than it begins in.
    require(message.first_segment <= number && message.last_segment <= number);
    require(message.bytes.size() <= message.size);
    require(message.complete == (message.bytes.size() == message.size) || !message.complete);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kHeadSize = 6;
  espy::assemble::EspStreams streams({.connections = 2, .early_octets = 8192});
  espy::base::Bytes rest(data, size);
  std::int64_t milliseconds = 0;
  for (std::uint64_t number = 1; rest.size() >= kHeadSize; ++number) {
    const espy::base::Bytes head = rest.first(kHeadSize);
    rest = rest.subspan(kHeadSize);
    const std::size_t payload_size = std::min<std::size_t>(head[4], rest.size());
    const espy::base::Bytes payload = rest.first(payload_size);
    rest = rest.subspan(payload_size);
    milliseconds += head[5] * 16;
    espy::assemble::StreamSegment segment;
    const bool back = (head[0] & 0x80) != 0;
    segment.source_port = back ? 4500 : static_cast<std::uint16_t>(1000 + (head[0] >> 5 & 3));
    segment.destination_port = back ? static_cast<std::uint16_t>(1000 + (head[0] >> 5 & 3)) : 4500;
    segment.flags = head[0] & 0x12;
    segment.sequence = static_cast<std::uint32_t>(head[1] << 8 | head[2]) - 0x100U;
    segment.payload = payload.first(payload_size - std::min<std::size_t>(payload_size, head[3]));
    segment.size = static_cast<std::uint32_t>(payload_size);
    segment.number = number;
    segment.time = {espy::base::milliseconds(milliseconds).nanoseconds};
    check(streams.add(segment), number);
    require(streams.connections() <= 2);
  }
  return 0;
}
