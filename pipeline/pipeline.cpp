#include "pipeline/pipeline.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

namespace espy::pipeline {
namespace {

// A batch and what inspection found in it.
struct Slot {
  capture::Batch batch;
  verify::Inspected found;
};

class Run {
 public:
  Run(capture::Source& source, const ipsec::World& world, verify::Ledger& ledger, const Options& options)
      : source_(source), world_(world), ledger_(ledger), options_(options) {
    const unsigned jobs = std::max(1U, options.jobs);
    for (unsigned count = 0; count < 2 * jobs + 1; ++count) {
      slots_.push_back(std::make_unique<Slot>());
      free_.push_back(slots_.back().get());
    }
  }

  void work() {
    verify::Inspector inspector(world_, options_.ports, ledger_.keys(), ledger_.hints());
    while (Slot* slot = free_slot()) {
      if (!source_.take(slot->batch)) {
        give_back(slot);
        return;
      }
      cut(*slot);
      inspector.inspect(slot->batch.frames, slot->found);
      commit(slot);
    }
  }

 private:
  Slot* free_slot() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !free_.empty(); });
    Slot* slot = free_.back();
    free_.pop_back();
    return slot;
  }

  void give_back(Slot* slot) {
    const std::lock_guard lock(mutex_);
    free_.push_back(slot);
    changed_.notify_all();
  }

  // In ticket order: a record that straddles two batches needs the first one's tail.
  void cut(Slot& slot) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return next_cut_ == slot.batch.ticket; });
    }
    source_.cut(slot.batch);
    const std::lock_guard lock(mutex_);
    ++next_cut_;
    changed_.notify_all();
  }

  // In ticket order, by whichever worker finds the next batch ready.
  void commit(Slot* slot) {
    std::unique_lock lock(mutex_);
    ready_[slot->batch.ticket] = slot;
    if (committing_) return;
    committing_ = true;
    for (auto next = ready_.find(next_commit_); next != ready_.end(); next = ready_.find(next_commit_)) {
      Slot* done = next->second;
      ready_.erase(next);
      lock.unlock();
      commit_frames(*done);
      if (options_.committed) options_.committed();
      lock.lock();
      ++next_commit_;
      free_.push_back(done);
      changed_.notify_all();
    }
    committing_ = false;
  }

  // Returns where those begin that are left to commit.
  std::size_t commit_to_last_stop(Slot& slot) {
    const capture::Frames& frames = slot.batch.frames;
    std::size_t begin = 0;
    const auto stop = [&](std::size_t index, base::Time time) {
      ledger_.commit(frames, slot.found, begin, index);
      options_.stops->reached(time);
      begin = index;
    };
    auto told = slot.batch.told.begin();
    const auto hear = [&](std::size_t index) {
      for (; told != slot.batch.told.end() && told->before <= index; ++told) {
        // What comes ahead of the first frame begins nothing.
        if (options_.stops->next().known() && told->time >= options_.stops->next()) stop(index, told->time);
        if (options_.told) options_.told(*told);
      }
    };
    for (std::size_t index = 0; index < frames.size(); ++index) {
      hear(index);
      if (frames[index].time >= options_.stops->next()) stop(index, frames[index].time);
    }
    hear(frames.size());
    return begin;
  }

  void commit_frames(Slot& slot) {
    const capture::Frames& frames = slot.batch.frames;
    ledger_.commit(frames, slot.found, options_.stops == nullptr ? 0 : commit_to_last_stop(slot), frames.size());
    if (frames.empty() && slot.batch.now.known()) ledger_.tick(slot.batch.now);
  }

  capture::Source& source_;
  const ipsec::World& world_;
  verify::Ledger& ledger_;
  const Options& options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Slot*> free_;
  std::unordered_map<std::uint64_t, Slot*> ready_;
  std::uint64_t next_cut_ = 0;
  std::uint64_t next_commit_ = 0;
  bool committing_ = false;
};

}  // namespace

void run(capture::Source& source, const ipsec::World& world, verify::Ledger& ledger, const Options& options) {
  Run state(source, world, ledger, options);
  {
    std::vector<std::jthread> others;
    for (unsigned count = 1; count < options.jobs; ++count) others.emplace_back([&] { state.work(); });
    state.work();
  }
  ledger.finish();
}

}  // namespace espy::pipeline
