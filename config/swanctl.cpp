#include "config/document.h"

namespace espy::config {

void read_swanctl(Document& document) { document.configuration.has_ike = document.configuration.has_ike || true; }

}  // namespace espy::config
