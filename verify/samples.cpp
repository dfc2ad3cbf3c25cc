#include "verify/samples.h"

#include <algorithm>

#include <fmt/format.h>

#include "verify/removable.h"
#include "verify/summary.h"
#include "verify/summary_parts.h"

namespace espy::verify {
namespace {

using verdict::Class;

// Without keys nothing comes out.
std::vector<std::uint8_t> inner_of(const SettledFrame& frame) {
  std::vector<std::uint8_t> room;
  const base::Bytes inner = inner_packet(*frame.packet, frame.octets, frame.checks, room);
  room.resize(std::min(inner.size(), verdict::kSampleOctets));
  return room;
}

std::string why_unverified(const SettledFrame& frame) {
  for (const HeaderCheck& check : frame.checks) {
    switch (check.checked) {
      case Checked::kNoKey: return "no key was given for it";
      case Checked::kNoAlgorithm: return "its algorithm cannot be computed";
      case Checked::kCutShort: return "the capture did not keep all of it";
      case Checked::kFragment: return "it is part of a datagram that never became whole";
      case Checked::kEsnDeferred:
      case Checked::kEsnUnknown: return "the high half of its extended sequence number was not found";
      case Checked::kBad: return "its ICV is wrong, and no packet of its SA verifies";
      case Checked::kGood:
      case Checked::kNoIcv: break;
    }
  }
  return "it cannot be told which requirement it serves";
}

std::string rule_of(const SettledFrame& frame, const RequirementState* state) {
  const Outcome& outcome = *frame.outcome;
  const std::string wanted = state == nullptr ? "" : headers_text(*state);
  switch (outcome.packet_class) {
    case Class::kProtected: return "protected: its ICV is good and its headers are those that the requirement demands";
    case Class::kUnverified: return fmt::format("unverified: {}", why_unverified(frame));
    case Class::kLeaked: return fmt::format("leaked: {} where {} is required", verdict::name(outcome.reason), wanted);
    case Class::kForged: return "forged: its ICV is wrong, and other packets of its SA verify";
    case Class::kExempt: return fmt::format("exempt: {}", name(outcome.exemption));
    case Class::kDecapsulated: return "decapsulated: the decrypted copy of a packet that was seen secured";
    case Class::kControl: return "control: IKE or a NAT keep-alive";
    case Class::kUnrelated: return "unrelated: no policy speaks of it";
    case Class::kUndecodable: return "undecodable: malformed, or of a kind that is not known";
  }
  return "";
}

}  // namespace

bool Samples::wants_flow(std::uint32_t flow) const {
  const auto found = flows_.find(flow);
  return found == flows_.end() ? flows_.size() < limit_ : found->second.size() < verdict::kSamplesPerLeak;
}

void Samples::keep_flow(std::uint32_t flow, std::shared_ptr<const verdict::PacketSample> sample) {
  flows_[flow].push_back(std::move(sample));
}

void Samples::keep_association(std::uint32_t row, base::Time now, std::shared_ptr<const verdict::PacketSample> sample) {
  Kept& kept = associations_[row];
  kept.next = {now.nanoseconds + kEvery.nanoseconds};
  if (kept.samples.size() == verdict::kSamplesPerAssociation) kept.samples.erase(kept.samples.begin());
  kept.samples.push_back(std::move(sample));
}

const verdict::PacketSamples& Samples::flow(std::uint32_t flow) const {
  static const verdict::PacketSamples kNone;
  const auto found = flows_.find(flow);
  return found == flows_.end() ? kNone : found->second;
}

const verdict::PacketSamples& Samples::association(std::uint32_t row) const {
  static const verdict::PacketSamples kNone;
  return row < associations_.size() ? associations_[row].samples : kNone;
}

verdict::PacketSample make_sample(const SettledFrame& frame, const RequirementState* state) {
  const base::Bytes kept = frame.data.first(std::min(frame.data.size(), verdict::kSampleOctets));
  return {.frame = {frame.facts.source, frame.facts.number},
          .time = frame.facts.time,
          .original_size = frame.facts.original_size,
          .link_type = frame.packet->link_type,
          .octets = {kept.begin(), kept.end()},
          .inner = inner_of(frame),
          .packet_class = frame.outcome->packet_class,
          .requirement = state == nullptr ? "" : describe_requirement(*state),
          .rule = rule_of(frame, state)};
}

}  // namespace espy::verify
