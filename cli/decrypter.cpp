#include "cli/decrypter.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "decode/inner_frame.h"
#include "verify/removable.h"

namespace espy::cli {
namespace {

constexpr std::uint8_t kEsp = 50;
constexpr std::uint8_t kAh = 51;
constexpr std::uint8_t kWesp = 141;

using verify::Checked;
using verify::PartOf;

const char* reason(Checked checked) {
  switch (checked) {
    case Checked::kNoKey: return "no key";
    case Checked::kNoAlgorithm: return "its algorithm cannot be computed here";
    case Checked::kCutShort: return "the capture cut it short";
    case Checked::kFragment: return "a fragment";
    case Checked::kEsnDeferred:
    case Checked::kEsnUnknown: return "the upper half of its sequence number is not known";
    case Checked::kBad: return "ICV bad";
    case Checked::kGood: return "ICV good, but its content cannot be read";
    case Checked::kNoIcv: return "its content makes no sense with this key";
  }
  return "";
}

const char* name(decode::SecurityProtocol protocol) {
  switch (protocol) {
    case decode::SecurityProtocol::kAh: return "ah";
    case decode::SecurityProtocol::kEsp: return "esp";
    case decode::SecurityProtocol::kIpcomp: return "ipcomp";
  }
  return "";
}

// "hmac-sha256-128", in bits as its RFC says it; "aes-gcm-16", in octets as setkey says it.
std::string algorithm_of(const ipsec::Association& association, std::size_t icv_size) {
  using ipsec::facts;
  if (association.integrity != ipsec::Integrity::kNone) return fmt::format("{}-{}", facts(association.integrity).name, icv_size * 8);
  return fmt::format("{}-{}", facts(association.encryption).name, icv_size);
}

// What follows the first fragment of an ESP or AH packet shows none of its headers.
bool is_later_fragment(const decode::Packet& packet) {
  if (packet.layer_count == 0) return false;
  const decode::Layer& layer = packet.layers[packet.layer_count - 1];
  return layer.payload == decode::Payload::kFragment && (layer.protocol == kEsp || layer.protocol == kAh || layer.protocol == kWesp);
}

}  // namespace

struct Decrypter::Carried {
  Carried(const decode::Packet& its_packet, base::Bytes its_octets, std::span<const verify::HeaderCheck> its_checks)
      : packet(its_packet),
        octets(its_octets),
        own(verify::own_headers(packet)),
        removable(verify::removable_headers(packet, its_checks)),
        checks(its_checks.first(own)) {}
  explicit Carried(const verify::SettledFrame& frame) : Carried(*frame.packet, frame.octets, frame.checks) { part_of = frame.part_of; }
  explicit Carried(const verify::Assembled& one) : Carried(one.inspection.packet, one.inspection.octets, one.inspection.checks) {}

  bool has(Checked checked) const { return std::ranges::find(checks, checked, &verify::HeaderCheck::checked) != checks.end(); }

