#include "verify/associations.h"

#include <algorithm>

#include "base/hash.h"

namespace espy::verify {
namespace {

constexpr std::uint32_t kNoHistory = 0xffffffff;
constexpr std::size_t kFingerprintOctets = 16;
constexpr std::uint32_t kEspHeaderSize = 8;
constexpr std::uint32_t kWespHeaderSize = 4;
constexpr std::uint8_t kIpv4 = 4;
constexpr std::uint8_t kIpv6 = 41;
constexpr std::uint8_t kDummy = 59;

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
    : world_(world), rows_(kLimit, base::hash_seed()), used_(world.associations().size(), false), nonces_(world) {}

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

std::uint32_t Associations::find(const decode::Packet& packet, const decode::SecurityHeader& header) const {
  const decode::Layer& layer = packet.layers[header.layer];
  return rows_.find({layer.source, layer.destination, header.spi, protocol_of(header)});
}

AssociationSighting Associations::see(const Frame& frame, const Inspection& inspection, std::size_t index, base::Bytes octets, bool whole) {
  const decode::SecurityHeader& header = inspection.packet.security[index];
  const HeaderCheck& check = inspection.checks[index];
  const decode::Layer& layer = inspection.packet.layers[header.layer];
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
  Checked checked = check.checked;
  if (!whole) {
    checked = Checked::kFragment;
  } else if (header.captured < header.size) {
    checked = Checked::kCutShort;
  }
  const bool authentic = checked == Checked::kGood;
  if (authentic && !row.verifies()) {
    // What came before was under a wrong key or not the peer's: the numbers count from here.
    if (row.count(Checked::kBad) > 0) row.sequence = {};
    row.configured = check.association;
    used_[row.configured] = true;
  }
  const bool forged = checked == Checked::kBad && row.verifies();
  if (!forged && !is_old(row)) sighting.sighting = track(sighting.index, frame, header, octets, authentic);
  count_check(row, frame, inspection, index, checked);
  const bool fresh = sighting.sighting != Sighting::kDuplicate && sighting.sighting != Sighting::kReplayed;
  if (fresh && whole && checked != Checked::kBad) see_iv(row, frame, header, check, octets_of(header, octets));
  return sighting;
}

// The headers of RFC 1826 and RFC 1827 carry no sequence number.
bool Associations::is_old(const AssociationRow& row) const {
  return row.configured != ipsec::kNoAssociation && world_.associations()[row.configured].old_header;
}

void Associations::count_check(AssociationRow& row, const Frame& frame, const Inspection& inspection, std::size_t index, Checked checked) {
  const HeaderCheck& check = inspection.checks[index];
  if (checked == Checked::kBad || checked == Checked::kEsnUnknown) row.bad.see(facts_of(frame));
  const bool odd = check.decrypted && (!check.opened || !check.trailer.default_padding);
  if (odd) row.odd.see(facts_of(frame));
  ++row.checked[static_cast<std::size_t>(checked)];
  if (checked == Checked::kGood) row.icv_size = check.icv_size;
  if (checked == Checked::kGood && check.esn) {
    const std::uint64_t number = (std::uint64_t{check.esn_high} << 32) | inspection.packet.security[index].sequence;
    row.esn_highest = std::max(row.esn_highest, number);
  }
  row.failed += check.decrypted && !check.opened;
  if (check.opened) count_content(row, inspection.packet, inspection.packet.security[index], check);
}

void Associations::count_content(AssociationRow& row, const decode::Packet& packet, const decode::SecurityHeader& header,
                                 const HeaderCheck& check) {
  ++row.opened;
  row.padding_bad += !check.trailer.default_padding;
  row.dummies += check.trailer.next_header == kDummy;
  const bool tunnel = header.layer + 1U < packet.layer_count && packet.layers[header.layer + 1U].carrier == decode::Carrier::kEspTunnel;
  row.flow_padded += tunnel && packet.layers[header.layer + 1U].size < check.trailer.content_size &&
                     (check.trailer.next_header == kIpv4 || check.trailer.next_header == kIpv6);
}

// `octets`: the header and what follows, as on the wire.
void Associations::see_iv(AssociationRow& row, const Frame& frame, const decode::SecurityHeader& header, const HeaderCheck& check,
                          base::Bytes octets) {
  const ipsec::AssociationId id = check.association != ipsec::kNoAssociation ? check.association : row.configured;
  if (id == ipsec::kNoAssociation || header.protocol != decode::SecurityProtocol::kEsp) return;
  const ipsec::Association& association = world_.associations()[id];
  const std::size_t iv_size = ipsec::facts(association.encryption).iv_size;
  const std::size_t start = kEspHeaderSize + (header.wrapped ? kWespHeaderSize : 0);
  if (association.old_header || octets.size() < start + iv_size) return;
  if (is_counter_mode(association.encryption)) {
    std::uint64_t nonce = (std::uint64_t{check.esn_high} << 32) | header.sequence;
    for (std::size_t index = 0; index < iv_size; ++index) nonce = (nonce << 8) | octets[start + index];
    if (!nonces_.add(id, nonce)) return;
    ++row.iv_reused;
    row.odd.see(facts_of(frame));
  } else if (is_cbc(association.encryption) && header.captured == header.size) {
    const std::size_t icv_size = check.checked == Checked::kGood ? check.icv_size : ipsec::facts(association.integrity).icv_size;
    if (octets.size() < start + 2 * iv_size + icv_size) return;
    row.ivs.add(octets.subspan(start, iv_size), octets.first(octets.size() - icv_size).last(iv_size));
  }
}

// V15: what the sequence numbers say is told of the SA and never changes a packet's class.
Sighting Associations::track(std::uint32_t index, const Frame& frame, const decode::SecurityHeader& header, base::Bytes datagram,
                             bool authentic) {
  AssociationRow& row = rows_[index].row;
  const base::Bytes octets = octets_of(header, datagram);
  const Sighting sighting = row.sequence.add(
      {.sequence = header.sequence, .fingerprint = fingerprint_of(header, octets), .time = frame.time, .authentic = authentic},
      history_of(row, index));
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
