#include "assemble/fragments.h"

#include <algorithm>
#include <bit>

#include "assemble/fragment_header.h"
#include "base/hash.h"

namespace espy::assemble {

namespace {

constexpr std::size_t kIpv4Protocol = 9;

}  // namespace

struct Fragments::Arrival {
  Key key;
  std::uint32_t offset = 0;
  std::uint32_t size = 0;  // on the wire
  bool more = false;
  base::Bytes header;  // from the IP header to the data
  base::Bytes data;    // what was captured of it
  std::uint64_t digest = 0;

  std::uint32_t end() const { return offset + size; }
  bool cut_short() const { return data.size() < size; }
  bool first() const { return offset == 0; }

  static std::optional<Arrival> make(const decode::Layer& layer, base::Bytes frame, std::uint32_t original_size);
};

std::optional<Fragments::Arrival> Fragments::Arrival::make(const decode::Layer& layer, base::Bytes frame, std::uint32_t original_size) {
  const std::uint64_t packet_end = std::uint64_t{layer.offset} + layer.size;
  if (layer.fragment_data < layer.offset + kIpv4Protocol + 1 || layer.fragment_data > frame.size()) return std::nullopt;
  if (packet_end <= layer.fragment_data || packet_end > original_size) return std::nullopt;
  Arrival arrival;
  arrival.offset = layer.fragment_offset;
  arrival.size = static_cast<std::uint32_t>(packet_end - layer.fragment_data);
  arrival.more = layer.more_fragments;
  arrival.header = frame.subspan(layer.offset, layer.fragment_data - layer.offset);
  arrival.data = frame.subspan(layer.fragment_data);
  arrival.data = arrival.data.first(std::min<std::size_t>(arrival.data.size(), arrival.size));
  const bool ipv4 = layer.source.family == base::Family::kIpv4;
  arrival.key = {layer.source, layer.destination, layer.fragment_id, ipv4 ? arrival.header[kIpv4Protocol] : std::uint8_t{0}};
  if (arrival.more && arrival.size % 8 != 0) return std::nullopt;
  return arrival;
}

std::uint64_t Fragments::Key::hash(std::uint64_t seed) const {
  const std::uint64_t ends = base::hash_bytes(source.octets, base::hash_bytes(destination.octets, seed));
  return base::combine(ends, std::uint64_t{identification} << 8 | protocol);
}

Fragments::Fragments(const FragmentLimits& limits)
    : limits_{std::max<std::size_t>(limits.datagrams, 1), limits.octets, limits.age},
      seed_(base::hash_seed()),
      pool_(limits.octets),
      buckets_(std::bit_ceil(std::max<std::size_t>(limits.datagrams, 1)), kNone),
      piece_limit_(std::max<std::size_t>(limits.octets / ChunkPool::kChunkSize, limits.datagrams)) {}

FragmentOutcome Fragments::add(const decode::Packet& packet, std::size_t layer, base::Bytes frame, std::uint32_t original_size,
                               base::Time now) {
  std::optional<Arrival> arrival = Arrival::make(packet.layers[layer], frame, original_size);
  if (!arrival) return {.rejection = FragmentRejection::kMalformed, .datagram = {}};
  if (arrival->end() > kMaxDatagramSize) return {.rejection = FragmentRejection::kTooLarge, .datagram = {}};
  if (arrival->first() && !arrival->more) return whole(*arrival);
  expire(now);
  arrival->digest = base::hash_bytes(arrival->data, seed_);
  std::uint32_t index = find(arrival->key);
  if (index != kNone && slots_[index].state == State::kFinished) {
    const std::uint32_t before = place_of(slots_[index], arrival->offset);
    if (is_copy(slots_[index], before, *arrival)) return outcome(index, FragmentKind::kDuplicate);
    // Something new under a finished identification: the sender has come round to it again.
    end_datagram(index);
    index = kNone;
  }
  if (index == kNone) index = begin_datagram(arrival->key, now);
  return index == kNone ? FragmentOutcome{.rejection = FragmentRejection::kFull, .datagram = {}} : add_to(index, *arrival);
}

// An IPv6 fragment that is the whole datagram stands alone (RFC 6946).
FragmentOutcome Fragments::whole(const Arrival& arrival) {
  if (arrival.cut_short()) {
    return {.kind = FragmentKind::kIncomplete, .cut_short = true, .all_seen = true, .first_fragment_seen = true, .datagram = {}};
  }
  rebuilt_.assign(arrival.header.begin(), arrival.header.end());
  const std::optional<std::size_t> header_size = unfragment_header(rebuilt_, arrival.size);
  if (!header_size) return {.rejection = FragmentRejection::kMalformed, .datagram = {}};
  rebuilt_.resize(*header_size);
  rebuilt_.insert(rebuilt_.end(), arrival.data.begin(), arrival.data.end());
  return {.kind = FragmentKind::kComplete, .all_seen = true, .first_fragment_seen = true, .datagram = rebuilt_};
}

FragmentOutcome Fragments::add_to(std::uint32_t index, const Arrival& arrival) {
  Datagram& datagram = slots_[index];
  if (datagram.state == State::kDiscarded) return outcome(index, FragmentKind::kRejected);
  const std::uint32_t before = place_of(datagram, arrival.offset);
  if (is_copy(datagram, before, arrival)) return outcome(index, FragmentKind::kDuplicate);
  const FragmentRejection rejection = check(datagram, before, arrival);
  return rejection == FragmentRejection::kNone ? insert(index, before, arrival) : reject(index, rejection);
}

FragmentRejection Fragments::check(const Datagram& datagram, std::uint32_t before, const Arrival& arrival) const {
  if (overlaps(datagram, before, arrival)) return FragmentRejection::kOverlap;
  if (contradicts_end(datagram, arrival)) return FragmentRejection::kMalformed;
  return datagram.pieces >= kMaxPieces ? FragmentRejection::kTooMany : FragmentRejection::kNone;
}

FragmentOutcome Fragments::insert(std::uint32_t index, std::uint32_t before, const Arrival& arrival) {
  Datagram& datagram = slots_[index];
  if (!store(datagram, index, before, arrival)) return reject(index, FragmentRejection::kFull);
  datagram.received += arrival.size;
  datagram.cut_short = datagram.cut_short || arrival.cut_short();
  datagram.first_seen = datagram.first_seen || arrival.first();
  if (!arrival.more) datagram.total = arrival.end();
  if (datagram.total == 0 || datagram.received != datagram.total) return outcome(index, FragmentKind::kIncomplete);
  return finish(index);
}

bool Fragments::store(Datagram& datagram, std::uint32_t index, std::uint32_t before, const Arrival& arrival) {
  const std::size_t header_size = arrival.first() ? arrival.header.size() : 0;
  if (!make_room(header_size + arrival.data.size() + ChunkPool::kChunkSize, index)) return false;
  const std::uint32_t piece = take_piece();
  pieces_[piece] = {.offset = arrival.offset, .size = arrival.size, .digest = arrival.digest, .data = pool_.store(arrival.data)};
  link_piece(datagram, before, piece);
  if (arrival.first()) datagram.header = pool_.store(arrival.header);
  return true;
}

// Everything came by. What is kept from here on serves only to know copies of its fragments.
FragmentOutcome Fragments::finish(std::uint32_t index) {
  Datagram& datagram = slots_[index];
  if (!datagram.cut_short && !rebuild(datagram)) return reject(index, FragmentRejection::kTooLarge);
  FragmentOutcome result = outcome(index, datagram.cut_short ? FragmentKind::kIncomplete : FragmentKind::kComplete);
  result.all_seen = true;
  if (!datagram.cut_short) result.datagram = rebuilt_;
  release_data(datagram);
  unlink(index);
  datagram.state = State::kFinished;
  link(index);
  return result;
}

FragmentOutcome Fragments::reject(std::uint32_t index, FragmentRejection rejection) {
  Datagram& datagram = slots_[index];
  if (rejection == FragmentRejection::kOverlap) ++overlaps_;
  datagram.state = State::kDiscarded;
  datagram.rejection = rejection;
  release_data(datagram);
  release_pieces(datagram);
  return outcome(index, FragmentKind::kRejected);
}

FragmentOutcome Fragments::outcome(std::uint32_t index, FragmentKind kind) const {
  const Datagram& datagram = slots_[index];
  return {.kind = kind,
          .rejection = datagram.rejection,
          .cut_short = datagram.cut_short,
          .all_seen = datagram.state == State::kFinished,
          .first_fragment_seen = datagram.first_seen,
          .id = datagram.id,
          .datagram = {}};
}

bool Fragments::rebuild(const Datagram& datagram) {
  rebuilt_.resize(datagram.header.size);
  pool_.copy(datagram.header, rebuilt_);
  const std::optional<std::size_t> header_size = unfragment_header(rebuilt_, datagram.total);
  if (!header_size) return false;
  rebuilt_.resize(*header_size + datagram.total);
  for (std::uint32_t piece = datagram.first_piece; piece != kNone; piece = pieces_[piece].next) {
    pool_.copy(pieces_[piece].data, std::span(rebuilt_).subspan(*header_size + pieces_[piece].offset));
  }
  return true;
}

bool Fragments::first_fragment_seen(std::uint64_t id) const {
  const std::uint64_t index = id % limits_.datagrams;
  return index < slots_.size() && slots_[index].id == id && slots_[index].state != State::kFree && slots_[index].first_seen;
}

// The last piece that begins at or before `offset`. In order of arrival this is the last piece of all.
std::uint32_t Fragments::place_of(const Datagram& datagram, std::uint32_t offset) const {
  if (datagram.last_piece != kNone && pieces_[datagram.last_piece].offset <= offset) return datagram.last_piece;
  std::uint32_t before = kNone;
  for (std::uint32_t piece = datagram.first_piece; piece != kNone && pieces_[piece].offset <= offset; piece = pieces_[piece].next) {
    before = piece;
  }
  return before;
}

// Two copies may have been captured to different lengths; what both show must agree. A finished datagram keeps only digests.
bool Fragments::is_copy(const Datagram& datagram, std::uint32_t piece, const Arrival& arrival) const {
  if (piece == kNone) return false;
  const Piece& known = pieces_[piece];
  if (known.offset != arrival.offset || known.size != arrival.size) return false;
  const bool known_last = datagram.total != 0 && known.offset + known.size == datagram.total;
  if (known_last == arrival.more) return false;
  if (datagram.state == State::kFinished) return known.digest == arrival.digest;
  return pool_.same_start(known.data, arrival.data);
}

bool Fragments::overlaps(const Datagram& datagram, std::uint32_t before, const Arrival& arrival) const {
  if (before != kNone && pieces_[before].offset + pieces_[before].size > arrival.offset) return true;
  const std::uint32_t after = before == kNone ? datagram.first_piece : pieces_[before].next;
  return after != kNone && pieces_[after].offset < arrival.end();
}

bool Fragments::contradicts_end(const Datagram& datagram, const Arrival& arrival) const {
  if (datagram.total != 0) return !arrival.more || arrival.end() >= datagram.total;
  if (arrival.more || datagram.last_piece == kNone) return false;
  return pieces_[datagram.last_piece].offset > arrival.offset;
}

void Fragments::link_piece(Datagram& datagram, std::uint32_t before, std::uint32_t piece) {
  std::uint32_t& following = before == kNone ? datagram.first_piece : pieces_[before].next;
  pieces_[piece].next = following;
  following = piece;
  if (pieces_[piece].next == kNone) datagram.last_piece = piece;
  ++datagram.pieces;
}

}  // namespace espy::assemble
