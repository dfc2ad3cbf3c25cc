#include <poll.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "capture/live_interface.h"
#include "capture/sources.h"
#include "capture/track.h"

namespace espy::capture {

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::seconds kMeasureEvery{1};
constexpr std::chrono::milliseconds kLookAgain{10};  // for the turn of frames that wait

// After so long the kernel has handed over what it had.
constexpr std::chrono::milliseconds kGrace{2 * Ring::kMilliseconds};

// One of the interfaces and, where several are merged, its frames whose turn has not come.
struct Lane {
  std::unique_ptr<LiveInterface> interface;
  Batch block;
  std::size_t next = 0;
  Steady::time_point read_at;

  bool empty() const { return next == block.frames.size(); }
  const Frame& head() const { return block.frames[next]; }
};

class LiveSource final : public Source {
 public:
  LiveSource(std::unique_ptr<Options> options, std::vector<std::unique_ptr<LiveInterface>> interfaces)
      : options_(std::move(options)), quota_(options_->count) {
    for (auto& interface : interfaces) lanes_.push_back({.interface = std::move(interface), .block = {}, .read_at = {}});
    if (options_->duration) end_ = Steady::now() + std::chrono::nanoseconds(options_->duration->nanoseconds);
    if (options_->duration) last_.nanoseconds = wall_clock().nanoseconds + options_->duration->nanoseconds;
    publish();
  }

  bool take(Batch& batch) override {
    const std::lock_guard lock(mutex_);
    const bool more = !over();
    if (more) fill(batch);
    look_around(more ? Steady::now() : Steady::time_point::max());
    publish();
    return more;
  }

  // libpcap hands over frames, not octets: take() has made them already.
  void cut(Batch&) override {}

  std::vector<SourceFacts> facts() const override {
    const std::lock_guard lock(published_mutex_);
    return facts_;
  }

  std::vector<SourceState> states() const override {
    const std::lock_guard lock(published_mutex_);
    return states_;
  }

  std::optional<double> progress() const override { return std::nullopt; }
  void stop() noexcept override { stopped_ = true; }

 private:
  bool over() const { return stopped_ || quota_.left() == 0 || drained_; }

  void fill(Batch& batch) {
    prepare(batch);
    gather(batch);
    batch.ticket = next_++;
    batch.now = now_ = batch.frames.empty() ? std::max(now_, wall_clock()) : batch.frames.back().time;
  }

  void gather(Batch& batch) {
    Steady::time_point deadline = Steady::now() + kTick;
    if (end_) deadline = std::min(deadline, *end_ + kGrace);
    for (;;) {
      const bool ends = end_ && Steady::now() >= *end_ + kGrace;
      const std::size_t before = batch.frames.size();
      const bool room = lanes_.size() == 1 ? lanes_.front().interface->read(batch, quota_.left()) : merge(batch);
      leave_out_late(batch, before);
      count(batch, before);
      const bool any = batch.frames.size() != before;
      drained_ = ends && room && !any;
      if (!room || over() || (!ends && Steady::now() >= deadline)) return;
      if (!any) wait(deadline);
    }
  }

  // What came before the end counts, however late it is taken; what came after it does not.
  void leave_out_late(Batch& batch, std::size_t before) const {
    if (!last_.known()) return;
    const auto fresh = batch.frames.begin() + static_cast<std::ptrdiff_t>(before);
    const auto late = [this](const Frame& frame) { return frame.time > last_; };
    batch.frames.erase(std::remove_if(fresh, batch.frames.end(), late), batch.frames.end());
  }

  void count(const Batch& batch, std::size_t before) {
    for (std::size_t index = before; index < batch.frames.size(); ++index) {
      lanes_[batch.frames[index].source].interface->count(batch.frames[index]);
    }
    quota_.use(batch.frames.size() - before);
  }

