#include "config/document.h"

namespace espy::config {

void read_setkey(Document&) {}

}  // namespace espy::config
