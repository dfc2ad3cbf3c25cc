#include "crypto/ipsec_mb.h"

#ifdef ESPY_HAVE_IPSEC_MB

#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>

#include "crypto/ipsec_mb_engine.h"
#include "crypto/ipsec_mb_transform.h"

namespace espy::crypto {

namespace {

// Expands keys; whoever does that writes the library's number of the last error into it.
const IpsecMbManager& manager_of_thread() {
  thread_local const IpsecMbManager manager;
  return manager;
}

class IpsecMbBackend final : public Backend {
 public:
  std::string_view name() const override { return "ipsec-mb"; }
  std::string version() const override { return std::string("IPsec-MB ") + imb_get_version_str(); }
  bool supports(const Parameters& parameters) const override { return IpsecMbTransform::supports(parameters); }
  base::Result<std::unique_ptr<Transform>> prepare(const Parameters& parameters) const override;
  std::unique_ptr<Engine> make_engine() const override { return make_ipsec_mb_engine(); }
};

base::Result<std::unique_ptr<Transform>> IpsecMbBackend::prepare(const Parameters& parameters) const {
  if (!supports(parameters)) return base::fail("ipsec-mb does not have these algorithms");
  return std::make_unique<IpsecMbTransform>(*this, parameters, *manager_of_thread());
}

}  // namespace

const Backend* ipsec_mb_backend() {
  static const IpsecMbBackend backend;
  static const bool usable = manager_of_thread().usable();
  return usable ? &backend : nullptr;
}

}  // namespace espy::crypto

#else

namespace espy::crypto {

const Backend* ipsec_mb_backend() { return nullptr; }

}  // namespace espy::crypto

#endif
