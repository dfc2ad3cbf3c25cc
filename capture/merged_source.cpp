#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <utility>

#include "capture/sources.h"
#include "capture/track.h"

namespace espy::capture {

namespace {

// One of the files. It is opened when its turn comes and closed when it has ended, so that any number of files can be given.
class Lane {
 public:
  Lane(Opening opening, Filter& filter, Quota& quota)
      : name_(opening.name),
        first_(opening.first),
        input_(std::move(opening.input)),
        track_(std::move(opening.cutter), opening.name, opening.format, filter, quota) {}

  base::Time first() const { return first_; }
  const Frame& head() const { return block_.frames[next_]; }
  void advance() { ++next_; }
  // What the file tells of drops ahead of head(), which is the last frame of `out`.
  void tell(Batch& out) {
    for (; told_ != block_.told.size() && block_.told[told_].before <= next_; ++told_) {
      out.told.push_back(block_.told[told_]);
      out.told.back().before = out.frames.size() - 1;
    }
  }
  // What it tells behind its last frame, once.
  void tell_rest(Batch& out) {
    if (!rest_) return;
    rest_->before = out.frames.size();
    if (rest_->drops != Drops()) out.told.push_back(*rest_);
    rest_.reset();
  }
  double progress() const { return ended_ ? 1.0 : input_ == nullptr ? 0.0 : input_->progress().value_or(0.0); }
  SourceFacts facts() const { return ended_ ? track_.final_facts(trouble_) : track_.facts(); }

  // Makes head() the next frame; false at the end of the file.
  bool refill() {
    if (ended_) return false;
    while (next_ >= block_.frames.size()) {
      if (!read_block()) return end();
    }
    return true;
  }

 private:
  bool read_block() {
    next_ = told_ = 0;
    block_.frames.clear();
    block_.told.clear();
    if (!track_.alive() || !open()) return false;
    prepare(block_);
    fill(block_, *input_, kBlockSize);
    if (block_.end == block_.begin) return false;
    track_.cut(block_);
    return true;
  }

  bool open() {
    if (input_ != nullptr) return true;
    auto input = open_input(name_);
    if (!input) {
      trouble_ = "it could not be opened again: " + input.error().message;
      return false;
    }
    input_ = std::move(*input);
    return true;
  }

  bool end() {
    if (input_ != nullptr && !input_->trouble().empty()) trouble_ = input_->trouble();
    ended_ = true;
    rest_ = track_.told();
    input_.reset();
    block_ = {};
    return false;
  }

  std::string name_;
  base::Time first_;
  std::unique_ptr<PeekedInput> input_;
  Track track_;
  Batch block_;
  std::size_t next_ = 0;
  std::size_t told_ = 0;  // of block_.told, passed on
  std::optional<DropsTold> rest_;
  bool ended_ = false;
  std::string trouble_;
};

// A frame's place among those of all files: equal times keep the order in which the files were given.
struct Place {
  base::Time time;
  std::size_t lane = 0;
  auto operator<=>(const Place&) const = default;
};

constexpr Place kLast{.time = {std::numeric_limits<std::int64_t>::max()}, .lane = std::numeric_limits<std::size_t>::max()};

class MergedSource final : public Source {
 public:
  MergedSource(std::vector<Opening> openings, std::unique_ptr<Filter> filter, const Options& options)
      : filter_(std::move(filter)), wanted_(options.count) {
    lanes_.reserve(openings.size());
    for (Opening& opening : openings) {
      waiting_.push_back({.time = opening.first, .lane = lanes_.size()});
      lanes_.emplace_back(std::move(opening), *filter_, unlimited_);
    }
    std::sort(waiting_.begin(), waiting_.end(), std::greater<>());
  }

  bool take(Batch& batch) override {
    const std::lock_guard lock(mutex_);
    if (stopped_) return false;
    prepare(batch);
    gather(batch);
    if (batch.frames.empty()) return false;
    batch.ticket = next_++;
    batch.now = batch.frames.back().time;
    measure();
    return true;
  }

  // take() has merged, and so has cut.
  void cut(Batch&) override {}

  std::vector<SourceFacts> facts() const override {
    std::vector<SourceFacts> facts;
    for (const Lane& lane : lanes_) facts.push_back(lane.facts());
    return facts;
  }

  std::optional<double> progress() const override { return progress_.load(); }
  void stop() noexcept override { stopped_ = true; }

 private:
  void gather(Batch& out) {
    while (wanted_.left() != 0 && !stopped_) {
      Place turn;
      const Place until = find_turn(out, turn);
      if (turn == kLast || !copy_run(lanes_[turn.lane], {turn, until}, out)) return;
    }
  }

  // Sets `turn` to the earliest frame, and returns the place up to which its lane may go on. Both are kLast when nothing is left.
  Place find_turn(Batch& out, Place& turn) {
    for (;;) {
      Place second = kLast;
      find_earliest(out, turn, second);
      if (waiting_.empty()) return second;
      if (turn < waiting_.back()) return std::min(second, waiting_.back());
      active_.push_back(waiting_.back().lane);
      waiting_.pop_back();
    }
  }

  static bool refill(Lane& lane, Batch& out) {
    if (lane.refill()) return true;
    lane.tell_rest(out);
    return false;
  }

  void find_earliest(Batch& out, Place& earliest, Place& second) {
    earliest = kLast;
    std::erase_if(active_, [&](std::size_t lane) { return !refill(lanes_[lane], out); });
    for (const std::size_t lane : active_) {
      const Place place{.time = lanes_[lane].head().time, .lane = lane};
      second = std::min(second, std::max(place, earliest));
      earliest = std::min(earliest, place);
    }
  }

  struct Run {
    Place from;
    Place until;
  };

  // Copies the lane's frames that come before `until`; false when the batch is full.
  bool copy_run(Lane& lane, const Run& run, Batch& out) {
    do {
      if (wanted_.left() == 0 || !append(out, lane.head())) return false;
      lane.tell(out);
      wanted_.use(1);
      lane.advance();
    } while (refill(lane, out) && Place{.time = lane.head().time, .lane = run.from.lane} < run.until);
    return true;
  }

  void measure() {
    double sum = 0;
    for (const Lane& lane : lanes_) sum += lane.progress();
    progress_ = sum / static_cast<double>(lanes_.size());
  }

  std::unique_ptr<Filter> filter_;
  Quota unlimited_{std::nullopt};  // of the lanes, which read ahead
  Quota wanted_;
  std::vector<Lane> lanes_;
  std::vector<Place> waiting_;  // lanes not yet opened, the earliest last
  std::vector<std::size_t> active_;
  std::mutex mutex_;
  std::uint64_t next_ = 0;
  std::atomic<double> progress_{0.0};
  std::atomic<bool> stopped_{false};
};

}  // namespace

std::unique_ptr<Source> make_merged_source(std::vector<Opening> openings, std::unique_ptr<Filter> filter, const Options& options) {
  return std::make_unique<MergedSource>(std::move(openings), std::move(filter), options);
}

}  // namespace espy::capture
