#include "cli/packet_selection.h"

#include <algorithm>
#include <span>

#include "decode/numbers.h"
#include "tui/event_log.h"
#include "verify/summary.h"
#include "verify/summary_parts.h"

namespace espy::cli {
namespace {

bool is_icmp(std::uint8_t protocol) { return protocol == decode::kIcmp || protocol == decode::kIcmpv6; }

base::Address address(const std::string& text) { return base::read_address(text).value_or(base::Address{}); }

std::optional<decode::SecurityProtocol> security_protocol(const std::string& name) {
  if (name == "ah") return decode::SecurityProtocol::kAh;
  if (name == "esp") return decode::SecurityProtocol::kEsp;
  return name == "ipcomp" ? std::optional(decode::SecurityProtocol::kIpcomp) : std::nullopt;
}

}  // namespace

std::optional<PacketSelection> PacketSelection::find(const verdict::Picture& picture, const std::string& key) {
  PacketSelection selection;
  const auto& leaks = picture.summary.leaks;
  if (const auto leak = std::ranges::find(leaks, key, tui::leak_key); leak != leaks.end()) {
    const auto protocol = security_protocol(leak->protocol);
    selection.leak_ = *leak;
    selection.ends_ = {address(leak->source), address(leak->destination), leak->source_port, leak->destination_port};
    selection.secured_ = protocol.has_value();
    selection.protocol_ = protocol.value_or(decode::SecurityProtocol::kEsp);
    const auto index = static_cast<std::size_t>(leak - leaks.begin());
    const bool kept = index < picture.leak_samples.size() && !picture.leak_samples[index].empty();
    if (kept) selection.requirement_ = picture.leak_samples[index].front()->requirement;
    return selection;
  }
  const auto& associations = picture.summary.associations;
  const auto association = std::ranges::find(associations, key, tui::association_key);
  if (association == associations.end() || !association->spi) return std::nullopt;
  selection.ends_ = {address(association->source), address(association->destination), {}, {}};
  selection.spi_ = association->spi;
  selection.protocol_ = security_protocol(association->protocol).value_or(decode::SecurityProtocol::kEsp);
  return selection;
}

PacketSelection::Part PacketSelection::part(const verify::SettledFrame& frame, const verify::Ledger& ledger) {
  if (is_association()) return of_association(frame, ledger) ? Part::kOwn : Part::kNone;
  return secured_ ? part_of_secured_leak(frame) : part_of_leak(frame, ledger);
}

PacketSelection::Ends PacketSelection::ends_of(const verify::CarriedFlow& flow) const {
  Ends ends{flow.source, flow.destination, {}, {}};
  if (!flow.ports_known || is_icmp(flow.protocol)) return ends;
  ends.source_port = flow.source_port;
  ends.destination_port = flow.destination_port;
  return ends;
}

PacketSelection::Part PacketSelection::part_of_leak(const verify::SettledFrame& frame, const verify::Ledger& ledger) const {
  const verify::Outcome& outcome = *frame.outcome;
  if (outcome.packet_class != verdict::Class::kLeaked) return answers(*frame.packet) ? Part::kAnswer : Part::kNone;
  const Ends ends = ends_of(outcome.flow);
  if (verify::protocol_text(outcome.flow.protocol) != leak_->protocol) return Part::kNone;
  if (ends == ends_.turned() && ends != ends_) return Part::kAnswer;
  if (ends != ends_ || outcome.reason != leak_->reason) return Part::kNone;
  const bool other = !requirement_.empty() && outcome.state() != verify::kNoState &&
                     verify::describe_requirement(ledger.states()[outcome.state()]) != requirement_;
  return other ? Part::kNone : Part::kOwn;
}

// In clear and allowed to be.
bool PacketSelection::answers(const decode::Packet& packet) const {
  if (packet.layer_count == 0 || packet.security_count > 0 || packet.quotes) return false;
  const decode::Layer& layer = packet.layers[packet.layer_count - 1];
  if (layer.payload != decode::Payload::kClear || verify::protocol_text(layer.protocol) != leak_->protocol) return false;
  Ends ends{layer.source, layer.destination, {}, {}};
  if (layer.ports_known && !is_icmp(layer.protocol)) {
    ends.source_port = layer.source_port;
    ends.destination_port = layer.destination_port;
  }
  return ends == ends_.turned() && ends != ends_;
}

// Of AH or ESP that protects nothing the flow is not known, and an SA may have shown only later what it is.
PacketSelection::Part PacketSelection::part_of_secured_leak(const verify::SettledFrame& frame) const {
  const verify::Outcome& outcome = *frame.outcome;
  const bool leaked = outcome.packet_class == verdict::Class::kLeaked && outcome.reason == leak_->reason;
  const bool later = leak_->reason == verdict::LeakReason::kNullEncryption && outcome.secured;
  if (!leaked && !later) return Part::kNone;
  if (carries(*frame.packet, ends_)) return Part::kOwn;
  return carries(*frame.packet, ends_.turned()) ? Part::kAnswer : Part::kNone;
}

bool PacketSelection::carries(const decode::Packet& packet, const Ends& ends) const {
  return std::ranges::any_of(std::span(packet.security).first(packet.security_count), [&](const decode::SecurityHeader& header) {
    const decode::Layer& layer = packet.layers[header.layer];
    return header.protocol == protocol_ && (!spi_ || header.spi == *spi_) && layer.source == ends.source &&
           layer.destination == ends.destination;
  });
}

bool PacketSelection::is_row(const verify::Ledger& ledger, std::uint32_t row) const {
  if (row == verify::Associations::kMissing) return false;
  const verify::AssociationKey& key = ledger.associations().rows()[row].key;
  const bool esp = protocol_ == decode::SecurityProtocol::kEsp, ah = protocol_ == decode::SecurityProtocol::kAh;
  const bool same = (esp && key.protocol == ipsec::Protocol::kEsp) || (ah && key.protocol == ipsec::Protocol::kAh);
  return same && key.spi == spi_ && key.source == ends_.source && key.destination == ends_.destination;
}

// Fragments and segments without a header of their own are told by the innermost SA of what they carry.
bool PacketSelection::of_association(const verify::SettledFrame& frame, const verify::Ledger& ledger) {
  const std::uint32_t row = frame.outcome->association;
  if (is_row(ledger, row)) return true;
  const bool shown = carries(*frame.packet, ends_) || std::ranges::any_of(frame.completed, [&](const verify::Assembled& each) {
                       return carries(each.inspection.packet, ends_);
                     });
  if (shown && row != verify::Associations::kMissing) rows_.insert(row);
  return shown || (frame.packet->security_count == 0 && rows_.contains(row));
}

}  // namespace espy::cli
