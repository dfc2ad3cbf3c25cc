// Health: how the capture stands, in one line: what comes, what was lost, whose SAs are known, how much memory is held. A verdict is no
// better than what was seen: any loss lowers OK to WARN (T2).
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "tui/glyphs.h"
#include "tui/view.h"
#include "verdict/picture.h"

namespace espy::tui {

struct Health {
  State state = State::kOk;  // kWarn: something was lost, damaged or is down
  std::uint64_t lost_by_kernel = 0, lost_by_interface = 0, truncated = 0;
  double packets_per_second = 0, octets_per_second = 0;
  std::string trouble;  // the first interface that is down, or file that is damaged; empty: none
  std::uint64_t lost() const { return lost_by_kernel + lost_by_interface; }
};

class HealthMeter {
 public:
  // Pictures as they come, in order of time; one that was seen before changes nothing.
  const Health& measure(const verdict::Picture& picture);

 private:
  base::Time last_;
  std::uint64_t packets_ = 0, octets_ = 0;
  Health health_;
};

// "capture ok: 84.2 kpps 812 Mb/s, lost 0 | SAs: setkey.conf, read 14 s ago | keyed 12/14 | memory 61M", the rear parts left out where
// `width` is short.
std::string health_line(const Health& health, const verdict::Picture& picture, const Display& display, int width);
// "lost 0", "lost 12", "eth0 down".
std::string health_word(const Health& health);

// What a verdict is worth given the health.
State lowered(State state, const Health& health);

}  // namespace espy::tui
