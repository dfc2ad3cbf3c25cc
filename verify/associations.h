// Associations: every SA that was configured or seen, with its sequence numbers and what its ciphertext looks like from outside. One row
// for each (protocol, SPI, source, destination) on the wire. Bounded; what does not fit is counted.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "base/address.h"
#include "base/bounded_table.h"
#include "base/hash.h"
#include "base/large_pages.h"
#include "base/limits.h"
#include "base/prefetch.h"
#include "base/spi.h"
#include "base/time.h"
#include "decode/packet.h"
#include "ipsec/world.h"
#include "verify/frame.h"
#include "verify/history_pool.h"
#include "verify/iv.h"
#include "verify/null_esp.h"
#include "verify/observation.h"
#include "verify/sequence.h"
#include "verify/sequence_log.h"

namespace espy::verify {

struct alignas(64) AssociationKey {
  base::Address source;
  base::Address destination;
  base::Spi spi;
  ipsec::Protocol protocol = ipsec::Protocol::kEsp;

  bool operator==(const AssociationKey&) const = default;
  std::uint64_t hash(std::uint64_t seed) const { return hash(source, destination, spi, protocol, seed); }
  static std::uint64_t hash(const base::Address& source, const base::Address& destination, base::Spi spi, ipsec::Protocol protocol,
                            std::uint64_t seed) {
    return base::combine(base::hash_ends(source, destination, seed), (static_cast<std::uint64_t>(protocol) << 32) | spi.value);
  }
};

// Where something was seen first and last.
struct Spots {
  base::Time first;
  base::Time last;
  std::uint64_t first_frame = 0;  // 0: never
  std::uint32_t first_source = 0;

  void see(const FrameFacts& frame) {
    if (first_frame == 0) {
      first = frame.time;
      first_frame = frame.number;
      first_source = frame.source;
    }
    last = frame.time;
  }
};

// What most packets touch is in its SequenceRun; what the first ones touch stands first here.
struct alignas(64) AssociationRow {
  ipsec::AssociationId configured = ipsec::kNoAssociation;
  std::uint32_t replay_window = 0;  // as configured
  bool old_header = false;          // RFC 1826, RFC 1827: without a sequence number
  decode::Encapsulation encapsulation = decode::Encapsulation::kNone;
  std::uint8_t icv_size = 0;  // octets, of the reading that verified
  NullEspDetector null_esp;
  SequenceTracker sequence;
  std::array<std::uint64_t, kCheckedCount> checked{};  // indexed by Checked
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  // of the IP packets that carried it
  base::Time first;
  base::Time last;
  std::uint64_t first_frame = 0;
  std::uint32_t first_source = 0;
  Spots bad;                      // a wrong ICV, or no high half of a number that gives a right one
  Spots odd;                      // what is inside makes no sense, is padded oddly, or reuses a vector
  Spots mismatch;                 // what is inside is allowed by no policy of the SA
  std::uint64_t opened = 0;       // decrypted, and what is inside makes sense
  std::uint64_t failed = 0;       // decrypted to nothing that makes sense
  std::uint64_t padding_bad = 0;  // opened, with padding other than 1, 2, 3 …
  std::uint64_t dummies = 0;      // next header 59
  std::uint64_t flow_padded = 0;  // with octets behind the inner packet (TFC)
  std::uint64_t iv_reused = 0;
  std::uint64_t inner_mismatch = 0;  // opened, and what is inside is allowed by no policy of the SA
  std::uint64_t beyond_window = 0;   // later than the configured window allows
  std::uint64_t esn_highest = 0;     // the highest number authenticated, 64 bits; 0: none yet
  CbcIvs ivs;
  std::array<std::uint32_t, 4> served{kNotServed, kNotServed, kNotServed, kNotServed};  // StateId of requirements that it serves

