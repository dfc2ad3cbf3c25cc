// KeyedBackend: a back-end made of one PrimitiveFactory. Its transforms hold the keys; its engines make contexts from them when a transform
// is first used and keep them, so that a key schedule is not set up a second time. The library is not started before it is needed: that
// takes milliseconds, and most captures need one library.
#pragma once

#include <string>

#include "crypto/backend.h"
#include "crypto/primitives.h"

namespace espy::crypto {

class KeyedBackend final : public Backend {
 public:
  // `factory` starts the library when it is first called; what it returns lives as long as the process. Thread-safe.
  using Factory = const PrimitiveFactory& (*)();
  KeyedBackend(std::string_view name, Factory factory) : name_(name), factory_(factory) {}

  std::string_view name() const override { return name_; }
  std::string version() const override { return factory_().version(); }
  bool supports(const Parameters& parameters) const override { return is_consistent(parameters) && factory_().supports(parameters); }
  base::Result<std::unique_ptr<Transform>> prepare(const Parameters& parameters) const override;
  std::unique_ptr<Engine> make_engine() const override;

 private:
  std::string_view name_;
  Factory factory_;
};

}  // namespace espy::crypto
