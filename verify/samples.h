// Samples: packets that a person may want to look into: the first ones of each leaking flow, and now and then one of each SA. For a screen.
// Bounded by the number of flows and SAs; those beyond it have none. Not thread-safe.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "verdict/picture.h"
#include "verify/hold.h"
#include "verify/requirement_states.h"

namespace espy::verify {

class Samples {
 public:
  static constexpr base::Duration kEvery = base::milliseconds(200);  // a packet of one SA

  // Of so many flows, and of so many SAs.
  explicit Samples(std::size_t limit) : limit_(limit), associations_(limit) {}

  bool wants_flow(std::uint32_t flow) const;
  bool wants_association(std::uint32_t row, base::Time now) const {
    return row < associations_.size() && (!associations_[row].next.known() || now >= associations_[row].next);
  }
  void keep_flow(std::uint32_t flow, std::shared_ptr<const verdict::PacketSample> sample);
  void keep_association(std::uint32_t row, base::Time now, std::shared_ptr<const verdict::PacketSample> sample);

  const verdict::PacketSamples& flow(std::uint32_t flow) const;
  const verdict::PacketSamples& association(std::uint32_t row) const;
  std::size_t flows() const { return flows_.size(); }

 private:
  struct Kept {
    base::Time next = base::kNever;
    verdict::PacketSamples samples;
  };
  std::size_t limit_;
  std::unordered_map<std::uint32_t, verdict::PacketSamples> flows_;
  std::vector<Kept> associations_;  // by row
};

// `frame.packet` is known. `state`: the requirement that the outcome names, or null.
verdict::PacketSample make_sample(const SettledFrame& frame, const RequirementState* state);

}  // namespace espy::verify
