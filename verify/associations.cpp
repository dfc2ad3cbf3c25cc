#include "verify/associations.h"

#include <algorithm>

#include "base/hash.h"

namespace espy::verify {
namespace {

constexpr std::uint32_t kNoHistory = 0xffffffff;
constexpr std::size_t kFingerprintOctets = 16;
constexpr std::uint32_t kEspHeaderSize = 8;
constexpr std::uint32_t kWespHeaderSize = 4;

ipsec::Protocol protocol_of(const decode::SecurityHeader& header) {
  return header.protocol == decode::SecurityProtocol::kAh ? ipsec::Protocol::kAh : ipsec::Protocol::kEsp;
}

base::Bytes octets_of(const decode::SecurityHeader& header, base::Bytes datagram) {
  if (header.offset >= datagram.size()) return {};
  return datagram.subspan(header.offset, std::min<std::size_t>(header.captured, datagram.size() - header.offset));
}

// V27: the length and the last 16 octets. Cut by the snaplen, the last captured ones serve.
Fingerprint fingerprint_of(const decode::SecurityHeader& header, base::Bytes octets) {
  const base::Bytes tail = octets.last(std::min(octets.size(), kFingerprintOctets));
  const std::uint64_t value = base::hash_bytes(tail, base::hash_seed() ^ header.size);
  return static_cast<Fingerprint>(value | 1);
}

}  // namespace

std::uint64_t AssociationKey::hash(std::uint64_t seed) const {
  const std::uint64_t ends = base::hash_bytes(destination.octets, base::hash_bytes(source.octets, seed));
  return base::combine(ends, (static_cast<std::uint64_t>(protocol) << 32) | spi.value);
}

Associations::Associations(const ipsec::World& world)
    : world_(world), rows_(kLimit, base::hash_seed()), used_(world.associations().size(), false) {}

// An SA that has none gets a history with its second packet, so that a flood of SPIs takes none from SAs that carry traffic.
SequenceHistory* Associations::history_of(AssociationRow& row, std::uint32_t index) {
  if (row.history != kNoHistory) return histories_[row.history].get();
  if (row.packets > 1 || histories_.size() < kHistoryLimit / 2) lend_history(row, index);
  return row.history == kNoHistory ? nullptr : histories_[row.history].get();
}

void Associations::lend_history(AssociationRow& row, std::uint32_t index) {
  if (histories_.size() < kHistoryLimit) {
    row.history = static_cast<std::uint32_t>(histories_.size());
    histories_.push_back(std::make_unique<SequenceHistory>());
    history_owner_.push_back(index);
    return;
  }
  row.history = static_cast<std::uint32_t>(next_victim_);
  rows_[history_owner_[next_victim_]].row.history = kNoHistory;
  history_owner_[next_victim_] = index;
  *histories_[next_victim_] = {};
  next_victim_ = (next_victim_ + 1) % kHistoryLimit;
}

void Associations::remember_gap(std::uint32_t index, const Gap& gap, base::Time now) {
  if (gap.numbers == 0) return;
  if (gaps_.size() >= kGapLimit) {
    gaps_overflowed_ = true;
    return;
  }
  gaps_.push_back({.association = index, .before = gap.before, .after = now, .numbers = gap.numbers});
}

AssociationSighting Associations::see(const Frame& frame, const decode::Packet& packet, const decode::SecurityHeader& header,
                                      base::Bytes datagram, bool whole) {
  const decode::Layer& layer = packet.layers[header.layer];
  const AssociationKey key{layer.source, layer.destination, header.spi, protocol_of(header)};
  AssociationSighting sighting;
  sighting.index = rows_.insert(key);
  if (sighting.index == kMissing) return sighting;
  AssociationRow& row = rows_[sighting.index].row;
  if (row.packets == 0) {
    row.configured = world_.find_association(key.protocol, key.spi, key.source, key.destination);
    row.encapsulation = header.encapsulation;
    row.first = frame.time;
    row.first_frame = frame.number;
    row.first_source = frame.source;
    if (row.configured != ipsec::kNoAssociation) used_[row.configured] = true;
  }
  ++row.packets;
  row.bytes += layer.size;
  row.last = frame.time;
  if (!whole) {
    ++row.fragmented;
  } else if (header.captured < header.size) {
    ++row.cut_short;
  }
  sighting.sighting = track(sighting.index, frame, header, datagram);
  return sighting;
}

// V15: what the sequence numbers say is told of the SA and never changes a packet's class.
Sighting Associations::track(std::uint32_t index, const Frame& frame, const decode::SecurityHeader& header, base::Bytes datagram) {
  AssociationRow& row = rows_[index].row;
  const base::Bytes octets = octets_of(header, datagram);
  const Sighting sighting = row.sequence.add(header.sequence, fingerprint_of(header, octets), frame.time, history_of(row, index));
  remember_gap(index, row.sequence.last_gap(), frame.time);
  if (row.configured != ipsec::kNoAssociation) {
    const std::uint32_t window = world_.associations()[row.configured].replay_window;
    if (window != 0 && row.sequence.last_distance() >= window) ++row.beyond_window;
  }
  const bool fresh = sighting != Sighting::kDuplicate && sighting != Sighting::kReplayed;
  const std::uint32_t header_size = kEspHeaderSize + (header.wrapped ? kWespHeaderSize : 0);
  if (header.protocol == decode::SecurityProtocol::kEsp && fresh && octets.size() >= header_size) {
    row.null_esp.add(octets.subspan(header_size), header.captured >= header.size);
  }
  return sighting;
}

}  // namespace espy::verify
