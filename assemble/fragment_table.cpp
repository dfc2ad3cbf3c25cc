// The bounded table of Fragments: look-up by key, age, and who must go when there is no room.
#include <utility>

#include "assemble/fragments.h"

namespace espy::assemble {

std::uint32_t Fragments::find(const Key& key) const {
  std::uint32_t index = buckets_[bucket(key)];
  while (index != kNone && !(slots_[index].key == key)) index = slots_[index].bucket_next;
  return index;
}

std::uint32_t Fragments::begin_datagram(const Key& key, base::Time now) {
  if (count_ >= limits_.datagrams && !drop_oldest(kNone)) return kNone;
  std::uint32_t index = static_cast<std::uint32_t>(slots_.size());
  if (free_slots_.empty()) {
    slots_.emplace_back();
  } else {
    index = free_slots_.back();
    free_slots_.pop_back();
  }
  Datagram& datagram = slots_[index];
  datagram = {};
  datagram.key = key;
  datagram.state = State::kOpen;
  // Grows with every datagram, and still tells the slot.
  datagram.id = ++begun_ * limits_.datagrams + index;
  datagram.started = now;
  datagram.bucket_next = std::exchange(buckets_[bucket(key)], index);
  link(index);
  ++count_;
  return index;
}

void Fragments::end_datagram(std::uint32_t index) {
  Datagram& datagram = slots_[index];
  release_data(datagram);
  release_pieces(datagram);
  unlink(index);
  std::uint32_t* link_to_it = &buckets_[bucket(datagram.key)];
  while (*link_to_it != index) link_to_it = &slots_[*link_to_it].bucket_next;
  *link_to_it = datagram.bucket_next;
  datagram.state = State::kFree;
  free_slots_.push_back(index);
  --count_;
}

void Fragments::release_data(Datagram& datagram) {
  pool_.release(datagram.header);
  for (std::uint32_t piece = datagram.first_piece; piece != kNone; piece = pieces_[piece].next) pool_.release(pieces_[piece].data);
}

void Fragments::release_pieces(Datagram& datagram) {
  while (datagram.first_piece != kNone) {
    const std::uint32_t piece = datagram.first_piece;
    datagram.first_piece = pieces_[piece].next;
    pieces_[piece].next = free_piece_;
    free_piece_ = piece;
  }
  datagram.last_piece = kNone;
}

std::uint32_t Fragments::take_piece() {
  if (free_piece_ == kNone) {
    pieces_.emplace_back();
    return static_cast<std::uint32_t>(pieces_.size() - 1);
  }
  const std::uint32_t piece = free_piece_;
  free_piece_ = pieces_[piece].next;
  return piece;
}

bool Fragments::make_room(std::size_t octets, std::uint32_t keep) {
  while (!pool_.fits(octets) || (free_piece_ == kNone && pieces_.size() >= piece_limit_)) {
    if (!drop_oldest(keep)) return false;
  }
  return true;
}

// Finished datagrams go first: nobody waits for them.
bool Fragments::drop_oldest(std::uint32_t keep) {
  std::uint32_t index = finished_.oldest != kNone ? finished_.oldest : open_.oldest;
  if (index != kNone && index == keep) index = slots_[index].newer;
  if (index == kNone) return false;
  drop(index, true);
  return true;
}

void Fragments::drop(std::uint32_t index, bool evicted) {
  const Datagram& datagram = slots_[index];
  if (datagram.state == State::kOpen) {
    ++(evicted ? evicted_ : expired_);
    dropped_.push_back(
        {.id = datagram.id, .evicted = evicted, .cut_short = datagram.cut_short, .first_fragment_seen = datagram.first_seen});
    if (dropped_.size() > limits_.datagrams) dropped_.pop_front();
  }
  end_datagram(index);
}

bool Fragments::aged(const Datagram& datagram, base::Time now) const {
  return now.known() && datagram.started.known() && now - datagram.started > limits_.age;
}

void Fragments::expire(base::Time now) {
  while (open_.oldest != kNone && aged(slots_[open_.oldest], now)) drop(open_.oldest, false);
  while (finished_.oldest != kNone && aged(slots_[finished_.oldest], now)) drop(finished_.oldest, false);
}

std::optional<DroppedDatagram> Fragments::next_dropped(base::Time now) {
  expire(now);
  if (dropped_.empty()) return std::nullopt;
  const DroppedDatagram dropped = dropped_.front();
  dropped_.pop_front();
  return dropped;
}

void Fragments::link(std::uint32_t index) {
  List& list = list_of(slots_[index]);
  slots_[index].older = list.newest;
  slots_[index].newer = kNone;
  (list.newest == kNone ? list.oldest : slots_[list.newest].newer) = index;
  list.newest = index;
}

void Fragments::unlink(std::uint32_t index) {
  const Datagram& datagram = slots_[index];
  List& list = list_of(datagram);
  (datagram.older == kNone ? list.oldest : slots_[datagram.older].newer) = datagram.newer;
  (datagram.newer == kNone ? list.newest : slots_[datagram.newer].older) = datagram.older;
}

}  // namespace espy::assemble
