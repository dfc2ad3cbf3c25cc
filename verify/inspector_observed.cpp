#include <algorithm>
#include <bit>

#include "base/prefetch.h"
#include "decode/esp_glance.h"
#include "decode/numbers.h"
#include "verify/esn.h"
#include "verify/inspector.h"
#include "verify/keyring.h"
#include "verify/null_esp_reading.h"

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

// What is the same of whatever it carries.
inline void describe(const Frame& frame, std::uint32_t size, Observation& seen) {
  seen.time = frame.time;
  seen.interface_upper = upper_half(frame.source, frame.interface);
  seen.original_size = frame.original_size;
  seen.size = size;
}

std::size_t payload_size(const decode::Glance& glance) { return glance.end - glance.inner; }

bool may_be_learned(const decode::Glance& glance) { return glance.protocol == decode::kUdp && PortLearner::reads(payload_size(glance)); }

EspPlace esp_place(std::uint32_t association, const decode::EspGlance& glance) {
  return {.association = association, .sequence = glance.sequence, .offset = glance.offset, .size = glance.size};
}

inline EspObservation esp_observation(const Frame& frame, const EspPlace& place, Checked checked, std::uint64_t seed) {
  const base::Bytes octets(frame.data.data() + place.offset, place.size);
  return {.association = place.association,
          .sequence = place.sequence,
          .offset = place.offset,
          .size = place.size,
          .fingerprint = fingerprint_of(octets, place.size, seed),
          .checked = checked,
          .in_udp = place.in_udp,
          .legible = glance_at_endings(octets.subspan(Associations::kEspHeaderSize))};
}

}  // namespace

