#include "base/hash.h"
#include "verify/frame.h"

namespace espy::verify {

struct Inspector::CacheEntry {
  ipsec::PacketView view;
  ipsec::Judgement judgement;
};

bool is_visible(const decode::Packet& packet, std::size_t index) {
  const decode::Layer& layer = packet.layers[index];
  return layer.carrier != decode::Carrier::kIcmpQuote && layer.payload != decode::Payload::kEsp;
}

ipsec::PacketView view_of(const decode::Packet& packet, std::size_t index) {
  const decode::Layer& layer = packet.layers[index];
  const bool cut_before_protocol = layer.upper_offset == 0 && packet.trouble == decode::Trouble::kCutShort;
  return {.source = layer.source,
          .destination = layer.destination,
          .protocol = layer.protocol,
          .protocol_known = !cut_before_protocol,
          .ports_known = layer.ports_known,
          .source_port = layer.source_port,
          .destination_port = layer.destination_port};
}

Inspector::Inspector(const ipsec::World& world, const decode::Ports& ports)
    : world_(world), ports_(ports), cache_(std::make_unique<CacheEntry[]>(kCacheSlots)) {}

Inspector::~Inspector() = default;

void Inspector::inspect(const Frame& frame, Inspection& inspection) {
  decode::parse_frame(frame.data, frame.original_size, frame.link_type, ports_, inspection.packet);
  if (inspection.packet.direction == base::Direction::kUnknown) inspection.packet.direction = frame.direction;
  judge_layers(inspection);
}

void Inspector::inspect_datagram(base::Bytes datagram, Inspection& inspection) {
  const decode::Packet& outer = inspection.packet;
  decode::Packet inner;
  decode::parse_datagram(datagram, static_cast<std::uint32_t>(datagram.size()), ports_, inner);
  inner.direction = outer.direction;
  inner.has_mac = outer.has_mac;
  inner.has_mac_source = outer.has_mac_source;
  inner.mac_source = outer.mac_source;
  inner.mac_destination = outer.mac_destination;
  inner.interface_index = outer.interface_index;
  inspection.packet = inner;
  judge_layers(inspection);
}

void Inspector::judge_layers(Inspection& inspection) {
  const decode::Packet& packet = inspection.packet;
  for (std::size_t index = 0; index < packet.layer_count; ++index) {
    if (packet.layers[index].payload == decode::Payload::kEsp) continue;
    inspection.judgements[index] = judge(view_of(packet, index));
  }
}

ipsec::Judgement Inspector::judge(const ipsec::PacketView& view) {
  if (world_.inferring()) return {};
  const std::uint64_t ends = base::hash_bytes(view.destination.octets, base::hash_bytes(view.source.octets, base::hash_seed()));
  const std::uint64_t rest =
      (static_cast<std::uint64_t>(view.source_port) << 32) | (static_cast<std::uint64_t>(view.destination_port) << 16) | view.protocol;
  CacheEntry& entry = cache_[base::combine(ends, rest) % kCacheSlots];
  if (!(entry.view == view) || !view.source.known()) {
    entry.view = view;
    entry.judgement = world_.judge(view);
  }
  return entry.judgement;
}

}  // namespace espy::verify
