#include <atomic>
#include <mutex>
#include <utility>

#include "capture/sources.h"
#include "capture/track.h"

namespace espy::capture {

namespace {

class StreamSource final : public Source {
 public:
  StreamSource(Opening& opening, std::unique_ptr<Filter> filter, const Options& options)
      : input_(std::move(opening.input)),
        filter_(std::move(filter)),
        quota_(options.count),
        track_(std::move(opening.cutter), opening.name, opening.format, *filter_, quota_),
        ended_(quota_.left() == 0) {}

  bool take(Batch& batch) override {
    const std::lock_guard lock(mutex_);
    if (ended_ || stopped_) return false;
    prepare(batch);
    fill(batch, *input_, block_size(next_));
    if (batch.end == batch.begin) return false;
    batch.ticket = next_++;
    batch.offset = offset_;
    offset_ += batch.end - batch.begin;
    return true;
  }

  void cut(Batch& batch) override {
    track_.cut(batch);
    if (!track_.alive()) ended_ = true;
  }

  std::vector<SourceFacts> facts() const override { return {stopped_ ? track_.facts() : track_.final_facts(input_->trouble())}; }

  std::optional<double> progress() const override { return input_->progress(); }

  void stop() noexcept override {
    stopped_ = true;
    input_->stop();
  }

 private:
  std::unique_ptr<PeekedInput> input_;
  std::unique_ptr<Filter> filter_;
  Quota quota_;
  Track track_;
  std::mutex mutex_;
  std::uint64_t next_ = 0;
  std::uint64_t offset_ = 0;
  std::atomic<bool> ended_;
  std::atomic<bool> stopped_{false};
};

}  // namespace

std::unique_ptr<Source> make_stream_source(Opening opening, std::unique_ptr<Filter> filter, const Options& options) {
  return std::make_unique<StreamSource>(opening, std::move(filter), options);
}

}  // namespace espy::capture
