// Fragments: puts IPv4 and IPv6 fragments together again, in bounded memory and without ever guessing. It gives back the datagram as
// an unfragmented packet; it does not decode that, and it keeps no frames: the caller remembers which frames carried which id.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "assemble/chunk_pool.h"
#include "base/bytes.h"
#include "base/time.h"
#include "decode/packet.h"

namespace espy::assemble {

struct FragmentLimits {
  std::size_t datagrams = 4096;                // kept at once, finished ones that are remembered for duplicates included
  std::size_t octets = std::size_t{32} << 20;  // of fragment data kept in total, counted in whole chunks
  base::Duration age = base::seconds(30);      // of frame time, from a datagram's first captured fragment
};

enum class FragmentKind : std::uint8_t {
  kIncomplete,  // kept; octets are still missing, or were captured short
  kComplete,    // `datagram` holds all of it
  kDuplicate,   // an exact copy of a fragment that is known already, of a finished datagram too
  kRejected,    // `rejection` says why; its datagram, if any, will not be completed
};

enum class FragmentRejection : std::uint8_t {
  kNone,
  kOverlap,    // it overlaps another fragment without being its copy: the datagram is discarded (RFC 5722)
  kTooLarge,   // it would reach beyond 65,535 octets
  kTooMany,    // more pieces than any sender has a reason to make
  kMalformed,  // no data, or a middle piece whose size is no multiple of 8, or two different ends
  kFull,       // there is no room, even without all the others
};

struct FragmentOutcome {
  FragmentKind kind = FragmentKind::kRejected;
  FragmentRejection rejection = FragmentRejection::kNone;
  bool cut_short = false;            // a fragment of this datagram was captured short: it cannot become complete
  bool all_seen = false;             // with cut_short: every fragment came by, nothing is gained by waiting
  bool first_fragment_seen = false;  // the upper layer's header came by
  std::uint64_t id = 0;              // of the datagram, growing from datagram to datagram; 0: it has none
  // kComplete: begins with the first fragment's IP header, its length, offset and checksum corrected and an IPv6 Fragment header
  // removed, as decode::parse_datagram reads an unfragmented packet. Valid until the next call.
  base::Bytes datagram;
};

// A datagram that was given up while it was incomplete.
struct DroppedDatagram {
  std::uint64_t id = 0;
  bool evicted = false;  // for want of room; otherwise it grew too old
  bool cut_short = false;
  bool first_fragment_seen = false;
};

class Fragments {
 public:
  explicit Fragments(const FragmentLimits& limits = {});

  // `packet.layers[layer]` must be a fragment and its offsets must count in `frame`, of which `original_size` octets were on the wire.
  // `now` is the frame's time; it may run backwards.
  FragmentOutcome add(const decode::Packet& packet, std::size_t layer, base::Bytes frame, std::uint32_t original_size, base::Time now);

  // One datagram that was given up since the last call, through eviction or because it is older than the age limit at `now`; nullopt
  // when there is none left. Call it until then after each add().
  std::optional<DroppedDatagram> next_dropped(base::Time now);

  // False too when the datagram is not kept any more.
  bool first_fragment_seen(std::uint64_t id) const;

