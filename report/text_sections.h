// The sections of the text report, in the order of the page. Each leaves itself out when it has nothing to say. For text.cpp alone.
#pragma once

#include "report/page.h"
#include "verdict/summary.h"

namespace espy::report {

void write_head(const verdict::Summary& summary, Page& page);
void write_leaks(const verdict::Summary& summary, Page& page);
void write_findings(const verdict::Summary& summary, Page& page);
void write_requirements(const verdict::Summary& summary, Page& page);
void write_packets(const verdict::Summary& summary, Page& page);
void write_associations(const verdict::Summary& summary, Page& page);
void write_doubts(const verdict::Summary& summary, Page& page);

}  // namespace espy::report
