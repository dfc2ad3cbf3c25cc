// KeyedBackend: a back-end made of one PrimitiveFactory. Its transforms hold the keys; its engines make contexts from them when a transform
// is first used and keep them, so that a key schedule is not set up a second time.
#pragma once

#include <string>

#include "crypto/backend.h"
#include "crypto/primitives.h"

namespace espy::crypto {

class KeyedBackend final : public Backend {
 public:
  // `factory` lives as long as the process.
  KeyedBackend(std::string_view name, std::string version, const PrimitiveFactory& factory)
      : name_(name), version_(std::move(version)), factory_(factory) {}

  std::string_view name() const override { return name_; }
  std::string version() const override { return version_; }
  bool supports(const Parameters& parameters) const override { return is_consistent(parameters) && factory_.supports(parameters); }
  base::Result<std::unique_ptr<Transform>> prepare(const Parameters& parameters) const override;
  std::unique_ptr<Engine> make_engine() const override;

 private:
  std::string_view name_;
  std::string version_;
  const PrimitiveFactory& factory_;
};

}  // namespace espy::crypto
