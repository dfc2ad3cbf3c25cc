#include "capture/libraries.h"

#include <pcap/pcap.h>
#include <zlib.h>
#include <zstd.h>

namespace espy::capture {

std::vector<std::string> library_versions() {
  return {pcap_lib_version(), std::string("zlib ") + zlibVersion(), std::string("zstd ") + ZSTD_versionString()};
}

}  // namespace espy::capture
