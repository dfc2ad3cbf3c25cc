// BoundedTable: the one hash table of the packet path. It grows by doubling up to a bound that its owner gives, rows never move
// once made, and what no longer fits is counted instead of kept. One thread writes; any number may find() meanwhile.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "base/large_pages.h"
#include "base/prefetch.h"

namespace espy::base {

// Key needs == and a member function `hash(seed)`; Row is default-constructible. References to keys and rows stay valid. Keys lie apart
// from rows: who looks for a key does not wait for who counts in a row.
template <class Key, class Row>
class BoundedTable {
 public:
  struct Entry {
    const Key& key;
    Row& row;
  };
  struct ConstEntry {
    const Key& key;
    const Row& row;
  };

  BoundedTable(std::size_t limit, std::uint64_t seed) : limit_(limit), seed_(seed) {
    const std::size_t chunks = (limit + kChunk - 1) / kChunk;
    keys_.reserve(chunks);  // so that a reader's view of them never moves
    rows_.reserve(chunks);
    use(kFirstSlots);
  }

  // The entry's index, stable for the table's life; kMissing when there is none. Thread-safe: an entry that another thread inserts at the
  // same time is found or not.
  static constexpr std::uint32_t kMissing = 0xffffffff;
  std::uint32_t find(const Key& wanted) const { return find(wanted, wanted.hash(seed_)); }
  // The same in two steps, for those who look for many keys at once: memory is slower than arithmetic. `hash` is what a key's hash(seed())
  // is, and `matches(key)` tells whether it is that one.
  std::uint64_t seed() const { return seed_; }
  void prefetch(std::uint64_t hash) const {
    const Slots& slots = *current_.load(std::memory_order_acquire);
    base::prefetch(&slots.at[hash & slots.mask]);
  }
  template <class Matches>
  std::uint32_t find_if(std::uint64_t hash, Matches matches) const {
    const Slots& slots = *current_.load(std::memory_order_acquire);
    for (std::size_t slot = hash & slots.mask;; slot = (slot + 1) & slots.mask) {
      const std::uint64_t entry = slots.at[slot].entry.load(std::memory_order_acquire);
      if (entry == kEmpty) return kMissing;
      if (tag(entry) == tag(hash) && matches(*slots.at[slot].key.load(std::memory_order_relaxed))) return static_cast<std::uint32_t>(entry);
    }
  }

  // A little after prefetch(): asks for the key of the entry that may be the one; and for its row too.
  void prefetch_key(std::uint64_t hash) const { expect(hash); }
  void prefetch_entry(std::uint64_t hash) const {
    const std::uint32_t index = expect(hash);
    if (index != kMissing) base::prefetch(&rows_[index / kChunk][index % kChunk]);
  }

  // Finds or makes the entry; kMissing when the table is full, and then overflowed() has grown by one.
  std::uint32_t insert(const Key& key) {
    const std::uint64_t hash = key.hash(seed_);
    if (const std::uint32_t found = find(key, hash); found != kMissing) return found;
    if (full()) {
      ++overflowed_;
      return kMissing;
    }
    if ((size_ + 1) * (size_ < kRoomy ? 4 : 2) > slots_.back()->mask + 1) grow();
    if (size_ % kChunk == 0) {
      keys_.push_back(std::make_unique<Key[]>(kChunk));
      rows_.push_back(std::make_unique<Row[]>(kChunk));
    }
    const auto index = static_cast<std::uint32_t>(size_++);
    keys_[index / kChunk][index % kChunk] = key;
    place(*slots_.back(), index, hash);
    if (full()) full_.store(true, std::memory_order_release);
    return index;
  }

  // No entry will be made any more. Thread-safe: what is not found after this was true never will be.
  bool closed() const { return full_.load(std::memory_order_acquire); }
  // An entry that was asked for and has no room, found missing by another thread.
  void count_overflow() { ++overflowed_; }

