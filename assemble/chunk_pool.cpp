#include "assemble/chunk_pool.h"

#include <algorithm>
#include <cstring>

namespace espy::assemble {

ChunkPool::ChunkPool(std::size_t limit) : limit_(chunks_for(limit)) {}

std::uint32_t ChunkPool::take() {
  ++used_;
  if (free_ != kNone) {
    const std::uint32_t index = free_;
    free_ = next_[index];
    next_[index] = kNone;
    return index;
  }
  if (next_.size() == slabs_.size() * kSlabChunks) slabs_.push_back(std::make_unique<Slab>());
  next_.push_back(kNone);
  return static_cast<std::uint32_t>(next_.size() - 1);
}

Chain ChunkPool::store(base::Bytes bytes) {
  Chain chain{.first = kNone, .size = static_cast<std::uint32_t>(bytes.size())};
  std::uint32_t last = kNone;
  while (!bytes.empty()) {
    const std::uint32_t index = take();
    const std::size_t part = std::min(bytes.size(), kChunkSize);
    std::memcpy(chunk(index).data(), bytes.data(), part);
    bytes = bytes.subspan(part);
    if (last == kNone)
      chain.first = index;
    else
      next_[last] = index;
    last = index;
  }
  return chain;
}

void ChunkPool::release(Chain& chain) {
  for (std::uint32_t index = chain.first; index != kNone;) {
    const std::uint32_t following = next_[index];
    next_[index] = free_;
    free_ = index;
    index = following;
    --used_;
  }
  chain = {};
}

template <class Visit>
bool ChunkPool::visit(const Chain& chain, Visit visitor) const {
  std::size_t offset = 0;
  for (std::uint32_t index = chain.first; index != kNone; index = next_[index]) {
    const std::size_t part = std::min<std::size_t>(chain.size - offset, kChunkSize);
    if (!visitor(offset, base::Bytes(chunk(index)).first(part))) return false;
    offset += part;
  }
  return true;
}

void ChunkPool::copy(const Chain& chain, std::span<std::uint8_t> target) const {
  visit(chain, [&](std::size_t offset, base::Bytes part) {
    std::memcpy(target.data() + offset, part.data(), part.size());
    return true;
  });
}

bool ChunkPool::same_start(const Chain& chain, base::Bytes bytes) const {
  return visit(chain, [&](std::size_t offset, base::Bytes part) {
    if (offset >= bytes.size()) return true;
    const std::size_t shared = std::min(part.size(), bytes.size() - offset);
    return std::memcmp(part.data(), bytes.data() + offset, shared) == 0;
  });
}

}  // namespace espy::assemble
