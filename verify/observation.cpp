#include <algorithm>

#include "verify/inspector.h"
#include "verify/keyring.h"
#include "verify/packet_opener.h"

// The part of Inspector that says in a few words what most frames are.
namespace espy::verify {
namespace {

using Decision = ipsec::Judgement::Decision;

constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kEspProtocol = 50;
constexpr std::uint32_t kEspHeaderSize = 8;

}  // namespace

void Inspector::glance(std::span<const Frame> frames, std::size_t start) {
  const std::size_t end = std::min(start + kGroup, frames.size());
  for (std::size_t index = end; index < std::min(end + kGroup, frames.size()); ++index) {
    __builtin_prefetch(frames[index].data.data());
    __builtin_prefetch(frames[index].data.data() + frames[index].data.size() - 1);
  }
  for (std::size_t index = start; index < end; ++index) {
    const Frame& frame = frames[index];
    Glimpse& glimpse = glimpses_[index - start];
    glimpse.said = glancer_.glance(frame.data, frame.original_size, frame.link_type, glimpse.glance);
    if (!glimpse.said || glimpse.glance.protocol != kEspProtocol) continue;
    const decode::Glance& seen = glimpse.glance;
    glimpse.hash = AssociationKey::hash(seen.source, seen.destination, seen.spi, ipsec::Protocol::kEsp, hints_.associations->rows().seed());
    hints_.associations->rows().prefetch(glimpse.hash);
  }
}

bool Inspector::observe(const Frame& frame, const Glimpse& glimpse, Observation& seen) {
  if (!glimpse.said) return false;
  seen.interface = interface_key(frame.source, frame.interface, 0);
  seen.size = glimpse.glance.size;
  if (glimpse.glance.protocol == kEspProtocol) return observe_esp(frame, glimpse, seen.of.emplace<EspObservation>());
  return observe_clear(frame, glimpse.glance, seen.of.emplace<ClearObservation>());
}

// What the keyring says of the SA of association row `row`, looked up once.
const Inspector::KeylessRow& Inspector::keyless(std::uint32_t row) {
  if (row >= keyless_.size()) keyless_.resize(std::max<std::size_t>(row + 1U, 2 * keyless_.size()));
  KeylessRow& known = keyless_[row];
  if (!known.asked) {
    known.asked = true;
    const AssociationKey& key = hints_.associations->rows()[row].key;
    known.checked = PacketOpener::without_key(world_, *keys_, key.protocol, key.spi, key.source, key.destination, known.configured);
  }
  return known;
}

bool Inspector::observe_esp(const Frame& frame, const Glimpse& glimpse, EspObservation& esp) {
  const decode::Glance& glance = glimpse.glance;
  esp.association = hints_.associations->rows().find_if(glimpse.hash, [&](const AssociationKey& key) {
    return key.source == glance.source && key.destination == glance.destination && key.spi == glance.spi &&
           key.protocol == ipsec::Protocol::kEsp;
  });
  if (keys_ != nullptr) {
    if (esp.association == Associations::kMissing) return false;
    const KeylessRow& row = keyless(esp.association);
    if (!row.checked) return false;
    esp.checked = *row.checked;
    esp.configured = row.configured;
  }
  const base::Bytes octets = frame.data.subspan(glance.inner, glance.end - glance.inner);
  esp.sequence = glance.sequence;
  esp.offset = glance.inner;
  esp.size = static_cast<std::uint32_t>(octets.size());
  esp.fingerprint = fingerprint_of(octets, esp.size, seed_);
  esp.in_udp = glance.in_udp;
  esp.legible = NullEspDetector::glance(octets.subspan(kEspHeaderSize));
  return true;
}

bool Inspector::observe_clear(const Frame& frame, const decode::Glance& glance, ClearObservation& clear) {
  if (world_.inferring() || !world_.open_requirements().empty()) return false;
  clear.judgement = judge({.source = glance.source,
                           .destination = glance.destination,
                           .protocol = glance.protocol,
                           .protocol_known = true,
                           .ports_known = true,
                           .source_port = glance.source_port,
                           .destination_port = glance.destination_port});
  const Decision decision = clear.judgement.decision;
  const bool usual = decision == Decision::kUnrelated ? world_.tunnels_from(glance.source).empty()
                                                      : decision != Decision::kUncertain && decision != Decision::kDiscard;
  if (!usual) return false;
  const base::Bytes payload = frame.data.subspan(glance.inner, glance.end - glance.inner);
  if (glance.protocol == kUdp && PortLearner::reads(payload)) {
    clear.learner =
        hints_.learner->find({glance.source, glance.source_port}, {glance.destination, glance.destination_port}, clear.from_low);
    clear.payload_offset = glance.inner;
    clear.payload_size = static_cast<std::uint32_t>(payload.size());
  }
  if (decision == Decision::kProtect) find_flow(glance, payload, clear);
  return true;
}

// The flow that the packet leaks in, and which program speaks where that is not known yet.
void Inspector::find_flow(const decode::Glance& glance, base::Bytes payload, ClearObservation& clear) const {
  const FlowKey key = {.source = glance.source,
                       .destination = glance.destination,
                       .requirement = clear.judgement.requirements[0],
                       .source_port = glance.source_port,
                       .destination_port = glance.destination_port,
                       .protocol = glance.protocol,
                       .ports_known = true,
                       .reason = verdict::LeakReason::kPlaintext};
  const bool closed = hints_.flows->closed();
  clear.flow = hints_.flows->find(key);
  if (clear.flow == Flows::kMissing) {
    clear.flow = closed ? kNoRoom : kNoRow;
  } else if (!(*hints_.flows)[clear.flow].row.guessed.load(std::memory_order_relaxed)) {
    clear.application = decode::guess_application(key.protocol, key.source_port, key.destination_port, payload);
  }
}

}  // namespace espy::verify
