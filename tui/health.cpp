#include "tui/health.h"

#include <fmt/format.h>

#include <vector>

#include "tui/text.h"

namespace espy::tui {
namespace {

constexpr double kNanoseconds = 1e9;
constexpr int kLongestName = 24;  // cells of a file's name

void count_losses(const verdict::Picture& picture, Health& health) {
  for (const verdict::CaptureState& capture : picture.captures) {
    health.lost_by_kernel += capture.dropped_by_kernel;
    health.lost_by_interface += capture.dropped_by_interface;
    if (!capture.up && health.trouble.empty()) health.trouble = capture.name + " down";
  }
  for (const verdict::SourceSummary& source : picture.summary.sources) {
    health.truncated += source.truncated;
    if (source.damaged && health.trouble.empty()) health.trouble = source.name + " damaged";
    if (!picture.captures.empty()) continue;
    health.lost_by_kernel += source.dropped_by_kernel.value_or(0);
    health.lost_by_interface += source.dropped_by_interface.value_or(0);
  }
}

std::uint64_t octets_of(const verdict::Picture& picture) {
  std::uint64_t sum = 0;
  for (const verdict::SourceSummary& source : picture.summary.sources) sum += source.bytes;
  return sum;
}

std::string rate_words(const Health& health, const verdict::Picture& picture, const Display& display) {
  if (!picture.live) {
    return fmt::format("{} packets, {}", count_text(picture.summary.packets.total), size_text(octets_of(picture)));
  }
  return fmt::format("{} pps, {}", rate_text(health.packets_per_second), throughput_text(health.octets_per_second, display.bits));
}

std::string loss_words(const Health& health, bool wide) {
  if (!wide) return fmt::format("lost {}", health.lost());
  std::string words = fmt::format("lost kernel {} interface {}", health.lost_by_kernel, health.lost_by_interface);
  if (health.truncated > 0) words += fmt::format(", truncated {}", health.truncated);
  return words;
}

std::string keyed_words(const verdict::Picture& picture) {
  if (picture.configured_associations == 0) return "SAs: none given";
  const std::size_t files = picture.association_sources.size();
  std::string words = files == 1 ? shorten(picture.association_sources.front(), kLongestName) : fmt::format("{} files", files);
  const base::Duration age = picture.now - picture.associations_read;
  if (picture.associations_read.known() && age >= base::Duration{}) words += fmt::format(", read {} ago", span_text(age));
  return fmt::format("SAs: {} | keyed {}/{}", words, picture.keyed_associations, picture.configured_associations);
}

}  // namespace

const Health& HealthMeter::measure(const verdict::Picture& picture) {
  Health now{.packets_per_second = health_.packets_per_second, .octets_per_second = health_.octets_per_second, .trouble = {}};
  count_losses(picture, now);
  const std::uint64_t packets = picture.summary.packets.total, octets = octets_of(picture);
  if (picture.now.known() && last_.known() && picture.now > last_ && packets >= packets_) {
    const double span = static_cast<double>((picture.now - last_).nanoseconds) / kNanoseconds;
    now.packets_per_second = static_cast<double>(packets - packets_) / span;
    now.octets_per_second = octets < octets_ ? 0 : static_cast<double>(octets - octets_) / span;
  }
  if (!last_.known() || picture.now > last_) {
    last_ = picture.now;
    packets_ = packets;
    octets_ = octets;
  }
  if (now.lost() > 0 || !now.trouble.empty()) now.state = State::kWarn;
  return health_ = std::move(now);
}

std::string health_line(const Health& health, const verdict::Picture& picture, const Display& display, int width) {
  const std::string head = !health.trouble.empty() ? health.trouble : health.lost() > 0 ? "capture LOST packets" : "capture ok";
  std::string line = fmt::format(" {}: {}, {}", head, rate_words(health, picture, display), loss_words(health, display.layout.wide(width)));
  const std::vector<std::string> rest = {keyed_words(picture), fmt::format("memory {}", size_text(picture.memory_size))};
  for (const std::string& part : rest) {
    if (width_of(line) + 3 + width_of(part) > width) break;
    line += " | " + part;
  }
  return line;
}

std::string health_word(const Health& health) { return health.trouble.empty() ? fmt::format("lost {}", health.lost()) : health.trouble; }

State lowered(State state, const Health& health) { return state == State::kOk && health.state == State::kWarn ? State::kWarn : state; }

}  // namespace espy::tui
