// Arena: room for the octets that opening a batch of packets brings forth. What take() gave stays where it is until reset(). Not
// thread-safe; grows to the largest batch and stays there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace espy::verify {

class Arena {
 public:
  std::uint8_t* take(std::size_t size) {
    while (chunk_ < chunks_.size() && chunks_[chunk_].size - used_ < size) next_chunk();
    if (chunk_ == chunks_.size()) add_chunk(size);
    std::uint8_t* room = chunks_[chunk_].octets.get() + used_;
    used_ += size;
    taken_ += size;
    return room;
  }
  // Gives back the end of what the last take() gave.
  void shorten(std::size_t octets) {
    used_ -= octets;
    taken_ -= octets;
  }
  void reset() { chunk_ = used_ = taken_ = 0; }
  // Octets given since reset().
  std::size_t taken() const { return taken_; }

 private:
  static constexpr std::size_t kChunkSize = 512 * 1024;
  struct Chunk {
    std::unique_ptr<std::uint8_t[]> octets;
    std::size_t size = 0;
  };

  void next_chunk() {
    ++chunk_;
    used_ = 0;
  }
  void add_chunk(std::size_t least) {
    const std::size_t size = std::max(kChunkSize, least);
    chunks_.push_back({std::make_unique_for_overwrite<std::uint8_t[]>(size), size});
    used_ = 0;
  }

  std::vector<Chunk> chunks_;
  std::size_t chunk_ = 0;
  std::size_t used_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace espy::verify
