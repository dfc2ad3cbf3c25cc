// The sections of the text report, in the order of the page. Each leaves itself out when it has nothing to say. For text.cpp alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "report/page.h"
#include "verdict/summary.h"

namespace espy::report {

// "10.0.0.1:23", "[fd00::1]:23", or the address alone.
std::string end_words(const std::string& address, const std::optional<std::uint16_t>& port);
// ", telnet (by its port)"; "" where no application is known.
std::string application_words(const std::string& application, const std::string& by, const Page& page);

void write_head(const verdict::Summary& summary, Page& page);
void write_leaks(const verdict::Summary& summary, Page& page);
void write_findings(const verdict::Summary& summary, Page& page);
void write_requirements(const verdict::Summary& summary, Page& page);
void write_packets(const verdict::Summary& summary, Page& page);
void write_protected_flows(const verdict::Summary& summary, Page& page);
void write_associations(const verdict::Summary& summary, Page& page);
void write_doubts(const verdict::Summary& summary, Page& page);

}  // namespace espy::report
