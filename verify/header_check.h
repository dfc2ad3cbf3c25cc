// HeaderCheck: what the keys said of one AH, ESP or IPComp header of a packet.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "decode/esp_content.h"
#include "ipsec/world.h"

namespace espy::verify {

enum class Checked : std::uint8_t {
  kNoKey,        // no key is configured for it
  kNoAlgorithm,  // its algorithm cannot be computed
  kCutShort,     // not whole in the capture
  kFragment,     // part of a datagram that never became whole
  kEsnDeferred,  // no ICV with the high half that was guessed: the ledger decides, in order
  kEsnUnknown,   // … and did not find a high half within its budget
  kBad,          // the ICV is wrong under every key
  kGood,
  kNoIcv,  // the SA has none
};
inline constexpr std::size_t kCheckedCount = 9;

struct HeaderCheck {
  Checked checked = Checked::kNoKey;
  bool opened = false;       // its content is readable and was parsed
  bool decrypted = false;    // … or at least decrypted: `trailer` holds
  std::uint8_t reading = 0;  // of the keyring, that verified
  std::uint8_t iv_size = 0;  // on the wire, of that reading
  std::uint8_t icv_size = 0;
  bool esn = false;
  std::uint32_t esn_high = 0;                                // with `esn`
  ipsec::AssociationId association = ipsec::kNoAssociation;  // whose key verified, or the first that was tried
  decode::EspTrailer trailer;
  base::Bytes octets;  // what the header's offset counts in, its content as it was on the wire
};

// The ICV was right, or there is none and what it hides could be read.
inline bool is_sure(const HeaderCheck& check) {
  return check.checked == Checked::kGood || (check.checked == Checked::kNoIcv && check.opened);
}

}  // namespace espy::verify
