// Decrypter: writes the packets that IPsec carried, one after the other as their frames settle. What cannot be opened is written as it was
// captured. It holds no keys: what it writes has been opened already.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "capture/pcapng_writer.h"
#include "ipsec/world.h"
#include "verify/hold.h"

namespace espy::cli {

// kGood: what has a good ICV or was never secured; kBad: what has a bad one.
enum class Which : std::uint8_t { kAll, kGood, kBad };

struct DecryptOptions {
  Which which = Which::kAll;
  bool leave_secured = false;             // every frame as it was captured, with its comment
  std::vector<std::string> interfaces{};  // by source; those of files are not known
};

// What became of the packets. A datagram in fragments counts once if it was opened, and its other fragments in `fragments`.
struct DecryptCounts {
  std::uint64_t opened = 0, bad = 0, unopened = 0, clear = 0;
  std::uint64_t fragments = 0;  // left out: they are part of a datagram that was opened
  std::uint64_t segments = 0;   // of ESP in TCP, which end no message
};

class Decrypter : public verify::Tap {
 public:
  // World and writer must outlive it.
  Decrypter(const DecryptOptions& options, const ipsec::World& world, capture::PcapngWriter& writer)
      : options_(options), world_(world), writer_(writer) {}

  void settled(const verify::SettledFrame& frame) override;
  const DecryptCounts& counts() const { return counts_; }

 private:
  enum class State : std::uint8_t { kClear, kOpened, kBad, kClosed };
  // A packet of one frame, or one that several frames carried.
  struct Carried;

  static State state_of(const Carried& carried);
  void settle_alone(const verify::SettledFrame& frame);
  void settle_completed(const verify::SettledFrame& frame);
  void tally(State state);
  bool wanted(const Carried& carried, State state) const;
  void describe(const Carried& carried);
  void describe_header(const Carried& carried, std::size_t index);
  bool write_inner(const verify::SettledFrame& frame, const Carried& carried);
  void write_captured(const verify::SettledFrame& frame);
  void write(const verify::SettledFrame& frame, base::Bytes octets, std::uint32_t original_size, base::LinkType link_type);

  DecryptOptions options_;
  const ipsec::World& world_;
  capture::PcapngWriter& writer_;
  DecryptCounts counts_;
  std::string comment_;
  std::vector<std::uint8_t> room_;
};

}  // namespace espy::cli
