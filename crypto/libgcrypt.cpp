#include "crypto/libgcrypt.h"

#include <gcrypt.h>

#include <string>

#include "crypto/keyed_backend.h"
#include "crypto/libgcrypt_primitives.h"

namespace espy::crypto {

namespace {

class LibgcryptFactory final : public PrimitiveFactory {
 public:
  // Keys are wiped by libgcrypt when contexts close; its pool of locked pages is too small for many SAs and would end the program when
  // used up.
  LibgcryptFactory() : version_(gcry_check_version(nullptr)) {
    gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
  }

  std::string version() const override { return "libgcrypt " + version_; }

  bool supports(const Parameters& parameters) const override {
    return has_libgcrypt_cipher(parameters) && has_libgcrypt_mac(parameters.integrity);
  }

  base::Result<Primitives> make(const Parameters& parameters) const override {
    Primitives primitives;
    if (!make_libgcrypt_cipher(parameters, primitives) || !make_libgcrypt_mac(parameters, primitives))
      return base::fail("libgcrypt refuses the key of the SA");
    return primitives;
  }

 private:
  std::string version_;
};

const PrimitiveFactory& factory() {
  static const LibgcryptFactory factory;
  return factory;
}

}  // namespace

const Backend& libgcrypt_backend() {
  static const KeyedBackend backend("libgcrypt", factory);
  return backend;
}

}  // namespace espy::crypto
