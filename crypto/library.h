// Library: the back-ends that this machine has, the choice among them, and the Opener that a worker hands its bursts to.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/backend.h"

namespace espy::crypto {

// All back-ends that were built in and that the processor can run, the fastest with most algorithms first.
std::span<const Backend* const> backends();

// Prepares transforms with the fastest back-end that supports their algorithms, or with one that is forced.
class Library {
 public:
  Library() = default;
  // `name` as in Backend::name(); fails, listing those there are, where it is not available.
  static base::Result<Library> force(std::string_view name);

  bool supports(const Parameters& parameters) const;
  // Fails with a sentence ("no back-end of this machine has twofish-cbc with a key of 192 bits") where nothing supports them.
  base::Result<std::unique_ptr<Transform>> prepare(const Parameters& parameters) const;

 private:
  const Backend* forced_ = nullptr;
};

// One worker's engines. Takes jobs of many SAs and back-ends at once and gives each engine its share in as large bursts as there are. Not
// thread-safe. No allocation once its buffers have grown to the largest burst.
class Opener {
 public:
  Opener();
  ~Opener();
  void open(std::span<Job> jobs) noexcept;

 private:
  struct Share;
  std::vector<Share> shares_;  // one a back-end
};

}  // namespace espy::crypto