  const decode::Packet& packet;
  base::Bytes octets;
  std::size_t own;
  std::size_t removable;
  std::span<const verify::HeaderCheck> checks;  // of its own headers
  PartOf part_of = PartOf::kNothing;
};

Decrypter::State Decrypter::state_of(const Carried& carried) {
  if (carried.part_of == PartOf::kBad) return State::kBad;
  if (carried.part_of != PartOf::kNothing) return State::kClosed;
  if (carried.own == 0) return is_later_fragment(carried.packet) ? State::kClosed : State::kClear;
  if (carried.removable > 0) return State::kOpened;
  return carried.has(Checked::kBad) ? State::kBad : State::kClosed;
}

void Decrypter::settled(const verify::SettledFrame& frame) { frame.completed.empty() ? settle_alone(frame) : settle_completed(frame); }

void Decrypter::settle_alone(const verify::SettledFrame& frame) {
  const Carried carried(frame);
  const State state = state_of(carried);
  const bool fragment = carried.part_of == PartOf::kOpened;
  const bool segment = carried.part_of == PartOf::kMessage;
  if (!fragment && !segment) tally(state);
  counts_.fragments += fragment;
  counts_.segments += segment;
  if (!wanted(carried, state) || (fragment && !options_.leave_secured)) return;
  comment_.clear();
  describe(carried);
  if (state != State::kOpened || !write_inner(frame, carried)) write_captured(frame);
}

// Each packet that was opened takes the place of the frame; what was not opened needs the frame itself, once.
void Decrypter::settle_completed(const verify::SettledFrame& frame) {
  std::string rest;
  bool captured = false;
  for (const verify::Assembled& one : frame.completed) {
    const Carried carried(one);
    const State state = state_of(carried);
    tally(state);
    if (!wanted(carried, state)) continue;
    comment_.clear();
    describe(carried);
    if (state == State::kOpened && write_inner(frame, carried)) continue;
    captured = true;
    rest += (rest.empty() ? "" : "; ") + comment_;
  }
  comment_ = rest;
  if (captured) write_captured(frame);
}

void Decrypter::tally(State state) {
  switch (state) {
    case State::kClear: ++counts_.clear; break;
    case State::kOpened: ++counts_.opened; break;
    case State::kBad: ++counts_.bad; break;
    case State::kClosed: ++counts_.unopened; break;
  }
}

// Good is what the sender of one of its headers vouched for, and nothing else is open to doubt: AH covers an ESP without an ICV of its own.
bool Decrypter::wanted(const Carried& carried, State state) const {
  const bool bad = state == State::kBad || carried.has(Checked::kBad);
  const auto removed = carried.checks.first(carried.removable);
  const bool vouched = std::ranges::find(removed, Checked::kGood, &verify::HeaderCheck::checked) != removed.end();
  switch (options_.which) {
    case Which::kAll: return true;
    case Which::kGood: return state == State::kClear || (state == State::kOpened && !bad && vouched);
    case Which::kBad: return bad;
  }
  return true;
}

// The comment says of each header, from the outside in, what became of it.
void Decrypter::describe(const Carried& carried) {
  switch (carried.part_of) {
    case PartOf::kNothing: break;
    case PartOf::kOpened: comment_ = "a fragment of what can be opened"; return;
    case PartOf::kBad: comment_ = "not opened: a fragment of a packet with its ICV bad"; return;
    case PartOf::kClosed: comment_ = "not opened: a fragment"; return;
    case PartOf::kMessage: comment_ = "not opened: a segment of ESP in TCP that ends no packet"; return;
  }
  for (std::size_t index = 0; index < carried.own; ++index) describe_header(carried, index);
  if (carried.own == 0 && is_later_fragment(carried.packet)) comment_ = "not opened: a fragment";
}

// "esp 0x00000201 seq 17 ICV good (hmac-sha256-128)".
void Decrypter::describe_header(const Carried& carried, std::size_t index) {
  const decode::SecurityHeader& header = carried.packet.security[index];
  const verify::HeaderCheck& check = carried.checks[index];
  if (!comment_.empty()) comment_ += "; ";
  if (header.protocol == decode::SecurityProtocol::kIpcomp) {
    comment_ += fmt::format("ipcomp 0x{:04x} {}", header.spi.value, header.content_offset != 0 ? "inflated" : "not inflated");
    return;
  }
  const std::uint64_t sequence = (check.esn ? std::uint64_t{check.esn_high} << 32 : 0) | header.sequence;
  comment_ += fmt::format("{} 0x{:08x} seq {} ", name(header.protocol), header.spi.value, sequence);
  if (!verify::is_opened(header, check)) {
    comment_ += fmt::format("not opened: {}", reason(check.checked));
  } else if (check.checked == Checked::kGood && check.association != ipsec::kNoAssociation) {
    comment_ += fmt::format("ICV good ({})", algorithm_of(world_.associations()[check.association], check.icv_size));
  } else {
    comment_ += "opened, no ICV";
  }
}

// False where nothing was written.
bool Decrypter::write_inner(const verify::SettledFrame& frame, const Carried& carried) {
  if (options_.leave_secured) return false;
  const base::Bytes link = frame.data.first(std::min<std::size_t>(frame.packet->layers[0].offset, frame.data.size()));
  room_.resize(link.size() + carried.octets.size() + decode::kInnerFrameRoom);
  const auto inner = decode::rebuild_inner(link, carried.octets, carried.packet, carried.removable - 1, room_);
  if (!inner) return false;
  write(frame, base::Bytes(room_).first(inner->size), static_cast<std::uint32_t>(inner->size), inner->link_type);
  return true;
}

void Decrypter::write_captured(const verify::SettledFrame& frame) {
  write(frame, frame.data, frame.facts.original_size, frame.packet->link_type);
}

void Decrypter::write(const verify::SettledFrame& frame, base::Bytes octets, std::uint32_t original_size, base::LinkType link_type) {
  writer_.write({.data = octets,
                 .original_size = original_size,
                 .time = frame.facts.time,
                 .source = frame.facts.source,
                 .interface = frame.facts.interface,
                 .link_type = link_type,
                 .direction = frame.packet->direction,
                 .interface_name = frame.facts.source < options_.interfaces.size()
                                       ? std::string_view(options_.interfaces[frame.facts.source])
                                       : std::string_view{},
                 .comment = comment_});
}

}  // namespace espy::cli
