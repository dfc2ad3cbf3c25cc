// A script of fragments for a few datagrams with small limits: bounds must hold, and what is given back must be what its header says.
// Seven octets a step: flags, identification, offset (2), size, captured, seconds.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "assemble/fragments.h"

namespace {

using espy::assemble::FragmentKind;

constexpr std::size_t kStepSize = 7;
constexpr std::size_t kIpv4HeaderSize = 20;
constexpr std::size_t kIpv6HeaderSize = 48;

void require(bool condition) {
  if (!condition) std::abort();
}

espy::decode::Layer make_layer(const std::uint8_t* step, bool ipv6) {
  espy::decode::Layer layer;
  layer.source.family = layer.destination.family = ipv6 ? espy::base::Family::kIpv6 : espy::base::Family::kIpv4;
  layer.fragment = true;
  layer.more_fragments = (step[0] & 1) != 0;
  layer.fragment_id = step[1] & 7U;
  layer.fragment_offset = (static_cast<std::uint32_t>(step[2]) << 8 | step[3]) & 0xfff8U;
  layer.fragment_data = static_cast<std::uint32_t>(ipv6 ? kIpv6HeaderSize : kIpv4HeaderSize);
  layer.size = layer.fragment_data + static_cast<std::uint32_t>(step[4]) * 8U;
  return layer;
}

void check(const espy::assemble::FragmentOutcome& outcome, bool ipv6) {
  require((outcome.kind == FragmentKind::kComplete) == !outcome.datagram.empty());
  if (outcome.datagram.empty()) return;
  const std::size_t at = ipv6 ? 4 : 2;
  const std::size_t size = static_cast<std::size_t>(outcome.datagram[at]) << 8 | outcome.datagram[at + 1];
  require(outcome.datagram.size() == size + (ipv6 ? kIpv6HeaderSize - 8 : 0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const espy::assemble::FragmentLimits limits{.datagrams = 3, .octets = 16'384};
  espy::assemble::Fragments fragments(limits);
  std::array<std::uint8_t, 2304> frame{};
  std::int64_t seconds = 0;
  for (; size >= kStepSize; data += kStepSize, size -= kStepSize) {
    const bool ipv6 = (data[0] & 2) != 0;
    espy::decode::Packet packet;
    packet.layers[0] = make_layer(data, ipv6);
    frame[0] = ipv6 ? 0x60 : 0x45;
    frame[6] = ipv6 ? 44 : 0;
    frame[100] = data[0];
    const espy::base::Bytes whole = espy::base::Bytes(frame).first(packet.layers[0].size);
    const std::size_t cut = (data[0] & 4) != 0 ? data[5] : 0;
    seconds += data[6] & 15;
    const espy::base::Time now{espy::base::seconds(seconds).nanoseconds};
    check(fragments.add(packet, 0, whole.first(whole.size() - std::min(cut, whole.size())), packet.layers[0].size, now), ipv6);
    require(fragments.octets() <= limits.octets && fragments.datagrams() <= limits.datagrams);
    while (fragments.next_dropped(now)) require(fragments.evicted() + fragments.expired() > 0);
  }
  return 0;
}
