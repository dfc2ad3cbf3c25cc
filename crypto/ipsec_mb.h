// ipsec_mb: the back-end on Intel's Multi-Buffer Crypto for IPsec library, which works on many packets at once.
#pragma once

#include "crypto/backend.h"

namespace espy::crypto {

// nullptr where espy was built without the library or the processor lacks what it needs (x86-64 with AES-NI and PCLMULQDQ).
const Backend* ipsec_mb_backend();

}  // namespace espy::crypto
