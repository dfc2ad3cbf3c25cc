// Diagnoser: why the ICVs of an SA do not verify. It keeps a few of the packets that failed and, when asked, tries the mistakes that people
// make with keys and parameters on them, until one verifies. A wrong ICV of 96 bits or more that verifies so is proof, not a guess.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "verify/associations.h"
#include "verify/keyring.h"

namespace espy::verify {

// One of REPORT.md's: "auth-key", "encryption-key", "icv-length", "esn", "swapped", "salt", "zeros", "ah-mute:FIELD", "damage", "unknown".
struct Diagnosis {
  std::string name;
  std::string sentence;  // what it means here, for the finding; no key in it
  std::string advice{};  // what to do now
};

class Diagnoser {
 public:
  static constexpr std::size_t kPackets = 8;            // of an SA
  static constexpr std::size_t kLargest = 16'384;       // octets of a packet
  static constexpr std::size_t kAllOctets = 32U << 20;  // of all SAs

  // `keys` may be null: then there is nothing to diagnose. Both must outlive it.
  Diagnoser(const ipsec::World& world, const Keyring* keys) : world_(world), keys_(keys) {}

  // Copies a packet whose header `header` failed, while there is room for it.
  void keep(std::uint32_t association, const Inspection& inspection, std::size_t header);

  // nullopt where no ICV is wrong and what was decrypted makes sense.
  std::optional<Diagnosis> diagnose(std::uint32_t association, const AssociationRow& row) const;

 private:
  struct Kept {
    decode::Packet packet;
    std::vector<std::uint8_t> octets;
    std::size_t header = 0;
    ipsec::AssociationId configured = ipsec::kNoAssociation;
  };

  std::optional<Diagnosis> find(std::uint32_t association, const AssociationRow& row) const;

  const ipsec::World& world_;
  const Keyring* keys_;
  std::unordered_map<std::uint32_t, std::vector<Kept>> kept_;  // by association row
  std::size_t octets_ = 0;
};

}  // namespace espy::verify
