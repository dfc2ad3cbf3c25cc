#include <algorithm>

#include "decode/numbers.h"
#include "verify/inspector.h"
#include "verify/keyring.h"

// The part of Inspector that says in a few words what most frames are.
namespace espy::verify {
namespace {

using Decision = ipsec::Judgement::Decision;

ipsec::PacketView view_of(const decode::Glance& glance) {
  return {.source = glance.source,
          .destination = glance.destination,
          .protocol = glance.protocol,
          .protocol_known = true,
          .ports_known = true,
          .source_port = glance.source_port,
          .destination_port = glance.destination_port};
}

}  // namespace

void Inspector::glance(std::span<const Frame> frames, std::size_t start) {
  const std::size_t end = std::min(start + kGroup, frames.size());
  for (std::size_t index = end; index < std::min(end + kGroup, frames.size()); ++index) {
    if (frames[index].data.empty()) continue;
    __builtin_prefetch(&frames[index].data.front());
    __builtin_prefetch(&frames[index].data.back());
  }
  bool entries = many_associations_;
  for (std::size_t index = start; index < end; ++index) {
    const Frame& frame = frames[index];
    Glimpse& glimpse = glimpses_[index - start];
    glimpse.said = glancer_.glance(frame.data, frame.original_size, frame.link_type, glimpse.glance);
    if (!glimpse.said) continue;
    const decode::Glance& seen = glimpse.glance;
    if (seen.protocol != decode::kEsp) {
      expect_clear(glimpse);
      entries = true;
      continue;
    }
    glimpse.hash = AssociationKey::hash(seen.source, seen.destination, seen.spi, ipsec::Protocol::kEsp, hints_.associations->rows().seed());
    if (many_associations_) hints_.associations->rows().prefetch(glimpse.hash);
  }
  if (!entries) return;
  for (std::size_t index = start; index < end; ++index) {
    const Glimpse& glimpse = glimpses_[index - start];
    if (!glimpse.said) continue;
    if (glimpse.glance.protocol != decode::kEsp) {
      hints_.flows->prefetch_entry(glimpse.hash);
    } else if (many_associations_) {
      hints_.associations->rows().prefetch_entry(glimpse.hash);
    }
  }
}

// Brings near what observe_clear() will look at.
inline void Inspector::expect_clear(Glimpse& glimpse) {
  const decode::Glance& seen = glimpse.glance;
  glimpse.hash = FlowKey::hash(seen.source, seen.destination, seen.source_port, seen.destination_port, seen.protocol, hints_.flows->seed());
  hints_.flows->prefetch(glimpse.hash);
  glimpse.judged = judgements_.place_of(view_of(seen));
  JudgementCache::prefetch(glimpse.judged);
}

// Of a row that is met for the first time; a packet inspected as a whole has made it.
Inspector::KeyedRow& Inspector::ask_keyring(std::uint32_t row) {
  if (row >= keyed_.size()) keyed_.resize(std::max<std::size_t>(row + 1U, 2 * keyed_.size()));
  KeyedRow& known = keyed_[row];
  const AssociationKey& key = hints_.associations->rows()[row].key;
  known.asked = true;
  const Candidates candidates = keys_->candidates(key.protocol, key.spi, key.source, key.destination);
  known.id = candidates.best;
  if (candidates.keyed_count == 0) {
    known.keyless = checked_without_key(candidates.state);
    return known;
  }
  known.readings = keys_->readings(known.id);
  const ipsec::Association& association = world_.associations()[known.id];
  const auto differs = [](const base::Prefix& end, const base::Address& address) {
    return end.is_host() && end.address.known() && end.address != address;
  };
  // Without an ICV nothing says that the reading is right.
  known.alone = candidates.count == 1 && !association.old_header && known.readings[0].transform->layout().icv_size != 0;
  known.aead = ipsec::facts(association.encryption).aead;
  known.translated = differs(association.source, key.source) || differs(association.destination, key.destination);
  return known;
}

inline Inspector::Seen Inspector::observe_esp(const Frame& frame, const Glimpse& glimpse, std::uint32_t index, Inspected& found) {
  const decode::Glance& glance = glimpse.glance;
  EspObservation& esp = found.observations_[index].of.emplace<EspObservation>();
  esp.association = hints_.associations->rows().find_if(glimpse.hash, [&](const AssociationKey& key) {
    return key.source == glance.source && key.destination == glance.destination && key.spi == glance.spi &&
           key.protocol == ipsec::Protocol::kEsp;
  });
  many_associations_ = many_associations_ || (esp.association != Associations::kMissing && esp.association >= kFewRows);
  if (keys_ != nullptr) {
    if (esp.association == Associations::kMissing) return Seen::kWhole;
    const KeyedRow& row = keyed(esp.association);
    if (!row.keyless) {
      if (!row.alone) return Seen::kWhole;
      seal(frame, index, glance, esp);
      return Seen::kWaits;
    }
    esp.checked = *row.keyless;
  }
  const base::Bytes octets = frame.data.subspan(glance.inner, glance.end - glance.inner);
  esp.sequence = glance.sequence;
  esp.offset = glance.inner;
  esp.size = static_cast<std::uint32_t>(octets.size());
  esp.fingerprint = fingerprint_of(octets, esp.size, seed_);
  esp.in_udp = glance.in_udp;
  esp.legible = NullEspDetector::glance(octets.subspan(kEspHeaderSize));
  return Seen::kObserved;
}

// A group of frames. A bit for each, from the lowest on: it is to be inspected as a whole.
std::uint32_t Inspector::observe(std::span<const Frame> frames, std::uint32_t start, Inspected& found) {
  glance(frames, start);
  const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(kGroup, frames.size() - start));
  std::uint32_t whole = 0;
  for (std::uint32_t position = 0; position < count; ++position) {
    const std::uint32_t index = start + position;
    const Seen seen = observe(frames[index], glimpses_[position], index, found);
    whole |= static_cast<std::uint32_t>(seen == Seen::kWhole) << position;
  }
  return sealed_count_ == 0 ? whole : whole | open_sealed(start, found);
}

