#include "cli/live_feed.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "capture/clock.h"
#include "cli/saving.h"

namespace espy::cli {
namespace {

// The chronicle counts by the second, however seldom the screen is drawn.
constexpr std::chrono::nanoseconds kSlowest = std::chrono::seconds(1);

std::shared_ptr<const verdict::Picture> empty_picture(const std::vector<std::string>& interfaces) {
  verdict::Picture picture;
  picture.live = true;
  for (const std::string& name : interfaces) {
    verdict::CaptureState state;
    state.name = name;
    picture.captures.push_back(std::move(state));
  }
  return std::make_shared<const verdict::Picture>(std::move(picture));
}

}  // namespace

LiveFeed::LiveFeed(const Inputs& inputs, std::unique_ptr<Session> session)
    : inputs_(inputs), session_(std::move(session)), shown_(empty_picture(inputs.interfaces)), thread_([this] { listen(); }) {
  chronicle_.keep_events(session_->limits().events);
}

LiveFeed::~LiveFeed() { session_->stop(); }

void LiveFeed::listen() {
  session_->watch({.stops = nullptr,
                   .committed =
                       [this] {
                         if (Clock::now() - last_ >= interval_.load()) publish(false);
                       },
                   .begin_again = {}});
  publish(true);
}

void LiveFeed::publish(bool complete) {
  last_ = Clock::now();
  verdict::Picture picture = session_->picture(session_->limits().rows);
  picture.now = capture::wall_clock();
  picture.complete = complete;
  auto made = std::make_shared<const verdict::Picture>(std::move(picture));
  const std::lock_guard lock(mutex_);
  newest_ = std::move(made);
}

tui::Moment LiveFeed::look(std::optional<base::Time>) {
  std::shared_ptr<const verdict::Picture> taken;
  {
    const std::lock_guard lock(mutex_);
    taken = std::move(newest_);
  }
  if (taken != nullptr) {
    chronicle_.add(taken);
    shown_ = std::move(taken);
  }
  return {.picture = shown_, .whole = shown_, .chronicle = &chronicle_};
}

std::string LiveFeed::name() const { return fmt::format("{}", fmt::join(inputs_.interfaces, ",")); }

void LiveFeed::set_interval(base::Duration interval) { interval_ = std::min(std::chrono::nanoseconds(interval.nanoseconds), kSlowest); }

base::Result<std::string> LiveFeed::save_packets(const std::string& key) {
  return save_samples(*shown_, key, "`espy verify --write` keeps all");
}

base::Result<std::string> LiveFeed::save_report() { return save_json(*shown_); }

}  // namespace espy::cli
