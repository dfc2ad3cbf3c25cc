// BoundedTable: the one hash table of the packet path. It grows by doubling up to a bound that its owner gives, rows never move
// once made, and what no longer fits is counted instead of kept. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace espy::base {

// Key needs == and a free or member function `hash(seed)`; Row is default-constructible. References to rows stay valid.
template <class Key, class Row>
class BoundedTable {
 public:
  struct Entry {
    Key key;
    Row row;
  };

  BoundedTable(std::size_t limit, std::uint64_t seed) : limit_(limit), seed_(seed), slots_(kFirstSlots, kEmpty) {}

  // The entry's index, stable for the table's life; kMissing when there is none.
  static constexpr std::uint32_t kMissing = 0xffffffff;
  std::uint32_t find(const Key& key) const {
    for (std::size_t slot = first_slot(key);; slot = next(slot)) {
      if (slots_[slot] == kEmpty) return kMissing;
      if (entries_[slots_[slot]].key == key) return slots_[slot];
    }
  }

  // Finds or makes the entry; kMissing when the table is full, and then overflowed() has grown by one.
  std::uint32_t insert(const Key& key) {
    if (const std::uint32_t found = find(key); found != kMissing) return found;
    if (entries_.size() >= limit_) {
      ++overflowed_;
      return kMissing;
    }
    if ((entries_.size() + 1) * 2 > slots_.size()) grow();
    const auto index = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back(Entry{key, Row{}});
    place(index);
    return index;
  }

  Entry& operator[](std::uint32_t index) { return entries_[index]; }
  const Entry& operator[](std::uint32_t index) const { return entries_[index]; }
  std::size_t size() const { return entries_.size(); }
  std::uint64_t overflowed() const { return overflowed_; }
  auto begin() { return entries_.begin(); }
  auto end() { return entries_.end(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  static constexpr std::size_t kFirstSlots = 64;
  static constexpr std::uint32_t kEmpty = kMissing;

  std::size_t first_slot(const Key& key) const { return key.hash(seed_) & (slots_.size() - 1); }
  std::size_t next(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
  void place(std::uint32_t index) {
    std::size_t slot = first_slot(entries_[index].key);
    while (slots_[slot] != kEmpty) slot = next(slot);
    slots_[slot] = index;
  }
  void grow() {
    slots_.assign(slots_.size() * 2, kEmpty);
    for (std::uint32_t index = 0; index < entries_.size(); ++index) place(index);
  }

  std::size_t limit_;
  std::uint64_t seed_;
  std::uint64_t overflowed_ = 0;
  std::vector<std::uint32_t> slots_;
  std::deque<Entry> entries_;
};

}  // namespace espy::base
