#include "capture/live_interface.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include <fmt/chrono.h>

#include "capture/track.h"

namespace espy::capture {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// "12:01:02"
std::string clock_text(base::Time time) {
  return fmt::format("{:%H:%M:%S}", fmt::gmtime(static_cast<std::time_t>(time.nanoseconds / kSecond)));
}

}  // namespace

base::Result<std::unique_ptr<LiveInterface>> LiveInterface::open(std::uint32_t source, const Options& options) {
  auto ring = Ring::open(options.interfaces[source], options);
  if (!ring) return std::unexpected(std::move(ring.error()));
  return std::unique_ptr<LiveInterface>(new LiveInterface(source, options, std::move(*ring)));
}

LiveInterface::LiveInterface(std::uint32_t source, const Options& options, Ring ring)
    : options_(options), name_(options.interfaces[source]), source_(source), ring_(std::move(ring)), index_(look_at_link(name_).index) {
  facts_.name = name_;
  facts_.format = "live";
  facts_.interfaces.push_back({.name = name_, .link_type = ring_->link_type(), .filter = {}});
  measure();
}

bool LiveInterface::read(Batch& batch, std::uint64_t limit) {
  const std::size_t before = batch.frames.size();
  append_kept(batch, limit);
  limit -= batch.frames.size() - before;
  if (limit == 0 || !kept_.empty() || !ring_) return kept_.empty();
  into_ = &batch;
  if (!ring_->read(limit, *this)) lose(fmt::format("was lost ({})", ring_->trouble()));
  into_ = nullptr;
  return kept_.empty();
}

void LiveInterface::append_kept(Batch& batch, std::uint64_t limit) {
  while (!kept_.empty() && limit-- != 0 && append(batch, kept_.front().frame)) kept_.pop_front();
}

bool LiveInterface::accept(const RingFrame& ring_frame) {
  const Frame frame = describe(ring_frame);
  ++read_;
  if (kept_.empty() && append(*into_, frame)) return true;
  Kept& kept = kept_.emplace_back(Kept{.octets = {frame.data.begin(), frame.data.end()}, .frame = frame});
  kept.frame.data = kept.octets;
  return false;
}

Frame LiveInterface::describe(const RingFrame& frame) const {
  return {.data = frame.data,
          .original_size = frame.original_size,
          .time = frame.time,
          .number = read_ + 1,
          .source = source_,
          .interface = 0,
          .link_type = ring_->link_type(),
          .direction = base::Direction::kUnknown};
}

void LiveInterface::count(const Frame& frame) {
  if (facts_.packets++ == 0) facts_.first = facts_.last = frame.time;
  facts_.bytes += frame.original_size;
  facts_.truncated += frame.data.size() < frame.original_size ? 1 : 0;
  facts_.first = std::min(facts_.first, frame.time);
  facts_.last = std::max(facts_.last, frame.time);
}

// A device that is not listened to promiscuously is not asked for its own drops by libpcap.
void LiveInterface::measure() {
  if (!ring_) return;
  const RingDrops now = ring_->drops();
  facts_.dropped_by_kernel = facts_.dropped_by_kernel.value_or(0) + (now.by_kernel - drops_.by_kernel);
  if (options_.promiscuous)
    facts_.dropped_by_interface = facts_.dropped_by_interface.value_or(0) + (now.by_interface - drops_.by_interface);
  drops_ = now;
}

void LiveInterface::look(std::span<const LinkNews> news) {
  if (index_ == 0 && ring_) return;
  const LinkState link = look_at_link(name_);
  if (!ring_) return try_again(link);
  carrier_ = link.carrier;
  const auto ours = [this](const LinkNews& one) { return one.index == index_; };
  const auto gone = [&](const LinkNews& one) { return ours(one) && one.gone; };
  if (link.index != index_ || std::ranges::any_of(news, gone)) return lose("was removed");
  if (!link.up || std::ranges::any_of(news, ours)) begin_interruption("went down");
  if (link.up) end_interruption();
}

void LiveInterface::lose(std::string_view why) {
  measure();
  begin_interruption(why);
  ring_.reset();
}

void LiveInterface::try_again(const LinkState& link) {
  if (index_ != 0 && !link.up) return;
  auto ring = Ring::open(name_, options_);
  if (!ring) {
    note_ = fmt::format("{} and cannot be opened again: {}", what_, ring.error().message);
    return;
  }
  ring_.emplace(std::move(*ring));
  drops_ = {};
  index_ = link.index;
  end_interruption();
}

void LiveInterface::begin_interruption(std::string_view what) {
  if (down_since_.known()) return;
  down_since_ = wall_clock();
  ++facts_.interruptions;
  note_ = what_ = fmt::format("{} at {} UTC", what, clock_text(down_since_));
  if (facts_.interruptions == 1) facts_.interruption = note_;
}

void LiveInterface::end_interruption() {
  if (!down_since_.known()) return;
  note_ = fmt::format("{} and is back since {}", what_, clock_text(wall_clock()));
  if (facts_.interruptions == 1) facts_.interruption = note_;
  down_since_ = base::kNever;
}

SourceState LiveInterface::state() const {
  return {.name = name_,
          .up = !down_since_.known(),
          .note = note_.empty() && !carrier_ ? "has no carrier" : note_,
          .packets = facts_.packets,
          .bytes = facts_.bytes,
          .dropped_by_kernel = facts_.dropped_by_kernel.value_or(0),
          .dropped_by_interface = facts_.dropped_by_interface.value_or(0)};
}

}  // namespace espy::capture
