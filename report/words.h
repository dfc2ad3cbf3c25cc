// Words: numbers, sizes, shares and moments as people read them. Pure; no layout, no colour.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "verdict/summary.h"

namespace espy::report {

// "12,345"
std::string count(std::uint64_t number);
// "1 packet", "12,345 packets"
std::string count(std::uint64_t number, std::string_view noun);
// "999 B", "2.4 kB", "1.3 GB": powers of 1000.
std::string size_words(std::uint64_t bytes);
// "96.2 %". 100 % and 0 % only where they are exact: never rounded to either.
std::string share(std::uint64_t part, std::uint64_t whole);
// "2026-11-21 20:55:13.745 UTC"; "?" when unknown.
std::string moment(base::Time time);
// "2026-11-21 20:55:13.745 to 20:55:14.101 UTC", the second date only where it differs; one moment where both are equal.
std::string period(base::Time first, base::Time last);
// "850 ms", "1.5 s", "2 h 05 min"
std::string span_words(base::Duration duration);
// "frame 41 of wire.pcap"; "" for none. The name is as hostile as the command line.
std::string frame_words(const verdict::Summary& summary, const verdict::FrameReference& frame);

}  // namespace espy::report