inline Inspector::Seen Inspector::observe(const Frame& frame, const Glimpse& glimpse, std::uint32_t index, Inspected& found) {
  if (!glimpse.said) return Seen::kWhole;
  Observation& seen = found.observations_[index];
  seen.interface = interface_key(frame.source, frame.interface, 0);
  seen.size = glimpse.glance.size;
  if (glimpse.glance.protocol == decode::kEsp) return observe_esp(frame, glimpse, index, found);
  return observe_clear(frame, glimpse, seen.of.emplace<ClearObservation>()) ? Seen::kObserved : Seen::kWhole;
}

bool Inspector::observe_clear(const Frame& frame, const Glimpse& glimpse, ClearObservation& clear) {
  const decode::Glance& glance = glimpse.glance;
  if (world_.inferring() || !world_.open_requirements().empty()) return false;
  clear.judgement = judgements_.judge(view_of(glance), glimpse.judged);
  const Decision decision = clear.judgement.decision;
  const bool usual = decision == Decision::kUnrelated ? world_.tunnels_from(glance.source).empty()
                                                      : decision != Decision::kUncertain && decision != Decision::kDiscard;
  if (!usual) return false;
  const base::Bytes payload = frame.data.subspan(glance.inner, glance.end - glance.inner);
  if (glance.protocol == decode::kUdp && PortLearner::reads(payload)) {
    clear.learner =
        hints_.learner->find({glance.source, glance.source_port}, {glance.destination, glance.destination_port}, clear.from_low);
    clear.payload_offset = glance.inner;
    clear.payload_size = static_cast<std::uint32_t>(payload.size());
  }
  if (decision == Decision::kProtect) find_flow(glance, glimpse.hash, payload, clear);
  return true;
}

// The flow that the packet leaks in, and which program speaks where that is not known yet.
void Inspector::find_flow(const decode::Glance& glance, std::uint64_t hash, base::Bytes payload, ClearObservation& clear) const {
  const FlowKey key = {.source = glance.source,
                       .destination = glance.destination,
                       .requirement = clear.judgement.requirements[0],
                       .source_port = glance.source_port,
                       .destination_port = glance.destination_port,
                       .protocol = glance.protocol,
                       .ports_known = true,
                       .reason = verdict::LeakReason::kPlaintext};
  const bool closed = hints_.flows->closed();
  clear.flow = hints_.flows->find_if(hash, [&](const FlowKey& other) { return other == key; });
  if (clear.flow == Flows::kMissing) {
    clear.flow = closed ? kNoRoom : kNoRow;
  }
  const bool known = clear.flow < kCounted && (*hints_.flows)[clear.flow].row.guessed.load(std::memory_order_relaxed);
  if (!known && clear.flow != kNoRoom) {
    clear.application = decode::guess_application(key.protocol, key.source_port, key.destination_port, payload);
  }
}

}  // namespace espy::verify