  // In the order of time, as far as it is certain. False when the batch is full.
  bool merge(Batch& batch) {
    for (Lane& lane : lanes_) refill(lane);
    for (std::uint64_t left = quota_.left(); left != 0; --left) {
      Lane* lane = earliest();
      if (lane == nullptr || !is_certain(*lane)) return true;
      if (!append(batch, lane->head())) return false;
      ++lane->next;
      refill(*lane);
    }
    return true;
  }

  static void refill(Lane& lane) {
    if (!lane.empty()) return;
    prepare(lane.block);
    lane.next = 0;
    lane.interface->read(lane.block, Quota(std::nullopt).left());
    lane.read_at = Steady::now();
  }

  Lane* earliest() {
    Lane* found = nullptr;
    for (Lane& lane : lanes_) {
      if (!lane.empty() && (found == nullptr || lane.head().time < found->head().time)) found = &lane;
    }
    return found;
  }

  // No other interface can bring an earlier frame any more. A clock that was set back does not hold frames up for long.
  bool is_certain(const Lane& lane) const {
    if (std::ranges::none_of(lanes_, &Lane::empty)) return true;
    const std::int64_t age = wall_clock().nanoseconds - lane.head().time.nanoseconds;
    return std::chrono::nanoseconds(age) >= kGrace || Steady::now() - lane.read_at >= kGrace;
  }

  // For frames of those interfaces that have none waiting, and for news of their links.
  void wait(Steady::time_point deadline) {
    waits_.assign(1, {.fd = watch_.descriptor(), .events = POLLIN, .revents = 0});
    for (const Lane& lane : lanes_) {
      if (lane.empty()) waits_.push_back({.fd = lane.interface->descriptor(), .events = POLLIN, .revents = 0});
    }
    auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now());
    if (waits_.size() <= lanes_.size()) left = std::min(left, kLookAgain);
    ::poll(waits_.data(), waits_.size(), static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, kTick.count())));
    if (waits_.front().revents != 0) look(Steady::now());
  }

  void look(Steady::time_point now) {
    const std::vector<LinkNews> news = watch_.read();
    for (Lane& lane : lanes_) lane.interface->look(news);
    look_next_ = now + kTick;
  }

  void look_around(Steady::time_point now) {
    if (now >= look_next_ && now != Steady::time_point::max()) look(now);
    if (now < measure_next_) return;
    for (Lane& lane : lanes_) lane.interface->measure();
    measure_next_ = Steady::now() + kMeasureEvery;
  }

  void publish() {
    const std::lock_guard lock(published_mutex_);
    facts_.clear();
    states_.clear();
    for (const Lane& lane : lanes_) {
      facts_.push_back(lane.interface->facts());
      states_.push_back(lane.interface->state());
    }
  }

  std::unique_ptr<Options> options_;  // the interfaces refer to them
  Quota quota_;
  std::vector<Lane> lanes_;
  LinkWatch watch_;
  std::optional<Steady::time_point> end_;
  base::Time last_;       // the end, as frames tell the time
  bool drained_ = false;  // of what came before the end
  std::mutex mutex_;
  std::uint64_t next_ = 0;
  base::Time now_;
  Steady::time_point look_next_;
  Steady::time_point measure_next_;
  std::vector<pollfd> waits_;
  std::atomic<bool> stopped_{false};
  mutable std::mutex published_mutex_;
  std::vector<SourceFacts> facts_;
  std::vector<SourceState> states_;
};

}  // namespace

base::Result<std::unique_ptr<Source>> make_live_source(const Options& given) {
  auto options = std::make_unique<Options>(given);
  std::vector<std::unique_ptr<LiveInterface>> interfaces;
  for (std::uint32_t source = 0; source < options->interfaces.size(); ++source) {
    auto interface = LiveInterface::open(source, *options);
    if (!interface) return std::unexpected(std::move(interface.error()));
    interfaces.push_back(std::move(*interface));
  }
  return std::make_unique<LiveSource>(std::move(options), std::move(interfaces));
}

}  // namespace espy::capture
