// read_ring: takes frames from an interface as espy does, into memory in batches, and does nothing with them: what the ring's size, its
// timeout and the size of a batch are worth. Ends at SIGINT and says what it saw.
#include <fmt/format.h>
#include <poll.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "capture/live_ring.h"

namespace {

constexpr int kWait = 100;  // milliseconds, between two looks at `ended`

std::atomic<bool> ended{false};

struct Plan {
  std::string interface;
  std::uint32_t kib = 0;
  int timeout = 0;          // milliseconds
  std::uint64_t batch = 0;  // frames
};

// Keeps the octets of one batch.
class Batch final : public espy::capture::RingReader {
 public:
  explicit Batch(std::uint64_t most) : most_(most) {}
  bool accept(const espy::capture::RingFrame& frame) override {
    octets_.insert(octets_.end(), frame.data.begin(), frame.data.end());
    return ++frames_ < most_;
  }
  std::uint64_t take() {
    octets_.clear();
    return std::exchange(frames_, 0);
  }

 private:
  std::uint64_t most_;
  std::uint64_t frames_ = 0;
  std::vector<std::uint8_t> octets_;
};

int read(const Plan& plan) {
  espy::capture::Options options;
  options.buffer_size = plan.kib * 1024;
  auto ring = espy::capture::Ring::open(plan.interface, options, plan.timeout);
  if (!ring) {
    fmt::print(stderr, "read_ring: {}\n", espy::base::to_string(ring.error()));
    return 1;
  }
  fmt::print(stderr, "listening on {}\n", plan.interface);
  Batch batch(plan.batch);
  std::uint64_t frames = 0;
  pollfd waiting{.fd = ring->descriptor(), .events = POLLIN, .revents = 0};
  for (bool more = true; more || !ended;) {
    if (!ring->read(plan.batch, batch)) break;
    const std::uint64_t taken = batch.take();
    frames += taken;
    more = taken > 0;
    if (!more && !ended) poll(&waiting, 1, kWait);
  }
  fmt::print(stderr, "{} packets captured\n{} packets dropped by the kernel\n", frames, ring->drops().by_kernel);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    fmt::print(stderr, "usage: read_ring INTERFACE RING_KIB TIMEOUT_MS FRAMES_A_BATCH\n");
    return 2;
  }
  std::signal(SIGINT, [](int) { ended = true; });
  const auto number = [&](int index) { return std::strtoul(arguments[index], nullptr, 10); };
  return read({.interface = arguments[1],
               .kib = static_cast<std::uint32_t>(number(2)),
               .timeout = static_cast<int>(number(3)),
               .batch = number(4)});
}
