// libgcrypt as a back-end: Twofish and Serpent, which OpenSSL lacks, and whatever else it has, so that the two can be compared.
#pragma once

#include "crypto/backend.h"

namespace espy::crypto {

const Backend& libgcrypt_backend();

}  // namespace espy::crypto
