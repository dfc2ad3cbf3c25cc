// LiveFeed: pictures of a capture on interfaces, made by the packet path once in a while and taken by the screen when it looks.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "cli/options.h"
#include "cli/session.h"
#include "tui/feed.h"

namespace espy::cli {

class LiveFeed final : public tui::Feed {
 public:
  // Begins to listen. Both must outlive it.
  LiveFeed(const Inputs& inputs, std::unique_ptr<Session> session);
  ~LiveFeed() override;
  LiveFeed(const LiveFeed&) = delete;
  LiveFeed& operator=(const LiveFeed&) = delete;

  tui::Moment look(std::optional<base::Time> cursor) override;
  bool live() const override { return true; }
  std::string name() const override;
  void set_interval(base::Duration interval) override;
  base::Result<std::string> save_packets(const std::string& key) override;
  base::Result<std::string> save_report() override;

 private:
  using Clock = std::chrono::steady_clock;

  void listen();
  void publish(bool complete);

  const Inputs& inputs_;
  std::unique_ptr<Session> session_;
  std::atomic<Clock::duration> interval_{std::chrono::seconds(1)};
  Clock::time_point last_{};  // of the packet path
  std::mutex mutex_;
  std::shared_ptr<const verdict::Picture> newest_;  // guarded by mutex_; null once it was taken
  std::shared_ptr<const verdict::Picture> shown_;
  tui::Chronicle chronicle_;
  std::jthread thread_;
};

}  // namespace espy::cli
