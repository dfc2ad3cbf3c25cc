// IpsecMbEngine: opens bursts with one manager of the IPsec-MB library.
#pragma once

#include <memory>

#include "crypto/backend.h"

struct IMB_MGR;

namespace espy::crypto {

// A manager in memory of our own, wiped when it goes: the library's queues have seen keys.
class IpsecMbManager {
 public:
  IpsecMbManager();
  ~IpsecMbManager();
  IpsecMbManager(const IpsecMbManager&) = delete;
  IpsecMbManager& operator=(const IpsecMbManager&) = delete;

  bool usable() const { return usable_; }  // false: the processor lacks what the library needs, or its self-test failed
  IMB_MGR& operator*() const { return *manager_; }

 private:
  void* memory_ = nullptr;
  IMB_MGR* manager_ = nullptr;
  bool usable_ = false;
};

std::unique_ptr<Engine> make_ipsec_mb_engine();

}  // namespace espy::crypto
