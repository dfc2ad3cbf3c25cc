#include "base/hash.h"
#include "verify/frame.h"
#include "verify/packet_opener.h"

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

Inspector::Inspector(const ipsec::World& world, const decode::Ports& ports, const Keyring* keys, const EsnHints* hints)
    : world_(world), ports_(ports), cache_(std::make_unique<CacheEntry[]>(kCacheSlots)) {
  if (keys != nullptr) opener_ = std::make_unique<PacketOpener>(world, ports_, *keys, *hints);
}

Inspector::~Inspector() = default;

void Inspector::inspect(std::span<const Frame> frames, std::span<Inspection> inspections, Arena& arena) {
  burst_.clear();
  for (std::size_t index = 0; index < frames.size(); ++index) {
    const Frame& frame = frames[index];
    Inspection& inspection = inspections[index];
    decode::parse_frame(frame.data, frame.original_size, frame.link_type, ports_, inspection.packet);
    if (inspection.packet.direction == base::Direction::kUnknown) inspection.packet.direction = frame.direction;
    inspection.octets = frame.data;
    if (inspection.packet.security_count > 0) burst_.push_back(&inspection);
  }
  if (opener_) opener_->open(burst_, arena);
  for (Inspection& inspection : inspections.first(frames.size())) judge_layers(inspection);
}

void Inspector::inspect_datagram(base::Bytes datagram, Inspection& inspection, Arena& arena) {
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
  inspect_packet(datagram, inspection, arena);
}

void Inspector::inspect_packet(base::Bytes octets, Inspection& inspection, Arena& arena) {
  inspection.octets = octets;
  Inspection* one = &inspection;
  if (opener_) opener_->open({&one, 1}, arena);
  judge_layers(inspection);
}

bool Inspector::settle_esn(Inspection& inspection, std::size_t index, std::span<const std::uint32_t> highs, Arena& arena) {
  if (!opener_ || !opener_->settle_esn(inspection, index, highs, arena)) return false;
  judge_layers(inspection);
  return true;
}

// V13: where NAT changed the addresses of a packet that was opened, the policies speak of those that its SA is configured with.
ipsec::PacketView Inspector::content_view(const Inspection& inspection, std::size_t index) const {
  const decode::Packet& packet = inspection.packet;
  ipsec::PacketView view = view_of(packet, index);
  for (std::size_t position = 0; position < packet.security_count; ++position) {
    const HeaderCheck& check = inspection.checks[position];
    if (packet.security[position].layer != index || !check.opened || check.association == ipsec::kNoAssociation) continue;
    const ipsec::Association& association = world_.associations()[check.association];
    if (association.source.is_host() && association.source.address.known()) view.source = association.source.address;
    if (association.destination.is_host() && association.destination.address.known()) view.destination = association.destination.address;
  }
  return view;
}

void Inspector::judge_layers(Inspection& inspection) {
  const decode::Packet& packet = inspection.packet;
  for (std::size_t index = 0; index < packet.layer_count; ++index) {
    if (packet.layers[index].payload == decode::Payload::kEsp) continue;
    inspection.judgements[index] = judge(content_view(inspection, index));
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
