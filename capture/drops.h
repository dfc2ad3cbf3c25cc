// Drops: what a capture says it lost, summed as a file tells of it, and the places in the stream where it does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace espy::capture {

// How many frames the capture says were lost; nullopt: it does not say.
struct Drops {
  std::optional<std::uint64_t> by_kernel{};
  std::optional<std::uint64_t> by_interface{};
  bool operator==(const Drops&) const = default;
};

// A file told something new of its losses.
struct DropsTold {
  std::size_t before = 0;  // index in Batch::frames of the first frame behind that place; their number: none of this batch is
  base::Time time;         // when they were counted, but no later than that frame; kNever: the file does not say
  std::uint32_t source = 0;
  Drops drops{};  // of that source so far
  bool operator==(const DropsTold&) const = default;
};

// The losses of one file so far. Whatever it claims, the sums never shrink nor overflow.
class DropCount {
 public:
  // What an interface counted since its start. `last` is what it said before, and becomes `now`; a counter that shrank began again.
  void add_statistics(const Drops& now, Drops& last);
  // Lost ahead of a single packet.
  void add_packet(std::uint64_t lost);
  // Statistics and packets count the same losses; the larger sum is nearer to the truth.
  Drops sum() const;

 private:
  Drops statistics_;
  std::uint64_t packets_ = 0;
};

}  // namespace espy::capture
