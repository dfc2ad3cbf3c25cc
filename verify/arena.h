// Arena: room for the octets that opening a batch of packets brings forth. What take() gave begins a line of the cache and stays where it
// is until reset(). Not thread-safe; grows to the largest batch and stays there.
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
    used_ = lines(used_) * kLine;
    while (chunk_ < chunks_.size() && chunks_[chunk_].size < used_ + size) next_chunk();
    if (chunk_ == chunks_.size()) add_chunk(size);
    std::uint8_t* room = chunks_[chunk_].octets() + used_;
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
  static constexpr std::size_t kLine = 64;
  struct alignas(kLine) Line {
    std::uint8_t octets[kLine];
  };
  struct Chunk {
    std::unique_ptr<Line[]> lines;
    std::size_t size = 0;  // octets

    std::uint8_t* octets() const { return lines[0].octets; }
  };

  static std::size_t lines(std::size_t octets) { return (octets + kLine - 1) / kLine; }

  void next_chunk() {
    ++chunk_;
    used_ = 0;
  }
  void add_chunk(std::size_t least) {
    const std::size_t count = lines(std::max(kChunkSize, least));
    chunks_.push_back({std::make_unique_for_overwrite<Line[]>(count), count * kLine});
    used_ = 0;
  }

  std::vector<Chunk> chunks_;
  std::size_t chunk_ = 0;
  std::size_t used_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace espy::verify
