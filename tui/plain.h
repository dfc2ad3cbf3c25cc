// Plain: the dashboard for what is no screen (--plain, T19): a line for each thing that changes, in words, without boxes, colours or cursor
// movement. It writes nothing itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tui/feed.h"

namespace espy::tui {

class Plain {
 public:
  explicit Plain(bool utc) : utc_(utc) {}

  // What is new since the last call, escaped, oldest first: the verdict when it or its reason changes, every event, what was lost.
  std::vector<std::string> news(const Moment& moment);

 private:
  void add_verdict(const verdict::Picture& picture, std::vector<std::string>& lines);
  void add_events(const Chronicle& chronicle, std::vector<std::string>& lines);
  std::string stamp(base::Time time) const;

  bool utc_;
  std::string verdict_;
  bool complete_ = false;
  std::optional<std::uint64_t> last_event_;
};

}  // namespace espy::tui
