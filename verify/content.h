// content: whether what a packet decrypted to can be what its trailer says. A wrong key gives random octets.
#pragma once

#include "base/bytes.h"
#include "decode/esp_content.h"

namespace espy::verify {

// `plaintext` with its trailer read. Random octets pass about once in three thousand times.
bool is_sane(base::Bytes plaintext, const decode::EspTrailer& trailer);

}  // namespace espy::verify
