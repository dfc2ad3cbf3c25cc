// Decompression of capture files by zlib and zstd, recognised by content. Both read files of several members or frames as one.
#pragma once

#include <memory>
#include <string>

#include "capture/input.h"

namespace espy::capture {

// "gz", "zst", or empty for anything else.
std::string find_compression(base::Bytes head);

// `compression` as found; a damaged or cut stream ends early with trouble(), everything before it is given.
std::unique_ptr<Input> make_decompressor(const std::string& compression, std::unique_ptr<Input> input);

}  // namespace espy::capture
