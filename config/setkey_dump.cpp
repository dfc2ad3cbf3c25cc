#include "config/document.h"

namespace espy::config {

void read_setkey_dump(Document&) {}
void read_setkey_policy_dump(Document&) {}

}  // namespace espy::config
