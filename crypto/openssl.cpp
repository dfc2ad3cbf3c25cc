#include "crypto/openssl.h"

#include <openssl/crypto.h>

#include <string>

#include "crypto/keyed_backend.h"
#include "crypto/openssl_library.h"
#include "crypto/openssl_primitives.h"

namespace espy::crypto {

namespace {

class OpensslFactory final : public PrimitiveFactory {
 public:
  std::string version() const override {
    const bool legacy = OpensslLibrary::instance().has_legacy();
    return std::string("OpenSSL ") + OpenSSL_version(OPENSSL_VERSION_STRING) +
           (legacy ? " (default and legacy providers)" : " (default provider)");
  }

  bool supports(const Parameters& parameters) const override {
    return has_openssl_cipher(parameters) && has_openssl_mac(parameters.integrity);
  }

  base::Result<Primitives> make(const Parameters& parameters) const override {
    Primitives primitives;
    if (!make_openssl_cipher(parameters, primitives) || !make_openssl_mac(parameters, primitives))
      return base::fail("OpenSSL refuses the key of the SA");
    return primitives;
  }
};

const PrimitiveFactory& factory() {
  static const OpensslFactory factory;
  return factory;
}

}  // namespace

const Backend& openssl_backend() {
  static const KeyedBackend backend("openssl", factory);
  return backend;
}

}  // namespace espy::crypto