  Entry operator[](std::uint32_t index) { return {key(index), rows_[index / kChunk][index % kChunk]}; }
  ConstEntry operator[](std::uint32_t index) const { return {key(index), rows_[index / kChunk][index % kChunk]}; }
  std::size_t size() const { return size_; }
  std::uint64_t overflowed() const { return overflowed_; }

  template <class Table>
  class Iterator {
   public:
    using difference_type = std::ptrdiff_t;
    using value_type = decltype(std::declval<Table&>()[0]);
    Iterator() = default;
    Iterator(Table& table, std::uint32_t index) : table_(&table), index_(index) {}
    value_type operator*() const { return (*table_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) { return std::exchange(*this, Iterator(*table_, index_ + 1)); }
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    Table* table_ = nullptr;
    std::uint32_t index_ = 0;
  };
  auto begin() { return Iterator<BoundedTable>(*this, 0); }
  auto end() { return Iterator<BoundedTable>(*this, static_cast<std::uint32_t>(size_)); }
  auto begin() const { return Iterator<const BoundedTable>(*this, 0); }
  auto end() const { return Iterator<const BoundedTable>(*this, static_cast<std::uint32_t>(size_)); }

 private:
  static constexpr std::size_t kChunk = 128;
  static constexpr std::size_t kFirstSlots = 64;
  static constexpr std::size_t kRoomy = 16'384;  // entries up to which three slots of four stay free, so that the first one mostly is right
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};

  // Open addressing. The key is written before the entry that says it is there.
  struct Slot {
    std::atomic<std::uint64_t> entry{kEmpty};  // the upper half of a key's hash, then its index
    std::atomic<const Key*> key{nullptr};
  };
  struct Slots {
    std::size_t mask = 0;
    std::vector<Slot, LargePages<Slot>> at;
  };

  std::uint32_t find(const Key& wanted, std::uint64_t hash) const {
    return find_if(hash, [&](const Key& key) { return key == wanted; });
  }
  std::uint32_t expect(std::uint64_t hash) const {
    return find_if(hash, [](const Key& key) {
      base::prefetch(&key);
      return true;
    });
  }
  bool full() const { return size_ >= limit_; }
  const Key& key(std::uint32_t index) const { return keys_[index / kChunk][index % kChunk]; }
  static std::uint64_t tag(std::uint64_t hash) { return hash & 0xffffffff00000000ULL; }

  void place(Slots& slots, std::uint32_t index, std::uint64_t hash) const {
    std::size_t slot = hash & slots.mask;
    while (slots.at[slot].entry.load(std::memory_order_relaxed) != kEmpty) slot = (slot + 1) & slots.mask;
    slots.at[slot].key.store(&key(index), std::memory_order_relaxed);
    slots.at[slot].entry.store(tag(hash) | index, std::memory_order_release);
  }

  // The old slots stay for those who look into them at this moment: all of them together are as large as the new ones.
  void grow() {
    use((slots_.back()->mask + 1) * 2);
    for (std::uint32_t index = 0; index < size_; ++index) place(*slots_.back(), index, key(index).hash(seed_));
    current_.store(slots_.back().get(), std::memory_order_release);
  }

  void use(std::size_t count) {
    slots_.push_back(std::make_unique<Slots>(count - 1, std::vector<Slot, LargePages<Slot>>(count)));
    if (slots_.size() == 1) current_.store(slots_.back().get(), std::memory_order_release);
  }

  std::size_t limit_;
  std::uint64_t seed_;
  std::size_t size_ = 0;
  std::uint64_t overflowed_ = 0;
  std::atomic<bool> full_{false};
  std::vector<std::unique_ptr<Key[]>> keys_;
  std::vector<std::unique_ptr<Row[]>> rows_;
  std::vector<std::unique_ptr<Slots>> slots_;
  std::atomic<const Slots*> current_{nullptr};
};

}  // namespace espy::base