// Of those of the group that `which` has a bit for.
void Inspector::glance(std::span<const Frame> frames, std::uint32_t start, std::uint32_t which) {
  bool entries = many_associations_;
  for (std::uint32_t rest = which; rest != 0; rest &= rest - 1) {
    const auto position = static_cast<std::uint32_t>(std::countr_zero(rest));
    const Frame& frame = frames[start + position];
    Glimpse& glimpse = glimpses_[position];
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
  for (std::uint32_t rest = which; rest != 0; rest &= rest - 1) {
    const Glimpse& glimpse = glimpses_[static_cast<std::size_t>(std::countr_zero(rest))];
    if (!glimpse.said) continue;
    if (glimpse.glance.protocol != decode::kEsp) {
      hints_.flows->prefetch_entry(glimpse.hash);
    } else if (many_associations_) {
      hints_.associations->rows().prefetch_key(glimpse.hash);
    }
  }
}

// The rows of those that are ESP, and what the keyring has for them brought near.
inline void Inspector::find_rows(std::uint32_t which) {
  for (std::uint32_t rest = which; rest != 0; rest &= rest - 1) {
    Glimpse& glimpse = glimpses_[static_cast<std::size_t>(std::countr_zero(rest))];
    const decode::Glance& glance = glimpse.glance;
    if (!glimpse.said || glance.protocol != decode::kEsp) continue;
    glimpse.association = hints_.associations->rows().find_if(glimpse.hash, [&](const AssociationKey& key) {
      return key.source == glance.source && key.destination == glance.destination && key.spi == glance.spi &&
             key.protocol == ipsec::Protocol::kEsp;
    });
    if (many_associations_ && glimpse.association < keyed_.size()) base::prefetch(&keyed_[glimpse.association]);
  }
}

// Brings near what observe_clear() will look at.
inline void Inspector::expect_clear(Glimpse& glimpse) {
  const decode::Glance& seen = glimpse.glance;
  glimpse.hash = FlowKey::hash(seen.source, seen.destination, seen.source_port, seen.destination_port, seen.protocol, hints_.flows->seed());
  hints_.flows->prefetch(glimpse.hash);
  glimpse.judged = judgements_.place_of(view_of(seen));
  JudgementCache::prefetch(glimpse.judged);
  if (!may_be_learned(seen)) return;
  glimpse.learner = hints_.learner->place_of({seen.source, seen.source_port}, {seen.destination, seen.destination_port});
  hints_.learner->prefetch(glimpse.learner);
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
  const ipsec::Association& association = world_.associations()[known.id];
  if (candidates.count != 1 || association.old_header) return known;
  take_reading(known, 0);
  const auto differs = [](const base::Prefix& end, const base::Address& address) {
    return end.is_host() && end.address.known() && end.address != address;
  };
  // Without an ICV nothing says that the reading is right.
  known.alone = known.transform->layout().icv_size != 0;
  known.aead = ipsec::facts(association.encryption).aead;
  known.translated = differs(association.source, key.source) || differs(association.destination, key.destination);
  return known;
}

// Of a row whose SA has readings; behind the last comes the first.
void Inspector::take_reading(KeyedRow& row, std::size_t index) const {
  const std::span<const Reading> readings = keys_->readings(row.id);
  row.reading = static_cast<std::uint8_t>(index % readings.size());
  const Reading& reading = readings[row.reading];
  row.transform = reading.transform.get();
  row.traits.icv_size = row.transform->layout().icv_size;
  row.traits.icv_open = readings.size() > 1;
  row.traits.esn = reading.esn;
}

// The row of ESP that was found before, or kMissing: then nothing is known of `glance`.
inline std::uint32_t Inspector::find_known(const Frame& frame, decode::EspGlance& glance) const {
  if (!decode::glance_esp(frame.data, frame.original_size, frame.link_type, glance)) return Associations::kMissing;
  const KnownEsp& known = known_[place_of(glance)];
  return known.ends == glance.ends && known.spi == glance.spi ? known.association : Associations::kMissing;
}

void Inspector::remember(const Frame& frame, std::uint32_t association) {
  decode::EspGlance glance;
  if (!decode::glance_esp(frame.data, frame.original_size, frame.link_type, glance)) return;
  known_[place_of(glance)] = {.ends = glance.ends, .spi = glance.spi, .association = association};
}

// Puts the packet among those to be opened, to be read as the one before it was.
inline void Inspector::seal(const KeyedRow& row, const Frame& frame, std::uint32_t index, const EspPlace& place) {
  crypto::Job& job = jobs_[sealed_count_];
  job.transform = row.transform;
  job.packet = frame.data.subspan(place.offset, place.size);
  job.esn_high = row.traits.esn ? infer_high(hints_.esn->highest(row.id), place.sequence) : 0;
  job.plaintext = job.transform->layout().encrypted ? plaintext_.take(place.size) : nullptr;
  Sealed& sealed = sealed_[sealed_count_++];
  sealed.frame = index;
  sealed.association = place.association;
  sealed.sequence = place.sequence;
  sealed.offset = place.offset;
  sealed.traits = row.traits;
  sealed.traits.in_udp = place.in_udp;
}

// Of a group without keys, the ESP of SAs whose rows were found before. A bit for each of the others. Apart from the one below, because the
// captures that are largest spend most of their time here.
std::uint32_t Inspector::observe_known(std::span<const Frame> group, std::span<Observation> seen) const {
  std::uint32_t others = 0;
  for (std::size_t position = 0; position < group.size(); ++position) {
    const Frame& frame = group[position];
    decode::EspGlance glance;
    const std::uint32_t association = find_known(frame, glance);
    if (association == Associations::kMissing) {
      others |= std::uint32_t{1} << position;
      continue;
    }
    describe(frame, glance.packet_size(), seen[position]);
    seen[position].of.emplace<EspObservation>(esp_observation(frame, esp_place(association, glance), Checked::kNoKey, seed_));
  }
  return others;
}

// The same with keys: what they open waits.
std::uint32_t Inspector::observe_known_keyed(std::span<const Frame> frames, std::uint32_t start, std::uint32_t end, Inspected& found) {
  std::uint32_t others = 0;
  for (std::uint32_t index = start; index < end; ++index) {
    const Frame& frame = frames[index];
    decode::EspGlance glance;
    const std::uint32_t association = find_known(frame, glance);
    if (association != Associations::kMissing) {
      describe(frame, glance.packet_size(), found.observations_[index]);
      const EspPlace place = esp_place(association, glance);
      const KeyedRow& row = keyed(association);
      if (row.alone) {  // the usual case, without a call
        seal(row, frame, index, place);
        continue;
      }
      if (observe_esp(frame, index, place, found) != Seen::kWhole) continue;
    }
    others |= std::uint32_t{1} << (index - start);
  }
  return others;
}

inline Inspector::Seen Inspector::observe_esp(const Frame& frame, std::uint32_t index, const EspPlace& place, Inspected& found) {
  Observation& seen = found.observations_[index];
  Checked checked = Checked::kNoKey;
  if (keys_ != nullptr) {
    const KeyedRow& row = keyed(place.association);
    if (row.alone) {
      seal(row, frame, index, place);
      return Seen::kWaits;
    }
    if (!row.keyless) return Seen::kWhole;
    checked = *row.keyless;
  }
  seen.of.emplace<EspObservation>(esp_observation(frame, place, checked, seed_));
  return Seen::kObserved;
}

inline Inspector::Seen Inspector::observe_esp(const Frame& frame, const Glimpse& glimpse, std::uint32_t index, Inspected& found) {
  const decode::Glance& glance = glimpse.glance;
  const std::uint32_t association = glimpse.association;
  if (association == Associations::kMissing && keys_ != nullptr) return Seen::kWhole;
  if (association != Associations::kMissing) {
    many_associations_ = many_associations_ || association >= kFewRows;
    if (!many_associations_) remember(frame, association);
  }
  return observe_esp(frame, index,
                     {.association = association,
                      .sequence = glance.sequence,
                      .offset = glance.inner,
                      .size = glance.end - glance.inner,
                      .in_udp = glance.in_udp},
                     found);
}

// A group of frames. A bit for each, from the lowest on: it is to be inspected as a whole.
std::uint32_t Inspector::observe(std::span<const Frame> frames, std::uint32_t start, Inspected& found) {
  const auto size = static_cast<std::uint32_t>(frames.size());
  const std::uint32_t end = std::min(start + kGroup, size);
  std::uint32_t others = ~std::uint32_t{0} >> (kGroup - (end - start));
  if (!many_associations_ && keys_ == nullptr) {
    others = observe_known(frames.subspan(start, end - start), std::span(found.observations_).subspan(start, end - start));
  } else if (!many_associations_) {
    others = observe_known_keyed(frames, start, end, found);
  }
  const std::uint32_t whole = others == 0 ? 0 : observe_glanced(frames, start, others, found);
  return sealed_count_ == 0 ? whole : whole | open_sealed(start, found);
}

// The same of those of the group that `which` has a bit for.
std::uint32_t Inspector::observe_glanced(std::span<const Frame> frames, std::uint32_t start, std::uint32_t which, Inspected& found) {
  glance(frames, start, which);
  find_rows(which);
  std::uint32_t whole = 0;
  for (std::uint32_t rest = which; rest != 0; rest &= rest - 1) {
    const auto position = static_cast<std::uint32_t>(std::countr_zero(rest));
    const Seen seen = observe(frames[start + position], glimpses_[position], start + position, found);
    whole |= static_cast<std::uint32_t>(seen == Seen::kWhole) << position;
  }
  return whole;
}

inline Inspector::Seen Inspector::observe(const Frame& frame, const Glimpse& glimpse, std::uint32_t index, Inspected& found) {
  if (!glimpse.said) return Seen::kWhole;
  Observation& seen = found.observations_[index];
  describe(frame, glimpse.glance.size, seen);
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
  const base::Bytes payload = frame.data.subspan(glance.inner, payload_size(glance));
  if (may_be_learned(glance)) {
    clear.learner = hints_.learner->find(glimpse.learner);
    clear.from_low = glimpse.learner.from_low;
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
