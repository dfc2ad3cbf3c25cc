#include "config/proposal.h"

#include <algorithm>
#include <array>
#include <span>

#include "config/words.h"

namespace espy::config {
namespace {

constexpr std::string_view kShouldNot = "SHOULD NOT";
constexpr std::string_view kMustNot = "MUST NOT";
constexpr std::string_view kEspCiphers = "RFC 8221 section 5";
constexpr std::string_view kEspIntegrity = "RFC 8221 section 6";
constexpr std::string_view kIkeCiphers = "RFC 8247 section 2.1";
constexpr std::string_view kIkePrf = "RFC 8247 section 2.2";
constexpr std::string_view kIkeIntegrity = "RFC 8247 section 2.3";
constexpr std::string_view kIkeGroups = "RFC 8247 section 2.4";

// One spelling of a weak algorithm. `prefix`: sizes may follow, as in "blowfish256".
struct WeakWord {
  std::string_view word;
  bool prefix;
  std::string_view level;
  std::string_view where;
};

constexpr std::array kWeakForEsp = std::to_array<WeakWord>({
    {"des", false, kMustNot, kEspCiphers},
    {"des_cbc", false, kMustNot, kEspCiphers},
    {"des_iv64", false, kMustNot, kEspCiphers},
    {"3des", true, kShouldNot, kEspCiphers},
    {"blowfish", true, kMustNot, kEspCiphers},
    {"md5", true, kMustNot, kEspIntegrity},
    {"hmac_md5", true, kMustNot, kEspIntegrity},
});

constexpr std::array kWeakForIke = std::to_array<WeakWord>({
    {"des", false, kMustNot, kIkeCiphers},
    {"des_cbc", false, kMustNot, kIkeCiphers},
    {"md5", true, kMustNot, kIkeIntegrity},
    {"hmac_md5", true, kMustNot, kIkeIntegrity},
    {"prfmd5", true, kMustNot, kIkePrf},
});

constexpr std::array kWeakGroups = std::to_array<WeakWord>({
    {"modp768", false, kMustNot, kIkeGroups},
    {"dh1", false, kMustNot, kIkeGroups},
    {"modp1024", false, kShouldNot, kIkeGroups},
    {"dh2", false, kShouldNot, kIkeGroups},
    {"modp1536", false, kShouldNot, kIkeGroups},
    {"dh5", false, kShouldNot, kIkeGroups},
    {"modp1024s160", false, kMustNot, kIkeGroups},
    {"dh22", false, kMustNot, kIkeGroups},
    {"modp2048s224", false, kShouldNot, kIkeGroups},
    {"dh23", false, kShouldNot, kIkeGroups},
    {"modp2048s256", false, kShouldNot, kIkeGroups},
    {"dh24", false, kShouldNot, kIkeGroups},
});

// How strongSwan's names of transforms begin. Those with key sizes take 128, 192 or 256, or none.
constexpr std::array<std::string_view, 33> kTransforms = {"null", "des",   "3des",       "blowfish",     "cast128", "chacha20poly1305",
                                                          "idea", "sha",   "md5",        "camelliaxcbc", "prf",     "modp",
                                                          "ecp",  "dh",    "curve25519", "curve448",     "x25519",  "x448",
                                                          "ke1_", "ke2_",  "ke3_",       "ke4_",         "ke5_",    "ke6_",
                                                          "ke7_", "mlkem", "kyber",      "ntru",         "newhope", "frodo",
                                                          "esn",  "noesn", "default"};
constexpr std::array<std::string_view, 4> kSizedCiphers = {"aes", "camellia", "serpent", "twofish"};
constexpr std::array<std::string_view, 3> kSizes = {"128", "192", "256"};
constexpr std::array<std::string_view, 6> kModes = {"gcm", "ccm", "ctr", "gmac", "xcbc", "cmac"};

bool is_sized_cipher(std::string_view word) {
  const auto cipher = std::ranges::find_if(kSizedCiphers, [&](std::string_view name) { return word.starts_with(name); });
  if (cipher == kSizedCiphers.end()) return false;
  word.remove_prefix(cipher->size());
  if (std::ranges::any_of(kSizes, [&](std::string_view size) { return word.starts_with(size); })) word.remove_prefix(3);
  return word.empty() || std::ranges::find(kModes, word.substr(0, word.find_first_of("0123456789"))) != kModes.end();
}

bool is_transform(std::string_view word) {
  return is_sized_cipher(word) || std::ranges::any_of(kTransforms, [&](std::string_view name) { return word.starts_with(name); });
}

constexpr std::array<std::string_view, 8> kGroupPrefixes = {"modp", "dh", "ecp", "curve", "x25519", "x448", "ke1_", "mlkem"};

const WeakWord* find_weak(std::span<const WeakWord> table, std::string_view word) {
  const auto found =
      std::ranges::find_if(table, [&](const WeakWord& weak) { return weak.prefix ? word.starts_with(weak.word) : word == weak.word; });
  return found == table.end() ? nullptr : &*found;
}

const WeakWord* find_weak(std::string_view word, ProposalUse use) {
  if (const WeakWord* group = find_weak(kWeakGroups, word)) return group;
  return use == ProposalUse::kIke ? find_weak(kWeakForIke, word) : find_weak(kWeakForEsp, word);
}

bool is_group(std::string_view word) {
  return std::ranges::any_of(kGroupPrefixes, [&](std::string_view prefix) { return word.starts_with(prefix); });
}

}  // namespace

std::vector<std::string_view> proposal_words(std::string_view text) { return split(text, "-+,;!{} \t\""); }

std::vector<WeakPart> weak_parts(std::string_view text, ProposalUse use) {
  std::vector<WeakPart> parts;
  for (const std::string_view written : proposal_words(text)) {
    const std::string word = lower(written);
    const WeakWord* weak = find_weak(word, use);
    if (weak != nullptr && std::ranges::find(parts, word, &WeakPart::word) == parts.end())
      parts.push_back({word, weak->level, weak->where});
  }
  return parts;
}

std::string unknown_part(std::string_view text) {
  for (const std::string_view written : split(text, "-,! \t\"")) {
    if (!is_transform(lower(written))) return std::string(written);
  }
  return {};
}

bool has_key_exchange(std::string_view text) {
  const std::vector<std::string_view> words = proposal_words(text);
  return std::ranges::any_of(words, [](std::string_view word) { return is_group(lower(word)); });
}

}  // namespace espy::config
