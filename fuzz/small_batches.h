// SmallBatches: frames that are at hand already as a source of small batches, so that many are under way at once.
#pragma once

#include <algorithm>
#include <mutex>
#include <span>
#include <vector>

#include "capture/source.h"

namespace espy::fuzz {

class SmallBatches : public capture::Source {
 public:
  // `frames` and their octets must outlive it.
  explicit SmallBatches(std::span<const base::Frame> frames) : frames_(frames) {}
  bool take(capture::Batch& batch) override {
    const std::lock_guard lock(mutex_);
    if (next_ * kFrames >= frames_.size()) return false;
    batch.ticket = next_++;
    return true;
  }
  void cut(capture::Batch& batch) override {
    const std::size_t start = batch.ticket * kFrames;
    const auto some = frames_.subspan(start, std::min(kFrames, frames_.size() - start));
    batch.frames.assign(some.begin(), some.end());
  }
  std::vector<capture::SourceFacts> facts() const override { return {}; }
  std::optional<double> progress() const override { return std::nullopt; }
  void stop() noexcept override {}

 private:
  static constexpr std::size_t kFrames = 3;
  std::span<const base::Frame> frames_;
  std::mutex mutex_;
  std::uint64_t next_ = 0;
};

}  // namespace espy::fuzz
