// PacketSelection: which frames of a capture are those of one leak or of one SA that a picture shows.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "base/address.h"
#include "verdict/picture.h"
#include "verify/hold.h"
#include "verify/ledger.h"

namespace espy::cli {

class PacketSelection {
 public:
  // kAnswer: the other direction of a leaking flow.
  enum class Part : std::uint8_t { kNone, kOwn, kAnswer };

  // Of a leak_key() or an association_key(); nullopt: the picture has neither.
  static std::optional<PacketSelection> find(const verdict::Picture& picture, const std::string& key);

  // Frames in the order of the capture, from its start; `ledger` is the one that settled them.
  Part part(const verify::SettledFrame& frame, const verify::Ledger& ledger);

 private:
  // Both ends as the wire names them; ports where the flow has them.
  struct Ends {
    base::Address source, destination;
    std::optional<std::uint16_t> source_port, destination_port;
    Ends turned() const { return {destination, source, destination_port, source_port}; }
    bool operator==(const Ends&) const = default;
  };

  bool is_association() const { return !leak_; }
  Part part_of_leak(const verify::SettledFrame& frame, const verify::Ledger& ledger) const;
  Part part_of_secured_leak(const verify::SettledFrame& frame) const;
  bool is_row(const verify::Ledger& ledger, std::uint32_t row) const;
  bool of_association(const verify::SettledFrame& frame, const verify::Ledger& ledger);
  bool carries(const decode::Packet& packet, const Ends& ends) const;
  Ends ends_of(const verify::CarriedFlow& flow) const;
  bool answers(const decode::Packet& packet) const;

  Ends ends_;
  std::optional<verdict::Leak> leak_;
  std::string requirement_;              // of the leak, as describe_requirement() has it; empty: not known
  bool secured_ = false;                 // the leak is of AH or ESP that protects nothing
  std::optional<base::Spi> spi_;         // of the SA
  decode::SecurityProtocol protocol_{};  // of the SA, or of the AH or ESP that leaks
  std::set<std::uint32_t> rows_;         // SAs whose packets travel inside this one
};

}  // namespace espy::cli
