// libraries: which versions of its libraries this module runs with, for `espy --version`.
#pragma once

#include <string>
#include <vector>

namespace espy::capture {

// "libpcap version 1.10.3 …", "zlib 1.2.13", "zstd 1.5.4": of the libraries loaded now, not of the headers compiled against.
std::vector<std::string> library_versions();

}  // namespace espy::capture
