#include "config/document.h"

namespace espy::config {

void read_esp_sa(Document&) {}

}  // namespace espy::config
