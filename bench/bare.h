// bare: the least that a program can do to open the packets of one SA with a library: its calls in a loop, keys set up before, tags
// compared. What espy takes beyond this is its own share. One loop a library; no code of crypto/ in them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "crypto/parameters.h"

namespace espy::bench {

inline constexpr std::uint32_t kEsnHigh = 5;  // of every SA with extended sequence numbers
inline constexpr std::uint8_t kEsnOctets[] = {0, 0, 0, kEsnHigh};
inline constexpr std::size_t kLargestPacket = 9088;

// An ESP packet; or AH's muted header and what follows it.
struct Packet {
  base::Bytes header;
  base::Bytes octets;
  base::Bytes icv;
  std::uint8_t* plaintext;
};

class BareLoop {
 public:
  virtual ~BareLoop() = default;
  // The number of good ICVs; of packets, where the SA has none.
  virtual std::size_t open(const std::vector<Packet>& packets) = 0;
};

// NULL without an ICV: nothing to call a library for.
inline bool has_bare_loop(const crypto::Parameters& parameters) {
  return parameters.encryption != ipsec::Encryption::kNull || parameters.integrity != ipsec::Integrity::kNone;
}

// nullptr where the loop has no such algorithm. Only where there is a bare loop at all.
std::unique_ptr<BareLoop> make_bare_openssl(const crypto::Parameters& parameters);
std::unique_ptr<BareLoop> make_bare_libgcrypt(const crypto::Parameters& parameters);
std::unique_ptr<BareLoop> make_bare_ipsec_mb(const crypto::Parameters& parameters);

}  // namespace espy::bench
