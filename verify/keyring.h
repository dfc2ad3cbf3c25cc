// Keyring: the prepared keys of every configured SA, made once before a run and read by all workers. It tries nothing: PacketOpener does.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "crypto/library.h"
#include "ipsec/world.h"

namespace espy::verify {

// One way to read the packets of an SA; several where its configuration leaves the ICV's size open.
struct Reading {
  std::unique_ptr<crypto::Transform> transform;
  bool esn = false;
  bool old_header = false;
};

// Why an SA has no reading.
enum class KeyState : std::uint8_t { kUsable, kNoKey, kNoAlgorithm };

class Keyring {
 public:
  // Every SA of `world`, which must outlive the keyring. Never fails: an SA that cannot be used has no readings.
  Keyring(const ipsec::World& world, const crypto::Library& library);

  std::span<const Reading> readings(ipsec::AssociationId id) const { return entries_[id].readings; }
  KeyState state(ipsec::AssociationId id) const { return entries_[id].state; }
  const crypto::Library& library() const { return library_; }
  // True when at least one SA can be used.
  bool any() const { return any_; }
  // One sentence for each SA whose keys were given and cannot be used.
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  struct Entry {
    std::vector<Reading> readings;
    KeyState state = KeyState::kNoKey;
  };
  void add(const ipsec::Association& association, Entry& entry);

  crypto::Library library_;
  std::vector<Entry> entries_;  // by AssociationId
  std::vector<std::string> complaints_;
  bool any_ = false;
};

}  // namespace espy::verify
