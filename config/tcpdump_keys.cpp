#include "config/document.h"

namespace espy::config {

void read_tcpdump_keys(Document&) {}

}  // namespace espy::config
