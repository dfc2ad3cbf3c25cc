// content: whether what a packet decrypted to can be what its trailer says. A wrong key gives random octets.
#pragma once

#include "base/bytes.h"
#include "decode/esp_content.h"

namespace espy::verify {

// `plaintext` with its trailer read. True unless chance would do the same about once in four thousand times or more often.
bool is_sane(base::Bytes plaintext, const decode::EspTrailer& trailer);

}  // namespace espy::verify
