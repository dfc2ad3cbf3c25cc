// Proposal: the algorithms that an IKE daemon may agree on, as esp=, ah=, ike=, phase2alg= and swanctl's *_proposals write them. Only what
// lint asks is kept: which parts are weak, and whether a rekey makes new Diffie-Hellman values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace espy::config {

enum class ProposalUse : std::uint8_t { kEsp, kAh, kIke };

struct WeakPart {
  std::string word;        // as written: "3des", "modp1024"
  std::string_view level;  // "SHOULD NOT", "MUST NOT"
  std::string_view where;  // "RFC 8221 section 5"
};

// The weak algorithms that `text` offers, each once. Understands Libreswan's "aes128-sha1;modp2048,3des-md5" and "aes_gcm256+aes128" and
// strongSwan's "aes128-sha256-modp3072-esn!".
std::vector<WeakPart> weak_parts(std::string_view text, ProposalUse use);

// True when at least one alternative of `text` names a Diffie-Hellman group.
bool has_key_exchange(std::string_view text);

// The first word of a swanctl proposal that is no transform; empty when all are.
std::string unknown_part(std::string_view text);

// The names of algorithms in `text`, in the order of writing.
std::vector<std::string_view> proposal_words(std::string_view text);

}  // namespace espy::config
