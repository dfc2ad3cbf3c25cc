#include "config/document.h"

namespace espy::config {

void read_ipsec_secrets(Document& document) { document.configuration.has_ike = document.configuration.has_ike || false; }

}  // namespace espy::config
