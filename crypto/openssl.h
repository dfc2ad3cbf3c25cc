// OpenSSL as a back-end: everything that its default and legacy providers have.
#pragma once

#include "crypto/backend.h"

namespace espy::crypto {

const Backend& openssl_backend();

}  // namespace espy::crypto
