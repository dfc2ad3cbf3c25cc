// Keyring: the prepared keys of every configured SA, made once before a run and read by all workers. It tries nothing: PacketOpener does.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "crypto/library.h"
#include "ipsec/world.h"
#include "verify/header_check.h"

namespace espy::verify {

// One way to read the packets of an SA; several where its configuration leaves the ICV's size open.
struct Reading {
  std::unique_ptr<crypto::Transform> transform;
  bool esn = false;
  bool old_header = false;
};

// Why an SA has no reading.
enum class KeyState : std::uint8_t { kUsable, kNoKey, kNoAlgorithm };

// What is known at once of a header without a usable key.
inline Checked checked_without_key(KeyState state) { return state == KeyState::kNoKey ? Checked::kNoKey : Checked::kNoAlgorithm; }

// The SAs that a header on the wire may belong to, as World::find_associations() finds them.
struct Candidates {
  static constexpr std::size_t kMost = 8;

  std::array<ipsec::AssociationId, kMost> keyed{};  // those with a reading, best first
  std::uint8_t keyed_count = 0;
  std::uint8_t count = 0;                             // with and without
  ipsec::AssociationId best = ipsec::kNoAssociation;  // of all
  KeyState state = KeyState::kNoKey;                  // of the best one
};

class Keyring {
 public:
  // Every SA of `world`, which must outlive the keyring. Never fails: an SA that cannot be used has no readings.
  Keyring(const ipsec::World& world, const crypto::Library& library);

  std::span<const Reading> readings(ipsec::AssociationId id) const { return entries_[id].readings; }
  KeyState state(ipsec::AssociationId id) const { return entries_[id].state; }
  Candidates candidates(ipsec::Protocol protocol, base::Spi spi, const base::Address& source, const base::Address& destination) const;
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

  const ipsec::World& world_;
  crypto::Library library_;
  std::vector<Entry> entries_;  // by AssociationId
  std::vector<std::string> complaints_;
  bool any_ = false;
};

}  // namespace espy::verify
