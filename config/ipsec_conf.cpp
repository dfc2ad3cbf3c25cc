#include "config/document.h"

namespace espy::config {

void read_ipsec_conf(Document& document) { document.configuration.has_ike = document.configuration.has_ike || true; }

}  // namespace espy::config
