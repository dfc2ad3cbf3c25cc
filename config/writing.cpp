#include "config/writing.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/lint_parts.h"

namespace espy::config {

void WriteNotes::add(const ipsec::Origin& origin, std::string sentence) {
  const auto [found, added] = index_.try_emplace(sentence, notes_.size());
  if (added) {
    notes_.push_back({.first = origin, .sentence = std::move(sentence)});
  } else {
    ++notes_[found->second].more;
  }
}

std::vector<std::string> WriteNotes::take() const {
  std::vector<std::string> sentences;
  for (const Note& note : notes_) {
    const std::string more = note.more == 0 ? "" : fmt::format(" (and {} more like it)", note.more);
    sentences.push_back(fmt::format("{}: {}{}", printable(to_string(note.first)), note.sentence, more));
  }
  return sentences;
}

bool Writing::left_out(const ipsec::Association& association, std::string_view why) {
  notes.add(association.origin, fmt::format("{} {}; the SA is left out", target, why));
  return false;
}

void Writing::left_out(const ipsec::Policy& policy, std::string_view why) {
  notes.add(policy.origin, fmt::format("{} {}; the policy is left out", target, why));
}

void append_hex(ipsec::SecretText& text, const ipsec::Key& key) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  text += "0x";
  for (const std::uint8_t octet : key.secret()) {
    text += kDigits.substr(octet >> 4, 1);
    text += kDigits.substr(octet & 15, 1);
  }
}

std::string printable(std::string_view text) {
  std::string plain(text);
  std::ranges::replace_if(
      plain, [](char letter) { return letter < ' ' || letter > '~'; }, '?');
  return plain;
}

namespace {

struct TraitName {
  Trait trait;
  std::string_view name;
};
constexpr TraitName kTraitNames[] = {{Trait::kMode, "the mode of an SA"},
                                     {Trait::kReqid, "a reqid"},
                                     {Trait::kUdp, "encapsulation in UDP"},
                                     {Trait::kTcp, "encapsulation in TCP"},
                                     {Trait::kReplayWindow, "a replay window"},
                                     {Trait::kEsn, "extended sequence numbers"},
                                     {Trait::kEsnHigh, "the high half of a sequence number"},
                                     {Trait::kTfcPadding, "padding against traffic analysis"},
                                     {Trait::kAlign4, "padding of AH to 4 octets"}};

bool has(const ipsec::Association& association, Trait trait) {
  switch (trait) {
    case Trait::kMode: return association.mode != ipsec::Mode::kAny;
    case Trait::kReqid: return association.reqid != 0;
    case Trait::kUdp: return association.encapsulation == ipsec::Encapsulation::kUdp;
    case Trait::kTcp: return association.encapsulation == ipsec::Encapsulation::kTcp;
    case Trait::kReplayWindow: return association.replay_window != 0;
    case Trait::kEsn: return association.esn;
    case Trait::kEsnHigh: return association.esn_high.has_value();
    case Trait::kTfcPadding: return association.tfc_padding != 0;
    case Trait::kAlign4: return association.align4;
  }
  return false;
}

}  // namespace

void note_lost_traits(Writing& writing, const ipsec::Association& association, std::initializer_list<Trait> sayable) {
  for (const auto& [trait, name] : kTraitNames) {
    if (!has(association, trait) || std::ranges::find(sayable, trait) != sayable.end()) continue;
    writing.notes.add(association.origin, fmt::format("{} cannot say {}; written without", writing.target, name));
  }
  if (association.marked == 0) return;
  writing.notes.add(association.origin, "espy does not keep the mask of a mark; the SA is written without its mark or interface id");
}

bool has_keys(const ipsec::Association& association) { return !association.encryption_key.empty() || !association.integrity_key.empty(); }

bool keys_at_hand(Writing& writing, const ipsec::Association& association) {
  if (association.keys_hidden) return writing.left_out(association, "needs keys, and this listing was made without them");
  if (writing.keys == Keys::kShown || !has_keys(association)) return true;
  return writing.left_out(association, "needs keys, which are written only with --show-keys");
}

std::uint16_t icv_bits_of(const ipsec::Association& association) {
  constexpr std::uint16_t kLongestTag = 128;
  if (association.icv_bits != 0) return association.icv_bits;
  if (facts(association.encryption).aead) return kLongestTag;
  return static_cast<std::uint16_t>(facts(association.integrity).icv_size * 8);
}

void note_guessed_icv(Writing& writing, const ipsec::Association& association, std::uint16_t written) {
  const auto integrity = association.integrity;
  const bool differs = integrity == ipsec::Integrity::kHmacSha256 || integrity == ipsec::Integrity::kHmacSha384 ||
                       integrity == ipsec::Integrity::kHmacSha512;
  if (association.icv_bits != 0 || !differs) return;
  writing.notes.add(
      association.origin,
      fmt::format("the size of the ICV of {} is not said, and systems differ (Linux takes 96 bits for hmac-sha256 from setkey, "
                  "FreeBSD 128); written as {} bits",
                  facts(integrity).name, written));
}

const std::vector<ipsec::Policy>& policies_of_one_host(Writing& writing) {
  static const std::vector<ipsec::Policy> kNone;
  const std::vector<ipsec::Spd>& spds = writing.configuration.spds;
  if (spds.empty()) return kNone;
  for (std::size_t index = 1; index < spds.size(); ++index) {
    writing.notes.add({.file = spds[index].name, .line = 0},
                      fmt::format("{} holds the policies of one host, here those of {}; the policies of this file are left out",
                                  writing.target, printable(spds.front().name)));
  }
  return spds.front().policies;
}

std::string_view unlike_kernel(const ipsec::Policy& policy) {
  if (policy.socket) return "cannot say a policy of a socket";
  if (policy.marked) return "needs the mark or interface id of this policy, which espy does not keep";
  if (policy.open_source || policy.open_destination || policy.source_dynamic || policy.destination_dynamic) {
    return "cannot say an end that is not an address";
  }
  if (!policy.selector.source.address.known() || !policy.selector.destination.address.known()) return "needs two prefixes";
  if (policy.any_tunnel_ends) return "cannot leave the ends of a tunnel open";
  for (const ipsec::Template& step : policy.templates) {
    if (step.mode == ipsec::Mode::kAny) return "cannot leave the mode of a policy open";
    if (step.mode != ipsec::Mode::kTransport && (!step.source.known() || !step.destination.known())) return "needs both ends of a tunnel";
  }
  return {};
}

bool any_or_one(const ipsec::PortRange& range) { return range.any() || range.first == range.last; }

}  // namespace espy::config
