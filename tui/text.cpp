#include "tui/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "tui/canvas.h"
#include "tui/unicode.h"

namespace espy::tui {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60, kHour = 3600, kDay = 86'400;

// `value` with one digit behind the point while it is small, and the unit that makes it so.
std::string scaled(double value, std::string_view units) {
  std::size_t unit = 0;
  while (value >= 999.5 && unit < units.size()) {
    value /= 1000;
    ++unit;
  }
  if (unit == 0) return fmt::format("{:.0f}", value);
  return value < 99.95 ? fmt::format("{:.1f}{}", value, units[unit - 1]) : fmt::format("{:.0f}{}", value, units[unit - 1]);
}

struct CalendarTime {
  std::tm parts{};
  std::int64_t fraction = 0;  // nanoseconds
};

CalendarTime calendar(base::Time time, bool utc) {
  CalendarTime made;
  made.fraction = (time.nanoseconds % kSecond + kSecond) % kSecond;
  const std::time_t whole = time.nanoseconds / kSecond - (time.nanoseconds % kSecond < 0 ? 1 : 0);
  utc ? gmtime_r(&whole, &made.parts) : localtime_r(&whole, &made.parts);
  return made;
}

std::string fraction_text(std::int64_t nanoseconds, int decimals) {
  if (decimals <= 0) return "";
  return '.' + fmt::format("{:09}", nanoseconds).substr(0, static_cast<std::size_t>(std::min(decimals, 9)));
}

std::string of_day(const CalendarTime& time, int decimals) {
  return fmt::format("{:02}:{:02}:{:02}{}", time.parts.tm_hour, time.parts.tm_min, time.parts.tm_sec,
                     fraction_text(time.fraction, decimals));
}

std::string zone(const CalendarTime& time, bool utc) {
  if (utc) return "Z";
  const long minutes = time.parts.tm_gmtoff / 60;
  return fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', std::labs(minutes) / 60, std::labs(minutes) % 60);
}

}  // namespace

std::string rate_text(double per_second) {
  if (per_second <= 0) return "0";
  if (per_second < 0.1) return "<0.1";
  if (per_second < 9.95) return fmt::format("{:.1f}", per_second);
  return scaled(per_second, "kMGTPE");
}

std::string count_text(std::uint64_t count) {
  return count < 1'000'000 ? std::to_string(count) : scaled(static_cast<double>(count), "kMGTPE");
}

std::string size_text(std::uint64_t octets) { return scaled(static_cast<double>(octets), "KMGTPE"); }

std::string throughput_text(double octets_per_second, bool bits) {
  const std::string number = scaled(bits ? octets_per_second * 8 : octets_per_second, "kMGTPE");
  const bool has_unit = number.back() > '9';
  const std::string digits = has_unit ? number.substr(0, number.size() - 1) : number;
  return fmt::format("{} {}{}/s", digits, has_unit ? number.substr(number.size() - 1) : "", bits ? "b" : "B");
}

std::string percent_text(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "--";
  if (part >= whole) return "100.00";
  const double percent = std::floor(static_cast<double>(part) / static_cast<double>(whole) * 10'000) / 100;
  return fmt::format("{:.2f}", std::min(percent, 99.99));
}

std::string clock_text(base::Time time, bool utc, int decimals) {
  return time.known() ? of_day(calendar(time, utc), decimals) : "--:--:--";
}

std::string date_text(base::Time time, bool utc, int decimals) {
  if (!time.known()) return "unknown";
  const CalendarTime at = calendar(time, utc);
  return fmt::format("{:04}-{:02}-{:02} {}{}", at.parts.tm_year + 1900, at.parts.tm_mon + 1, at.parts.tm_mday, of_day(at, decimals),
                     zone(at, utc));
}

std::string age_text(base::Duration span) {
  const std::int64_t seconds = std::max<std::int64_t>(span.nanoseconds, 0) / kSecond;
  if (seconds < kDay) return fmt::format("{:02}:{:02}:{:02}", seconds / kHour, seconds / kMinute % 60, seconds % 60);
  return fmt::format("{}d {:02}:{:02}", seconds / kDay, seconds / kHour % 24, seconds / kMinute % 60);
}

std::string span_text(base::Duration span) {
  const std::int64_t nanoseconds = std::max<std::int64_t>(span.nanoseconds, 0);
  if (nanoseconds < 1'000'000) return fmt::format("{} us", nanoseconds / 1000);
  if (nanoseconds < kSecond) return fmt::format("{} ms", nanoseconds / 1'000'000);
  const std::int64_t seconds = nanoseconds / kSecond;
  if (seconds < kMinute) return fmt::format("{} s", seconds);
  if (seconds < kHour)
    return seconds % 60 == 0 ? fmt::format("{} min", seconds / 60) : fmt::format("{} min {} s", seconds / 60, seconds % 60);
  if (seconds < kDay) return fmt::format("{} h {:02} min", seconds / kHour, seconds / kMinute % 60);
  return fmt::format("{} d {} h", seconds / kDay, seconds / kHour % 24);
}

std::vector<std::string> wrap(std::string_view text, int width) {
  std::vector<std::string> lines{""};
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    std::string& last = lines.back();
    if (last.empty()) {
      last = word;
    } else if (width_of(last) + 1 + width_of(word) <= width) {
      (last += ' ') += word;
    } else {
      lines.emplace_back(word);
    }
  }
  return lines;
}

std::string counted(std::uint64_t count, std::string_view noun) { return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s"); }

std::string repeat(char32_t glyph, int count) {
  std::string text;
  for (int done = 0; done < count; ++done) append_utf8(text, glyph);
  return text;
}

}  // namespace espy::tui
