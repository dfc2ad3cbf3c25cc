// Line: the batches of a capture file on their way through N workers, as DESIGN.md section 2 has it and with nothing else: read in
// parallel, cut in order, inspected in parallel, committed in order by whoever comes. Nobody spins. Shares no code with espy's modules: it
// is what they are measured against.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "bench/limit_frame.h"

namespace espy::bench {

// Octets of the file with the record that began in the batch before, and what is made of them.
class Batch {
 public:
  static constexpr std::size_t kSize = 256 * 1024;
  static constexpr std::size_t kCarried = 64 * 1024;  // the largest part of a record that is carried over

  Batch();

  std::uint8_t* octets() { return octets_.get(); }
  // Where each record's frame begins, counted from octets().
  std::span<const std::uint32_t> frames() const { return {frames_.data(), frame_count_}; }
  std::span<Observation> observations() { return {observations_.data(), observation_count_}; }
  void clear_observations() { observation_count_ = 0; }
  Observation& add_observation() { return observations_[observation_count_++]; }

 private:
  friend class Line;
  static constexpr std::size_t kMostFrames = (kSize + kCarried) / 16 + 1;

  struct Free {
    void operator()(std::uint8_t* octets) const { ::operator delete (octets, std::align_val_t{4096}); }
  };

  std::unique_ptr<std::uint8_t, Free> octets_;
  std::vector<std::uint32_t> frames_;
  std::vector<Observation> observations_;
  std::size_t frame_count_ = 0;
  std::size_t observation_count_ = 0;
  std::size_t end_ = 0;  // of the octets read, which begin at kCarried
};

// What a limit program does with its batches.
class Work {
 public:
  virtual ~Work() = default;
  // In parallel, a worker one batch at a time.
  virtual void inspect(Batch& batch, unsigned worker) = 0;
  // In the file's order, never two at a time.
  virtual void commit(Batch& batch) = 0;
};

class Line {
 public:
  // `descriptor` is a classic pcap file of this machine's byte order.
  Line(int descriptor, unsigned jobs, Work& work);
  // Returns when all is committed; the calling thread is a worker.
  void run();

 private:
  enum class State : std::uint8_t { kNone, kReading, kRead, kCutting, kCut, kInspecting, kInspected };
  struct Slot {
    State state = State::kNone;
    std::unique_ptr<Batch> batch;
  };
  enum class Step : std::uint8_t { kRead, kCut, kInspect, kCommit, kWait, kEnd };
  struct Task {
    Step step;
    std::uint64_t ticket = 0;
  };

  void work_as(unsigned worker);
  Task next_task();
  std::uint64_t find_cut() const;
  void perform(const Task& task, unsigned worker);
  void read(std::uint64_t ticket);
  void cut(Batch& batch);
  void settle(const Task& task);
  Slot& slot(std::uint64_t ticket) { return slots_[ticket % slots_.size()]; }
  const Slot& slot(std::uint64_t ticket) const { return slots_[ticket % slots_.size()]; }

  int descriptor_;
  unsigned jobs_;
  Work& work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<Batch>> spare_;  // the last one used is the first one taken: it is in the cache
  std::uint64_t tickets_;                      // of the whole file
  std::uint64_t next_read_ = 0;
  std::uint64_t next_cut_ = 0;
  std::uint64_t next_commit_ = 0;
  unsigned waiting_ = 0;
  bool committing_ = false;
  std::vector<std::uint8_t> carried_;  // the record that the last batch cut could not hold
};

}  // namespace espy::bench
