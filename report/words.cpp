#include "report/words.h"

#include <array>

#include <fmt/format.h>

namespace espy::report {

std::string count(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t place = digits.size(); place > 3;) {
    place -= 3;
    digits.insert(place, 1, ',');
  }
  return digits;
}

std::string count(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", count(number), noun, number == 1 ? "" : "s");
}

std::string size_words(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  constexpr std::array kUnits{"kB", "MB", "GB", "TB", "PB", "EB"};
  auto value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "?";
  if (part == 0) return "0 %";
  if (part >= whole) return "100 %";
  const double percent = static_cast<double>(part) * 100 / static_cast<double>(whole);
  if (percent < 0.1) return "< 0.1 %";
  if (percent > 99.9) return "> 99.9 %";
  return fmt::format("{:.1f} %", percent);
}

namespace {

// "2026-11-21 20:55:13.745"
std::string date_and_time(base::Time time) {
  std::string text = base::to_rfc3339(time).substr(0, 23);
  text[10] = ' ';
  return text;
}

}  // namespace

std::string moment(base::Time time) { return time.known() ? date_and_time(time) + " UTC" : "?"; }

std::string period(base::Time first, base::Time last) {
  if (!first.known() || !last.known()) return moment(first.known() ? first : last);
  const std::string from = date_and_time(first);
  const std::string to = date_and_time(last);
  if (from == to) return from + " UTC";
  const bool same_day = from.substr(0, 10) == to.substr(0, 10);
  return fmt::format("{} to {} UTC", from, same_day ? to.substr(11) : to);
}

std::string span_words(base::Duration duration) {
  const std::int64_t milliseconds = duration.nanoseconds / 1'000'000;
  if (milliseconds < 1000) return fmt::format("{} ms", milliseconds);
  if (milliseconds < 60'000) return fmt::format("{:.1f} s", static_cast<double>(milliseconds) / 1000);
  const std::int64_t minutes = milliseconds / 60'000;
  if (minutes < 60) return fmt::format("{} min {:02} s", minutes, milliseconds / 1000 % 60);
  return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
}

std::string frame_words(const verdict::Summary& summary, const verdict::FrameReference& frame) {
  if (frame.frame == 0) return "";
  if (frame.source >= summary.sources.size()) return "frame " + std::to_string(frame.frame);
  return fmt::format("frame {} of {}", frame.frame, summary.sources[frame.source].name);
}

}  // namespace espy::report
