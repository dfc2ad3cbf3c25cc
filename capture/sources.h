// The sources behind capture::open: one regular file read in parallel, one stream, several files merged by time, a live interface.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "capture/opening.h"
#include "capture/source.h"

namespace espy::capture {

// A regular, uncompressed file: blocks are read by their offset, without a lock. `opening` is plain.
base::Result<std::unique_ptr<Source>> make_file_source(Opening opening, std::unique_ptr<Filter> filter, const Options& options);

// A pipe or a compressed file: blocks are read one after another under a lock.
std::unique_ptr<Source> make_stream_source(Opening opening, std::unique_ptr<Filter> filter, const Options& options);

// Several files in time order. Each batch holds frames whose octets were copied out of their files' blocks.
std::unique_ptr<Source> make_merged_source(std::vector<Opening> openings, std::unique_ptr<Filter> filter, const Options& options);

// An interface. Errors: it does not exist, it may not be opened, the filter is wrong.
base::Result<std::unique_ptr<Source>> make_live_source(const Options& options);

}  // namespace espy::capture