  static constexpr std::uint32_t kNotServed = 0xffffffff;
  void serve(std::uint32_t state) {
    const auto place = std::ranges::find_if(served, [state](std::uint32_t known) { return known == state || known == kNotServed; });
    if (place != served.end()) *place = state;
  }
  std::uint64_t count(Checked one) const { return checked[static_cast<std::size_t>(one)]; }
  // More packets, all after the first in the order of the capture.
  void add(std::uint64_t more, std::uint64_t their_bytes, base::Time latest) {
    packets += more;
    bytes += their_bytes;
    last = std::max(last, latest);
  }
  // The same of those that a key opened.
  void add_opened(std::uint64_t more) {
    checked[static_cast<std::size_t>(Checked::kGood)] += more;
    opened += more;
  }
  // What the key told of one of them that is not as most are.
  void see_opened(const OpenedObservation& seen, const Frame& frame) {
    icv_size = seen.traits.icv_size;
    flow_padded += seen.traits.flow_padded;
    padding_bad += !seen.traits.default_padding;
    if (!seen.traits.default_padding) odd.see(facts_of(frame));
    if (seen.traits.esn) esn_highest = std::max(esn_highest, (std::uint64_t{seen.esn_high} << 32) | seen.sequence);
  }
  // What it decrypts to makes no sense, but for what chance alone lets pass: its encryption key is not the sender's.
  bool senseless() const { return failed > opened * 16; }
  // At least one of its packets is authentic, so that a wrong ICV is the packet's fault and not the key's (V16).
  bool verifies() const { return count(Checked::kGood) > 0; }
};

// A run of numbers that an SA skipped, and when: to tell loss on the network from loss of the capture (V28).
struct GapEvent {
  std::uint32_t association = 0;
  base::Time before;
  base::Time after;
  std::uint64_t numbers = 0;
};

struct AssociationSighting {
  std::uint32_t index = 0xffffffff;  // row, or kMissing when the table is full
  Sighting sighting = Sighting::kNew;
};

inline bool is_fresh(Sighting sighting) { return sighting != Sighting::kDuplicate && sighting != Sighting::kReplayed; }

// A lone ESP packet that was observed.
struct NumberedEsp {
  std::uint32_t association = 0;  // its row
  std::uint32_t sequence = 0;
  std::uint32_t esn_high = 0;
  Fingerprint fingerprint = 0;
  Legibility legible = Legibility::kNot;
  std::uint8_t icv_size = 0;  // 0: as configured
  bool authentic = false;
  std::uint32_t offset = 0;  // of its header in the frame
  std::uint32_t size = 0;    // octets from there on
  base::Time time;
  const std::uint8_t* nonce = nullptr;  // IvLayout::kNonceSize octets behind its header; null: there are not so many

  base::Bytes octets(const Frame& frame) const { return frame.data.subspan(offset, size); }
};

// Where the initialisation vector of an SA's packets stands and what it may give away.
struct IvLayout {
  // kNonce: a counter mode whose vector alone tells packets apart, which is the usual one.
  enum class Form : std::uint8_t { kNone, kNonce, kCounter, kCbc };
  Form form = Form::kNone;
  std::uint8_t size = 0;
  std::uint16_t icv_size = 0;  // as configured
  std::uint32_t nonces = 0;    // kNonce, kCounter: the set of its key

  static constexpr std::size_t kNonceSize = 8;  // of kNonce
  bool counts() const { return form == Form::kNonce || form == Form::kCounter; }
};

// A packet whose vector is looked at.
struct NumberedIv {
  std::uint32_t sequence = 0;
  std::uint32_t esn_high = 0;
  std::uint32_t wrapper = 0;  // octets of a WESP header
  std::uint8_t icv_size = 0;  // 0: as configured
  bool whole = false;
  base::Bytes octets;  // its header and what follows, as on the wire
};

class Associations {
 public:
  static constexpr std::size_t kGapLimit = 2'048;
  static constexpr std::uint32_t kMissing = 0xffffffff;
  static constexpr std::uint32_t kEspHeaderSize = 8;
  static constexpr std::uint32_t kNonceEnd = kEspHeaderSize + IvLayout::kNonceSize;

  // At most `limit` besides those that are configured.
  explicit Associations(const ipsec::World& world, std::size_t limit = base::Limits{}.associations);

  // Counts header `index` of a datagram whose octets hold it as it was on the wire. `whole`: the datagram is not a lone fragment.
  AssociationSighting see(const Frame& frame, const Inspection& inspection, std::size_t index, base::Bytes octets, bool whole);
  // Numbers a packet of a row that was seen before, and looks at its content; the packet is counted by AssociationRow::add().
  void number(AssociationRow& row, const IvLayout& ivs, const Frame& frame, const NumberedEsp& esp) {
    const bool usual = log_ == nullptr && number_usual(esp.association, packet_of(esp), esp.legible);
    if (!usual && !number_oddly(row, frame, esp)) return;
    if (ivs.form == IvLayout::Form::kNonce) return see_nonce(row, frame, ivs, esp.nonce);
    if (ivs.form != IvLayout::Form::kNone) see_numbered_iv(row, ivs, frame, esp);
  }
  // number() where the packet is as most are: the next one of an SA that encrypts. False: number() must. Not where a log is kept, and no
  // vector is looked at.
  bool number_usual(std::uint32_t association, const NumberedPacket& packet, Legibility legible) {
    SequenceRun& run = runs_[association];
    return run.encrypted && legible != Legibility::kPerhaps && run.add(packet);
  }
  // The vector of a packet that number_usual() took, where its form is kNonce: kNonceSize octets, or null where there are not so many.
  void see_nonce(AssociationRow& row, const Frame& frame, const IvLayout& layout, const std::uint8_t* octets) {
    if (octets == nullptr) return;
    std::uint64_t nonce = 0;
    std::memcpy(&nonce, octets, sizeof nonce);
    if (nonces_.add_to(layout.nonces, __builtin_bswap64(nonce))) reuse_iv(row, frame);
  }
  // Brings near what number() will touch: first the run, a few packets later what it points to, and the row where the run will not do. Of
  // rows that were seen before.
  void prefetch_run(std::uint32_t association) const {
    if (association < runs_.size()) base::prefetch(&runs_[association]);
  }
  void prefetch_numbers(std::uint32_t association, std::uint32_t sequence) const {
    const SequenceRun& run = runs_[association];
    run.prefetch(sequence);
    if (!run.goes_on()) prefetch_row(rows_[association].row);
  }
  void prefetch_slot(std::uint32_t association, std::uint32_t sequence) const { runs_[association].prefetch(sequence); }
  void prefetch_nonces(const IvLayout& layout) const {
    if (layout.counts()) nonces_.prefetch(layout.nonces);
  }
  // Of an SA, kNoAssociation too: kNone where its cipher is not known or its vectors say nothing.
  IvLayout iv_layout(ipsec::AssociationId id) const;
  // The row of a header, where it was seen before. Thread-safe.
  std::uint32_t find(const decode::Packet& packet, const decode::SecurityHeader& header) const;

