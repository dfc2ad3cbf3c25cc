#include "config/document.h"

namespace espy::config {

void read_xfrm_state(Document&) {}
void read_xfrm_policy(Document&) {}

}  // namespace espy::config
