// ChunkPool: a bounded store of octets in fixed chunks, for data that must outlive its frame. A stored run is a Chain; releasing it
// gives its chunks back for the next run, so a busy pool allocates nothing. It does not know what it stores. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"

namespace espy::assemble {

// A run of octets in a ChunkPool. A default Chain is empty and belongs to any pool.
struct Chain {
  std::uint32_t first = 0xffffffff;
  std::uint32_t size = 0;  // octets
};

class ChunkPool {
 public:
  static constexpr std::size_t kChunkSize = 512;

  // `limit`: octets that all chains together may take, rounded up to whole chunks.
  explicit ChunkPool(std::size_t limit);

  bool fits(std::size_t size) const { return chunks_for(size) <= limit_ - used_; }
  // Copies `bytes` in; they must fit.
  Chain store(base::Bytes bytes);
  // Gives the chunks back and empties the chain.
  void release(Chain& chain);
  // `target` must hold chain.size octets.
  void copy(const Chain& chain, std::span<std::uint8_t> target) const;
  // True when the first min(chain.size, bytes.size()) octets are the same.
  bool same_start(const Chain& chain, base::Bytes bytes) const;

  // Octets taken from the limit by the chains that are held.
  std::size_t used() const { return used_ * kChunkSize; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  static constexpr std::size_t kSlabChunks = 64;
  using Chunk = std::array<std::uint8_t, kChunkSize>;
  using Slab = std::array<Chunk, kSlabChunks>;

  static std::size_t chunks_for(std::size_t size) { return (size + kChunkSize - 1) / kChunkSize; }
  std::uint32_t take();
  Chunk& chunk(std::uint32_t index) { return (*slabs_[index / kSlabChunks])[index % kSlabChunks]; }
  const Chunk& chunk(std::uint32_t index) const { return (*slabs_[index / kSlabChunks])[index % kSlabChunks]; }
  template <class Visit>
  bool visit(const Chain& chain, Visit visitor) const;

  std::size_t limit_;     // chunks
  std::size_t used_ = 0;  // chunks
  std::uint32_t free_ = kNone;
  std::vector<std::uint32_t> next_;
  std::vector<std::unique_ptr<Slab>> slabs_;
};

}  // namespace espy::assemble