  std::uint64_t evicted() const { return evicted_; }    // incomplete datagrams that were given up for want of room
  std::uint64_t expired() const { return expired_; }    // and through age
  std::uint64_t overlaps() const { return overlaps_; }  // datagrams discarded because of an overlap
  std::size_t octets() const { return pool_.used(); }
  std::size_t datagrams() const { return count_; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  static constexpr std::uint16_t kMaxPieces = 512;

  struct Key {
    base::Address source;
    base::Address destination;
    std::uint32_t identification = 0;
    std::uint8_t protocol = 0;  // IPv4 only
    bool operator==(const Key&) const = default;
    std::uint64_t hash(std::uint64_t seed) const;
  };

  // What one fragment is, by its own header.
  struct Piece {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;  // on the wire
    std::uint64_t digest = 0;
    Chain data;  // what was captured of it
    std::uint32_t next = kNone;
  };

  enum class State : std::uint8_t { kFree, kOpen, kDiscarded, kFinished };

  struct Datagram {
    Key key;
    State state = State::kFree;
    FragmentRejection rejection = FragmentRejection::kNone;  // kDiscarded
    bool cut_short = false;
    bool first_seen = false;
    std::uint16_t pieces = 0;
    std::uint32_t first_piece = kNone;  // by offset
    std::uint32_t last_piece = kNone;
    std::uint32_t received = 0;  // octets on the wire
    std::uint32_t total = 0;     // octets of data, once the last fragment is known
    Chain header;                // of the first fragment, from the IP header to the data
    std::uint64_t id = 0;
    base::Time started;
    std::uint32_t bucket_next = kNone;
    std::uint32_t older = kNone;  // neighbours in its list
    std::uint32_t newer = kNone;
  };

  // Datagrams in the order in which they began (finished ones: in which they finished).
  struct List {
    std::uint32_t oldest = kNone;
    std::uint32_t newest = kNone;
  };

  struct Arrival;

  FragmentOutcome add_to(std::uint32_t index, const Arrival& arrival);
  FragmentOutcome insert(std::uint32_t index, std::uint32_t before, const Arrival& arrival);
  bool store(Datagram& datagram, std::uint32_t index, std::uint32_t before, const Arrival& arrival);
  FragmentOutcome finish(std::uint32_t index);
  FragmentOutcome reject(std::uint32_t index, FragmentRejection rejection);
  FragmentOutcome outcome(std::uint32_t index, FragmentKind kind) const;
  FragmentOutcome whole(const Arrival& arrival);

  std::uint32_t find(const Key& key) const;
  std::uint32_t begin_datagram(const Key& key, base::Time now);
  void end_datagram(std::uint32_t index);
  void release_data(Datagram& datagram);
  void release_pieces(Datagram& datagram);
  std::uint32_t take_piece();
  bool make_room(std::size_t octets, std::uint32_t keep);
  bool drop_oldest(std::uint32_t keep);
  void drop(std::uint32_t index, bool evicted);
  void expire(base::Time now);
  bool aged(const Datagram& datagram, base::Time now) const;

  std::uint32_t place_of(const Datagram& datagram, std::uint32_t offset) const;
  bool is_copy(const Datagram& datagram, std::uint32_t piece, const Arrival& arrival) const;
  bool overlaps(const Datagram& datagram, std::uint32_t before, const Arrival& arrival) const;
  bool contradicts_end(const Datagram& datagram, const Arrival& arrival) const;
  FragmentRejection check(const Datagram& datagram, std::uint32_t before, const Arrival& arrival) const;
  void link_piece(Datagram& datagram, std::uint32_t before, std::uint32_t piece);
  bool rebuild(const Datagram& datagram);

  List& list_of(const Datagram& datagram) { return datagram.state == State::kFinished ? finished_ : open_; }
  void link(std::uint32_t index);
  void unlink(std::uint32_t index);
  std::size_t bucket(const Key& key) const { return key.hash(seed_) & (buckets_.size() - 1); }

  FragmentLimits limits_;
  std::uint64_t seed_;
  ChunkPool pool_;
  std::vector<Datagram> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<std::uint32_t> buckets_;
  std::vector<Piece> pieces_;
  std::uint32_t free_piece_ = kNone;
  std::size_t piece_limit_;
  List open_;  // open and discarded
  List finished_;
  std::deque<DroppedDatagram> dropped_;
  std::vector<std::uint8_t> rebuilt_;
  std::size_t count_ = 0;
  std::uint64_t begun_ = 0;
  std::uint64_t evicted_ = 0;
  std::uint64_t expired_ = 0;
  std::uint64_t overlaps_ = 0;
};

}  // namespace espy::assemble
