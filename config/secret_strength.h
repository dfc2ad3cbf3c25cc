// Secret strength: whether a pre-shared secret could be guessed. Looks at the octets alone, and never says anything of them but why.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "ipsec/key.h"

namespace espy::config {

// Why `secret` is weak: "is 6 octets long, 16 are the least", "repeats the same 3 octets"; nullopt when nothing speaks against it.
std::optional<std::string> weakness(base::Bytes secret);

// Why these octets do not look drawn at random, for binary keys; nullopt when they do. The bounds are such that a random key of 16 octets
// fails with a probability below one in a million.
std::optional<std::string> key_weakness(base::Bytes key);

// The octets of a secret as IKE daemons write it: 0x and hexadecimal digits, 0s and base64, otherwise the text. nullopt when the digits are
// malformed.
std::optional<ipsec::Key> read_secret(std::string_view text);

// Gathers the pre-shared secrets of one document and tells what is weak in them.
class SecretCheck {
 public:
  explicit SecretCheck(Document& document) : document_(document) {}
  // Also tells, once a file, that others can read it (config.readable-secrets). `owner` says whose secret it is, for the message: "ike-1".
  void add(std::string_view text, std::string_view owner, const ipsec::Origin& origin);

 private:
  struct Known {
    ipsec::Key secret;
    ipsec::Origin origin;
  };
  void check_file(const std::string& file);

  Document& document_;
  std::vector<Known> known_;
  std::set<std::string> files_;  // looked at already
};

}  // namespace espy::config
