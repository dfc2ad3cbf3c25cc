#include "verify/associations.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "decode/numbers.h"

namespace espy::verify {
namespace {

constexpr std::uint32_t kWespHeaderSize = 4;
constexpr std::size_t kFewHistories = 16;
constexpr std::size_t kUsualHistories = base::Limits{}.associations / 4;

ipsec::Protocol protocol_of(const decode::SecurityHeader& header) {
  return header.protocol == decode::SecurityProtocol::kAh ? ipsec::Protocol::kAh : ipsec::Protocol::kEsp;
}

base::Bytes octets_of(const decode::SecurityHeader& header, base::Bytes datagram) {
  if (header.offset >= datagram.size()) return {};
  return datagram.subspan(header.offset, std::min<std::size_t>(header.captured, datagram.size() - header.offset));
}

}  // namespace

// Of four SAs one talks much at a time; those that are configured do not go short for a small limit's sake.
Associations::Associations(const ipsec::World& world, std::size_t limit)
    : world_(world),
      rows_(limit + world.associations().size(), seed_),
      long_limit_(std::max(limit / 4, std::min(world.associations().size() + kFewHistories, kUsualHistories))),
      used_(world.associations().size(), false),
      nonces_(world) {}

// Made on first sight of the SA.
SequenceRun& Associations::run_of(std::uint32_t index) {
  if (index >= runs_.size()) runs_.resize(std::max<std::size_t>(index + 1U, 2 * runs_.size()));
  for (std::size_t row = short_histories_.size(); row <= index; ++row) runs_[row].move_history(short_histories_.add());
  return runs_[index];
}

// For an SA that sends more than its short history has room for.
void Associations::lend_history(std::uint32_t index, base::Time now) {
  if (long_histories_.size() < long_limit_) {
    borrowers_.push_back(index);
    return runs_[index].move_history(long_histories_.add());
  }
  const std::size_t victim = pick_victim(now);
  const std::uint32_t before = std::exchange(borrowers_[victim], index);
  runs_[before].move_history(short_histories_[before]);
  runs_[index].move_history(long_histories_[victim]);
}

// Whose turn it is, but for those who still need theirs.
std::size_t Associations::pick_victim(base::Time now) {
  constexpr int kTries = 16;
  for (int tries = 0; tries < kTries; ++tries) {
    next_victim_ = (next_victim_ + 1) % long_limit_;
    if (now - runs_[borrowers_[next_victim_]].last > kDuplicateWithin) break;
  }
  return next_victim_;
}

void Associations::end_runs() {
  for (std::uint32_t index = 0; index < std::min(runs_.size(), rows_.size()); ++index) rows_[index].row.sequence.end_run(runs_[index]);
}

void Associations::finish() {
  end_runs();
  for (auto [key, row] : rows_) row.sequence.finish();
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
  SequenceRun& run = run_of(sighting.index);
  if (row.packets == 0) {
    configure(row, world_.find_association(key.protocol, key.spi, key.source, key.destination));
    row.encapsulation = header.encapsulation;
    row.first = frame.time;
    row.first_frame = frame.number;
    row.first_source = frame.source;
  }
  ++row.packets;
  row.bytes += layer.size;
  row.last = std::max(row.last, frame.time);
  Checked checked = check.checked;
  if (!whole) {
    checked = Checked::kFragment;
  } else if (header.captured < header.size) {
    checked = Checked::kCutShort;
  }
  const bool authentic = checked == Checked::kGood;
  if (authentic && !row.verifies()) {
    // What came before was under a wrong key or not the peer's: the numbers count from here.
    row.sequence.end_run(run);
    if (row.count(Checked::kBad) > 0) row.sequence = {};
    configure(row, check.association);
  }
  const bool forged = checked == Checked::kBad && row.verifies();
  const base::Bytes own = octets_of(header, octets);
  if (!forged && !row.old_header) {
    const NumberedPacket packet{
        .sequence = header.sequence, .fingerprint = fingerprint_of(own, header.size, seed_), .time = frame.time, .authentic = authentic};
    sighting.sighting = track(row, sighting.index, packet);
    see_content(row, run, header, own, sighting.sighting);
  }
  count_check(row, frame, inspection, index, checked);
  const ipsec::AssociationId id = check.association != ipsec::kNoAssociation ? check.association : row.configured;
  const bool has_iv = id != ipsec::kNoAssociation && header.protocol == decode::SecurityProtocol::kEsp;
  if (!has_iv || !is_fresh(sighting.sighting) || !whole || checked == Checked::kBad) return sighting;
  see_iv(row, frame, iv_layout(id),
         {.sequence = header.sequence,
          .esn_high = check.esn_high,
          .wrapper = header.wrapped ? kWespHeaderSize : 0,
          .icv_size = check.checked == Checked::kGood ? check.icv_size : std::uint8_t{0},
          .whole = header.captured == header.size,
          .octets = own});
  return sighting;
}

void Associations::configure(AssociationRow& row, ipsec::AssociationId id) {
  row.configured = id;
  if (id == ipsec::kNoAssociation) return;
  used_[id] = true;
  const ipsec::Association& association = world_.associations()[id];
  row.old_header = association.old_header;
  row.replay_window = association.replay_window;
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
  row.dummies += check.trailer.next_header == decode::kNoNextHeader;
  const bool tunnel = header.layer + 1U < packet.layer_count && packet.layers[header.layer + 1U].carrier == decode::Carrier::kEspTunnel;
  row.flow_padded += tunnel && packet.layers[header.layer + 1U].size < check.trailer.content_size &&
                     (check.trailer.next_header == decode::kIpv4InIp || check.trailer.next_header == decode::kIpv6InIp);
}

// What could be read of it if it were not encrypted.
void Associations::see_content(AssociationRow& row, SequenceRun& run, const decode::SecurityHeader& header, base::Bytes octets,
                               Sighting sighting) {
  const std::uint32_t header_size = kEspHeaderSize + (header.wrapped ? kWespHeaderSize : 0);
  if (header.protocol != decode::SecurityProtocol::kEsp || !is_fresh(sighting) || octets.size() < header_size) return;
  row.null_esp.add(octets.subspan(header_size), header.captured >= header.size);
  run.encrypted = row.null_esp.verdict() == NullEspVerdict::kEncrypted;
}

IvLayout Associations::iv_layout(ipsec::AssociationId id) const {
  if (id == ipsec::kNoAssociation || world_.associations()[id].old_header) return {};
  const ipsec::Association& association = world_.associations()[id];
  using Form = IvLayout::Form;
  const bool counter = is_counter_mode(association.encryption);
  const std::uint8_t size = ipsec::facts(association.encryption).iv_size;
  return {.form = counter && size == IvLayout::kNonceSize ? Form::kNonce
                  : counter                               ? Form::kCounter
                  : is_cbc(association.encryption)        ? Form::kCbc
                                                          : Form::kNone,
          .size = size,
          .icv_size = ipsec::facts(association.integrity).icv_size,
          .nonces = counter ? nonces_.set_of(id) : 0};
}

void Associations::see_iv(AssociationRow& row, const Frame& frame, const IvLayout& layout, const NumberedIv& iv) {
  const base::Bytes octets = iv.octets;
  const std::size_t start = kEspHeaderSize + iv.wrapper;
  if (layout.form == IvLayout::Form::kNone || octets.size() < start + layout.size) return;
  if (layout.counts()) {
    std::uint64_t nonce = (std::uint64_t{iv.esn_high} << 32) | iv.sequence;
    for (std::size_t index = 0; index < layout.size; ++index) nonce = (nonce << 8) | octets[start + index];
    if (nonces_.add_to(layout.nonces, nonce)) reuse_iv(row, frame);
  } else if (iv.whole) {
    const std::size_t icv_size = iv.icv_size != 0 ? iv.icv_size : layout.icv_size;
    if (octets.size() < start + 2U * layout.size + icv_size) return;
    row.ivs.add(octets.subspan(start, layout.size), octets.first(octets.size() - icv_size).last(layout.size));
  }
}

// V15: what the sequence numbers say is told of the SA and never changes a packet's class.
Sighting Associations::track(AssociationRow& row, std::uint32_t index, const NumberedPacket& packet) {
  SequenceRun& run = runs_[index];
  const Sighting sighting = row.sequence.add(packet, run);
  if (row.sequence.lacks_room()) {
    lend_history(index, packet.time);
    run.write(packet);
  }
  remember_gap(index, row.sequence.last_gap(), packet.time);
  if (log_ != nullptr) log_->add(index, row.sequence, packet, sighting);
  row.beyond_window += row.replay_window != 0 && row.sequence.last_distance() >= row.replay_window;
  return sighting;
}

// Of a packet that is not usual, or that is logged. False: nothing more is to be looked at.
bool Associations::number_oddly(AssociationRow& row, const Frame& frame, const NumberedEsp& esp) {
  if (row.old_header) return false;
  SequenceRun& run = runs_[esp.association];
  const NumberedPacket packet = packet_of(esp);
  const bool next = log_ == nullptr && row.sequence.add_next(packet, run);
  if (!next && !is_fresh(track(row, esp.association, packet))) return false;
  row.null_esp.add(esp.octets(frame).subspan(kEspHeaderSize), esp.legible);
  run.encrypted = row.null_esp.verdict() == NullEspVerdict::kEncrypted;
  return true;
}

void Associations::see_numbered_iv(AssociationRow& row, const IvLayout& ivs, const Frame& frame, const NumberedEsp& esp) {
  see_iv(row, frame, ivs,
         {.sequence = esp.sequence, .esn_high = esp.esn_high, .icv_size = esp.icv_size, .whole = true, .octets = esp.octets(frame)});
}

}  // namespace espy::verify
