#include "verify/inspector.h"

#include <algorithm>

#include "verify/packet_opener.h"

namespace espy::verify {

bool is_visible(const decode::Packet& packet, std::size_t index) {
  const decode::Layer& layer = packet.layers[index];
  return layer.carrier != decode::Carrier::kIcmpQuote && layer.payload != decode::Payload::kEsp;
}

// SLL does not name the interface; who sent the frame onto it is the nearest that it tells.
std::uint64_t interface_key(const FrameFacts& frame, const decode::Packet& packet) {
  const bool by_sender = packet.link_type == base::LinkType::kLinuxSll && packet.has_mac_source;
  const std::uint64_t said = by_sender ? base::hash_bytes(packet.mac_source, base::hash_seed()) : packet.interface_index;
  return interface_key(frame.source, frame.interface, static_cast<std::uint32_t>(said));
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

Inspector::Inspector(const ipsec::World& world, const decode::Ports& ports, const Keyring* keys, const Hints& hints)
    : world_(world), ports_(ports), glancer_(ports), keys_(keys), hints_(hints), known_(kKnown), judgements_(world) {
  if (keys != nullptr) known_flows_.resize(kKnown);
  if (keys != nullptr) opener_ = std::make_unique<PacketOpener>(world, ports_, *keys, *hints_.esn, job_opener_);
  room_.push_back(std::make_unique<Inspection>());
}

Inspector::~Inspector() = default;

void Inspector::parse(const Frame& frame, Inspection& inspection) const {
  decode::parse_frame(frame.data, frame.original_size, frame.link_type, ports_, inspection.packet);
  if (inspection.packet.direction == base::Direction::kUnknown) inspection.packet.direction = frame.direction;
  inspection.octets = frame.data;
}

void Inspector::inspect(const Frame& frame, Inspection& inspection, Arena& arena) {
  parse(frame, inspection);
  Inspection* one = &inspection;
  if (opener_ && inspection.packet.security_count > 0) opener_->open({&one, 1}, arena);
  judge_layers(inspection);
}

// Packets with headers that a key may open wait for a burst.
void Inspector::inspect(std::span<const Frame> frames, Inspected& found) {
  found.whole_count_ = 0;
  found.contents_.clear();
  found.arena_.reset();
  // With room for a few more than this batch has, because batches differ a little, and the first one is small.
  constexpr std::size_t kUsualFrames = 2048;
  if (frames.size() > found.observations_.capacity()) found.observations_.reserve(std::max(kUsualFrames, std::bit_ceil(frames.size())));
  found.observations_.resize(frames.size());
  for (std::uint32_t start = 0; start < frames.size(); start += kGroup) {
    std::uint32_t whole = hints_.observe ? observe(frames, start, found) : ~std::uint32_t{0};
    for (std::uint32_t index = start; whole != 0 && index < frames.size() && index < start + kGroup; ++index, whole >>= 1) {
      if ((whole & 1) != 0) inspect_whole(frames, index, found);
    }
    if (burst_frames_.size() + kGroup > kBurst) open_burst(found);
  }
  open_burst(found);
}

void Inspector::inspect_whole(std::span<const Frame> frames, std::uint32_t index, Inspected& found) {
  parse(frames[index], *room_[0]);
  if (!opener_ || room_[0]->packet.security_count == 0) return keep(room_[0], found.observations_[index], found);
  burst_frames_.push_back(index);
  if (burst_frames_.size() == room_.size()) room_.push_back(std::make_unique<Inspection>());
  std::swap(room_[0], room_[burst_frames_.size()]);
}

void Inspector::open_burst(Inspected& found) {
  if (burst_frames_.empty()) return;
  burst_.clear();
  for (std::size_t position = 1; position <= burst_frames_.size(); ++position) burst_.push_back(room_[position].get());
  opener_->open(burst_, found.arena_);
  for (std::size_t position = 0; position < burst_frames_.size(); ++position)
    keep(room_[position + 1], found.observations_[burst_frames_[position]], found);
  burst_frames_.clear();
}

// In exchange for an inspection that is free.
void Inspector::keep(std::unique_ptr<Inspection>& inspection, Observation& seen, Inspected& found) {
  judge_layers(*inspection);
  if (found.whole_count_ == found.whole_.size()) found.whole_.push_back(std::make_unique<Inspection>());
  std::swap(inspection, found.whole_[found.whole_count_]);
  seen.of = found.whole_count_++;
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
  return world_.inferring() ? ipsec::Judgement{} : judgements_.judge(view);
}

}  // namespace espy::verify