  // From now on what is odd about the numbers is kept one by one.
  void keep_log(std::size_t limit) { log_ = std::make_unique<SequenceLog>(limit); }
  const SequenceLog* log() const { return log_.get(); }  // null: none is kept

  // Brings what runs have counted to where rows() tells it.
  void end_runs();
  // No more packets will come.
  void finish();

  base::BoundedTable<AssociationKey, AssociationRow>& rows() { return rows_; }
  const base::BoundedTable<AssociationKey, AssociationRow>& rows() const { return rows_; }
  const std::deque<GapEvent>& gaps() const { return gaps_; }
  bool gaps_overflowed() const { return gaps_overflowed_; }
  // Configured SAs that carried at least one packet, indexed by AssociationId.
  const std::vector<bool>& used() const { return used_; }

 private:
  SequenceRun& run_of(std::uint32_t index);
  void lend_history(std::uint32_t index, base::Time now);
  std::size_t pick_victim(base::Time now);
  void remember_gap(std::uint32_t index, const Gap& gap, base::Time now);
  void configure(AssociationRow& row, ipsec::AssociationId id);
  static NumberedPacket packet_of(const NumberedEsp& esp) {
    return {.sequence = esp.sequence, .fingerprint = esp.fingerprint, .time = esp.time, .authentic = esp.authentic};
  }
  // What number_oddly() touches of a row for an SA's first packets.
  static void prefetch_row(const AssociationRow& row) {
    constexpr std::size_t kLine = 64;
    constexpr std::size_t kLines = 4;
    const auto* octets = reinterpret_cast<const std::byte*>(&row);
    for (std::size_t line = 0; line < kLines; ++line) base::prefetch(octets + line * kLine);
  }
  bool number_oddly(AssociationRow& row, const Frame& frame, const NumberedEsp& esp);
  static void reuse_iv(AssociationRow& row, const Frame& frame) {
    ++row.iv_reused;
    row.odd.see(facts_of(frame));
  }
  void see_numbered_iv(AssociationRow& row, const IvLayout& ivs, const Frame& frame, const NumberedEsp& esp);
  Sighting track(AssociationRow& row, std::uint32_t index, const NumberedPacket& packet);
  static void see_content(AssociationRow& row, SequenceRun& run, const decode::SecurityHeader& header, base::Bytes octets,
                          Sighting sighting);
  void count_check(AssociationRow& row, const Frame& frame, const Inspection& inspection, std::size_t index, Checked checked);
  void count_content(AssociationRow& row, const decode::Packet& packet, const decode::SecurityHeader& header, const HeaderCheck& check);
  void see_iv(AssociationRow& row, const Frame& frame, const IvLayout& layout, const NumberedIv& iv);

  const ipsec::World& world_;
  std::uint64_t seed_ = base::hash_seed();
  base::BoundedTable<AssociationKey, AssociationRow> rows_;
  std::vector<SequenceRun, base::LargePages<SequenceRun>> runs_;  // by row
  HistoryPool short_histories_{SequenceRun::kShort};              // by row
  HistoryPool long_histories_{SequenceRun::kLong};
  std::size_t long_limit_;
  std::vector<std::uint32_t> borrowers_;  // rows, by long history
  std::size_t next_victim_ = 0;
  std::deque<GapEvent> gaps_;
  bool gaps_overflowed_ = false;
  std::unique_ptr<SequenceLog> log_;
  std::vector<bool> used_;
  Nonces nonces_;
};

}  // namespace espy::verify
