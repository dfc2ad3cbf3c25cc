#include "crypto/primitives.h"

namespace espy::crypto {

using E = ipsec::Encryption;

bool needs_no_cipher(E encryption) { return encryption == E::kNone || encryption == E::kNull; }

E underlying_cipher(E encryption) {
  switch (encryption) {
    case E::kAesGmac:
    case E::kAesGcmIiv: return E::kAesGcm;
    case E::kAesCcmIiv: return E::kAesCcm;
    case E::kChaCha20Poly1305Iiv: return E::kChaCha20Poly1305;
    default: return encryption;
  }
}

}  // namespace espy::crypto
