// text: numbers, sizes, shares, moments and spans as narrow columns show them. Pure; knows no layout. Long forms are in report/words.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace espy::tui {

// "0", "3.1", "812", "1.5k", "41.0k", "2.3M": at most 6 cells.
std::string rate_text(double per_second);
// All digits up to a million, then "1.2M": at most 6 cells.
std::string count_text(std::uint64_t count);
// "392", "4.2K", "812M", "1.5G": octets, powers of 1000.
std::string size_text(std::uint64_t octets);
// "812 Mb/s" or "101 MB/s".
std::string throughput_text(double octets_per_second, bool bits);
// "99.79", "100.00" only where it is exact, "--" of nothing.
std::string percent_text(std::uint64_t part, std::uint64_t whole);
// "20:31:05" with 0 to 9 decimals, "--:--:--" when unknown. Local time where `utc` is false.
std::string clock_text(base::Time time, bool utc, int decimals = 0);
// "2026-11-21 20:31:05.004118Z", or local time with its offset.
std::string date_text(base::Time time, bool utc, int decimals = 0);
// "00:41:05", "3d 04:12".
std::string age_text(base::Duration span);
// "870 us", "3 ms", "12 s", "5 min", "2 h 05 min", "3 d 4 h".
std::string span_text(base::Duration span);

// Words in lines of at most `width` cells; a word that is longer is cut. At least one line.
std::vector<std::string> wrap(std::string_view text, int width);
// "1 packet", "12 packets".
std::string counted(std::uint64_t count, std::string_view noun);
// `glyph` that many times, as UTF-8.
std::string repeat(char32_t glyph, int count);

}  // namespace espy::tui
