// TwinFinder: tells the decrypted copy that a tunnel endpoint shows of each inbound packet from plaintext that leaked (V20). Where a key
// opened the carrier, or AH let it be read, the content must be the same. Elsewhere the match is a guess by length; the caller makes the
// requirement inconclusive for it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/time.h"
#include "decode/glance.h"
#include "decode/packet.h"
#include "ipsec/world.h"
#include "verify/frame.h"
#include "verify/requirement_states.h"

namespace espy::verify {

enum class TwinMatch : std::uint8_t { kNone, kByLength, kByContent };

// What a decrypted copy shares with the packet inside its carrier. Time to live and ECN may differ.
struct TwinContent {
  bool known = false;
  std::uint64_t header = 0;        // addresses, protocol and fragment, hashed; BEET's copy has other addresses
  std::uint64_t upper = 0;         // all behind the IP header, hashed
  std::uint64_t payload = 0;       // behind TCP's or UDP's header, hashed
  std::uint32_t payload_size = 0;  // octets
};

// Of an IP packet, by its layer: `octets` is what the layer's offsets count in.
TwinContent twin_content(const decode::Layer& layer, base::Bytes octets);
// The same of a glance, in which the IP header begins at 0.
TwinContent twin_content(const decode::Glance& glance, base::Bytes octets);

class TwinFinder {
 public:
  static constexpr std::size_t kRemembered = 256;  // packets of a requirement, for at most kTwinWithin
  static constexpr std::size_t kRequirementLimit = 1'024;

  // What ESP adds around an inner packet, and the multiple that its padding fills.
  struct Overhead {
    std::uint32_t iv = 0;
    std::uint32_t icv = 0;
    std::uint32_t block = 4;
  };

  explicit TwinFinder(const ipsec::World& world);

  // An AH/ESP packet that serves `state`, a requirement in tunnel or BEET mode, by its innermost header. `configured` may be
  // kNoAssociation.
  void remember(StateId state, const Inspection& inspection, std::size_t header, ipsec::AssociationId configured, base::Time time);

  // The same for lone ESP of a simple link type, `size` octets of it in the frame.
  void remember(StateId state, const Frame& frame, std::uint32_t size, ipsec::AssociationId configured, const TwinContent& content);

  // Whether there is anything to claim at all.
  bool remembers(StateId state) const { return state < recent_.size() && recent_[state] != nullptr; }

  // Whether clear layer `layer` of the packet is the inside of a remembered packet, which is then claimed.
  TwinMatch claim(StateId state, const ipsec::Requirement& requirement, const Inspection& inspection, std::size_t layer, base::Time time);

 private:
  // One line of the cache: each packet of a tunnel writes one.
  struct alignas(64) Carrier {
    // Of what it carries, see TwinContent.
    std::uint64_t header = 0;
    std::uint64_t upper = 0;
    std::uint64_t payload = 0;
    base::Time time;
    std::uint32_t payload_size = 0;
    ipsec::AssociationId configured = ipsec::kNoAssociation;
    std::uint32_t size = 0;  // octets after ESP's sequence number; of AH the packet inside if `exact`, else 0
    std::uint32_t interface_index = 0;
    std::array<std::uint8_t, 6> mac_destination{};
    std::array<std::uint8_t, 6> mac_source{};
    bool readable : 1 = false;  // what it carries is known
    bool exact : 1 = false;
    bool has_mac : 1 = false;
    bool has_mac_source : 1 = false;
    bool outwards : 1 = false;
    bool padded : 1 = false;  // its SA pads for traffic flow confidentiality
    bool claimed : 1 = false;

    void carry(const TwinContent& content);
  };
  static_assert(sizeof(Carrier) == 64);
  struct Recent {
    std::array<Carrier, kRemembered> carriers;
    std::uint32_t next = 0;  // slot for the next one; the oldest is the slot after it
  };
  struct SizeRange {
    std::uint32_t least = 0;
    std::uint32_t most = 0;
  };

  // An unclaimed one for a packet of an SA; what it does not set is still that of another packet. Null: there are too many requirements.
  Carrier* room(StateId state, base::Time time, ipsec::AssociationId configured);
  static bool same_way(const Carrier& carrier, const decode::Packet& packet);
  bool usable(const Carrier& carrier, const decode::Packet& packet, base::Time time) const;
  bool fits(const Carrier& carrier, const ipsec::Requirement& requirement, std::uint32_t inner_size, base::Time time) const;
  static TwinContent content_of(const decode::Packet& packet, const decode::SecurityHeader& header, base::Bytes octets);
  TwinMatch compare(const Carrier& carrier, const TwinContent& content, const ipsec::Requirement& requirement, std::uint32_t size,
                    base::Time time) const;
  TwinMatch claim_merged(Recent& recent, const Inspection& inspection, std::size_t layer, base::Time time) const;
  SizeRange inner_sizes(const Carrier& carrier) const;

  std::span<const Overhead> overheads(const Carrier& carrier) const;

  std::vector<std::vector<Overhead>> overheads_;  // by AssociationId
  std::vector<Overhead> usual_;                   // where nothing is known of the SA
  std::vector<bool> padded_;                      // by AssociationId
  std::vector<std::unique_ptr<Recent>> recent_;   // by StateId; null: nothing is remembered
  std::size_t requirements_ = 0;                  // of which something is
};

}  // namespace espy::verify
