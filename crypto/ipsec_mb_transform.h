// IpsecMbTransform: the keys of one SA, expanded as the IPsec-MB library wants them, and a job of the library with everything filled in
// that is the same for every packet of the SA.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "crypto/backend.h"
#include "crypto/initial_vector.h"
#include "ipsec/secret_memory.h"

struct IMB_JOB;
struct IMB_MGR;

namespace espy::crypto {

// How a packet reaches the library: by its queue of jobs, which fills the lanes of multi-buffer code, or by a call of its own, which is
// cheaper where the library works on one buffer at a time anyway.
enum class IpsecMbRoute : std::uint8_t { kQueue, kQueueAead, kGcm, kGmac };

class IpsecMbTransform final : public Transform {
 public:
  static bool supports(const Parameters& parameters);

  // `manager` expands the keys; it is not kept. Only for what is supported.
  IpsecMbTransform(const Backend& backend, const Parameters& parameters, IMB_MGR& manager);
  ~IpsecMbTransform() override;

  const Parameters& parameters() const { return parameters_; }
  IpsecMbRoute route() const { return route_; }
  bool authenticates() const { return authenticates_; }
  const InitialVector& initial_vector() const { return initial_vector_; }
  std::size_t gcm_key_index() const { return gcm_key_index_; }  // 0, 1, 2: 128, 192, 256 bits
  const void* gcm_key() const { return cipher_.data(); }
  const IMB_JOB& model() const { return *model_; }

  // The same SA for a packet that the library's 16-bit lengths cannot hold, prepared by another back-end when first asked for; nullptr
  // where none supports it. Thread-safe.
  const Transform* spare() const;

 private:
  void expand_cipher(IMB_MGR& manager);
  void expand_integrity(IMB_MGR& manager);

  Parameters parameters_;
  InitialVector initial_vector_;
  IpsecMbRoute route_ = IpsecMbRoute::kQueue;
  bool authenticates_ = false;
  std::size_t gcm_key_index_ = 0;
  ipsec::SecretOctets cipher_;     // one of the schedules of ipsec_mb_transform.cpp, or nothing
  ipsec::SecretOctets integrity_;  // likewise
  std::unique_ptr<IMB_JOB> model_;
  mutable std::once_flag spare_once_;
  mutable std::unique_ptr<Transform> spare_;
};

}  // namespace espy::crypto
