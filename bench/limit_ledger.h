// BareLedger: what the limit programs commit to. SAs with a window of sequence numbers, leaking flows, and counts. Both tables are open
// addressing in one piece of memory; a row's place is fetched while the rows before it are worked on.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "bench/limit_frame.h"

namespace espy::bench {

struct BareCounts {
  std::uint64_t packets = 0;
  std::uint64_t esp = 0;
  std::uint64_t ah = 0;
  std::uint64_t ike = 0;
  std::uint64_t leaked = 0;
  std::uint64_t good = 0;
  std::uint64_t repeated = 0;  // sequence numbers seen before, or behind the window
};

// RFC 4303 section 3.4.3, with 1024 numbers as espy has it.
class BareWindow {
 public:
  // Whether the number is new.
  bool add(std::uint32_t sequence) {
    if (sequence > highest_) {
      advance(sequence);
    } else if (highest_ - sequence >= kNumbers) {
      return false;
    }
    std::uint64_t& word = words_[sequence / 64 % kWords];
    const std::uint64_t bit = 1ULL << sequence % 64;
    const bool seen = (word & bit) != 0;
    word |= bit;
    return !seen;
  }

 private:
  static constexpr std::uint32_t kNumbers = 1024 - 64;
  static constexpr std::uint32_t kWords = 1024 / 64;

  void advance(std::uint32_t sequence) {
    const std::uint32_t from = highest_ / 64;
    const std::uint32_t steps = sequence / 64 - from;
    for (std::uint32_t step = 1; step <= (steps < kWords ? steps : kWords); ++step) words_[(from + step) % kWords] = 0;
    highest_ = sequence;
  }

  std::uint32_t highest_ = 0;
  std::array<std::uint64_t, kWords> words_{};
};

struct BareSaRow {
  std::uint64_t key = 0;
  std::uint64_t packets = 0;
  std::uint64_t octets = 0;
  BareWindow window;
};

struct BareFlowRow {
  std::uint64_t key = 0;
  std::uint64_t octets = 0;
  std::uint64_t first_frame = 0;
  std::uint32_t packets = 0;
};

template <class Row>
class BareTable {
 public:
  void prefetch(std::uint64_t key) const { __builtin_prefetch(&rows_[key >> shift_]); }

  Row& operator[](std::uint64_t key) {
    for (std::size_t place = key >> shift_;; place = (place + 1) & (rows_.size() - 1)) {
      if (rows_[place].key == key) return rows_[place];
      if (rows_[place].key == 0) return insert(place, key);
    }
  }
  // nullptr where there is none.
  const Row* find(std::uint64_t key) const {
    for (std::size_t place = key >> shift_;; place = (place + 1) & (rows_.size() - 1)) {
      if (rows_[place].key == key) return &rows_[place];
      if (rows_[place].key == 0) return nullptr;
    }
  }
  std::size_t size() const { return used_; }

 private:
  Row& insert(std::size_t place, std::uint64_t key) {
    if ((used_ + 1) * 2 > rows_.size()) {
      grow();
      return (*this)[key];
    }
    ++used_;
    rows_[place].key = key;
    return rows_[place];
  }

  void grow() {
    std::vector<Row> before(rows_.size() * 2);
    before.swap(rows_);
    --shift_;
    for (const Row& row : before)
      if (row.key != 0) place_of(row.key) = row;
  }

  Row& place_of(std::uint64_t key) {
    std::size_t place = key >> shift_;
    while (rows_[place].key != 0) place = (place + 1) & (rows_.size() - 1);
    return rows_[place];
  }

  std::vector<Row> rows_ = std::vector<Row>(1024);
  unsigned shift_ = 54;  // keeps as many upper bits of a key as rows_ has places
  std::size_t used_ = 0;
};

class BareLedger {
 public:
  void commit(std::span<const Observation> observations, std::uint64_t frames) {
    constexpr std::size_t kAhead = 12;
    const std::size_t size = observations.size();
    for (std::size_t index = 0; index < size; ++index) {
      if (index + kAhead < size) prefetch(observations[index + kAhead]);
      add(observations[index]);
    }
    counts_.packets += frames;
  }

  const BareCounts& counts() const { return counts_; }
  std::size_t associations() const { return associations_.size(); }
  std::size_t flows() const { return flows_.size(); }

 private:
  void prefetch(const Observation& observation) const {
    if (observation.what <= FrameClass::kAh) {
      associations_.prefetch(observation.key);
    } else {
      flows_.prefetch(observation.key);
    }
  }

  void add(const Observation& observation) {
    if (observation.what <= FrameClass::kAh) {
      add_protected(observation);
    } else if (observation.what == FrameClass::kLeak) {
      add_leak(observation);
    } else {
      ++counts_.ike;
    }
  }

  void add_protected(const Observation& observation) {
    BareSaRow& row = associations_[observation.key];
    ++row.packets;
    row.octets += observation.size;
    counts_.repeated += row.window.add(observation.sequence) ? 0 : 1;
    ++(observation.what == FrameClass::kEsp ? counts_.esp : counts_.ah);
    counts_.good += observation.good ? 1 : 0;
  }

  void add_leak(const Observation& observation) {
    BareFlowRow& row = flows_[observation.key];
    if (row.packets++ == 0) row.first_frame = counts_.packets;
    row.octets += observation.size;
    ++counts_.leaked;
  }

  BareTable<BareSaRow> associations_;
  BareTable<BareFlowRow> flows_;
  BareCounts counts_;
};

// As JSON on standard output.
void print_counts(const BareLedger& ledger);

}  // namespace espy::bench
