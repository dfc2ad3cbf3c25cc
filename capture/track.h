// Track: one capture file on its way from octets to frames: the record that straddles two batches, the facts, the filter. It reads nothing.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "capture/cutter.h"
#include "capture/filter.h"
#include "capture/input.h"
#include "capture/source.h"

namespace espy::capture {

// How many more frames Options::count lets through; shared by the tracks of a source.
class Quota {
 public:
  explicit Quota(std::optional<std::uint64_t> count) : left_(count.value_or(std::numeric_limits<std::uint64_t>::max())) {}
  std::uint64_t left() const { return left_; }
  void use(std::uint64_t count) { left_ -= count; }

 private:
  std::uint64_t left_;
};

class Track {
 public:
  // `filter` and `quota` outlive the track. `format` is as in SourceFacts.
  Track(Cutter cutter, std::string name, std::string format, Filter& filter, Quota& quota);

  // Cuts the octets [begin, end) of a batch, which continue those of the call before, into batch.frames: those that match the filter, until
  // the quota is used up; what is told of drops ahead of a frame into batch.told. batch.begin may move down, and the buffer grow, for what
  // was left over before.
  void cut(Batch& batch);
  // No more frames shall come, for this reason. Only the first reason counts.
  void spoil(std::string damage);
  // False once nothing more can come: damage or quota.
  bool alive() const { return alive_; }
  base::Time now() const { return now_; }
  // What the file told of drops as far as it was cut, as of its end.
  DropsTold told() const { return {.before = 0, .time = {}, .source = cutter_.position().source, .drops = cutter_.drops()}; }
  SourceFacts facts() const;
  // The same when no more octets will come, so that a record left over is damage. `trouble`: why they ended, or empty.
  SourceFacts final_facts(const std::string& trouble) const;

 private:
  void put_carry_in_front(Batch& batch);
  void learn_link_types();
  void place_told(Batch& batch);
  void select(Batch& batch);
  void filter(Batch& batch);
  void count(std::span<const Frame> frames);

  Cutter cutter_;
  Filter& filter_;
  Quota& quota_;
  SourceFacts facts_;
  std::vector<std::uint8_t> carry_;  // the front part of a record whose rest is yet to come
  std::vector<DropsTold> waiting_;   // told behind the last frame
  std::size_t needed_ = 0;           // octets that record needs at least
  std::size_t compiled_ = 0;         // interfaces whose link type the filter was compiled for
  std::string refusal_;              // why the filter cannot be compiled for one of them
  bool alive_ = true;
  base::Time now_;
};

// Makes room for one block, behind the headroom, in a batch that is new or comes back.
void prepare(Batch& batch);

// Copies a frame behind those that a batch holds; false when it does not fit any more. An empty batch has room for every frame.
bool append(Batch& batch, const Frame& frame);

// Brings `size` octets, or fewer where the input ends or the next are not there yet: what a pipe has brought is not held back.
void fill(Batch& batch, Input& input, std::size_t size);

}  // namespace espy::capture
