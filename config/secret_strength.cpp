#include "config/secret_strength.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "config/included_files.h"
#include "config/words.h"

namespace espy::config {
namespace {

constexpr std::size_t kShortest = 16;
constexpr std::size_t kMostKnown = 1024;

// Words that guessing starts with; a secret made of them and digits is no secret.
constexpr std::array<std::string_view, 34> kGuesses = {
    "password", "passwort", "passphrase", "passwd",  "pass",    "secret",    "changeme",   "change", "example",
    "sample",   "test",     "testing",    "welcome", "letmein", "qwerty",    "asdf",       "admin",  "administrator",
    "root",     "default",  "ipsec",      "vpn",     "psk",     "preshared", "shared",     "key",    "this",
    "is",       "my",       "the",        "very",    "please",  "company",   "strongswan",
};

std::size_t period(base::Bytes octets) {
  constexpr std::size_t kLongest = 64;
  for (std::size_t length = 1; length <= std::min(octets.size() / 2, kLongest); ++length) {
    if (std::equal(octets.begin() + static_cast<std::ptrdiff_t>(length), octets.end(), octets.begin())) return length;
  }
  return 0;
}

// Each octet one more, or one less, than the one before: 0123…, abcd…
bool counts(base::Bytes octets) {
  for (const int step : {1, -1, 0x11}) {
    std::size_t fitting = 0;
    for (std::size_t index = 1; index < octets.size(); ++index) fitting += octets[index] - octets[index - 1] == step ? 1U : 0U;
    if (octets.size() >= 4 && fitting * 4 >= (octets.size() - 1) * 3) return true;
  }
  return false;
}

std::size_t distinct(base::Bytes octets) {
  std::array<bool, 256> seen{};
  for (const std::uint8_t octet : octets) seen[octet] = true;
  return static_cast<std::size_t>(std::ranges::count(seen, true));
}

// Shannon's measure over the secret's own octets, in bits for the whole.
double entropy(base::Bytes octets) {
  std::array<std::size_t, 256> counted{};
  for (const std::uint8_t octet : octets) ++counted[octet];
  const auto size = static_cast<double>(octets.size());
  double bits = 0;
  for (const std::size_t count : counted) {
    if (count != 0) bits -= static_cast<double>(count) * std::log2(static_cast<double>(count) / size);
  }
  return bits;
}

std::string_view longest_guess(std::string_view letters) {
  std::string_view longest;
  for (const std::string_view guess : kGuesses) {
    if (letters.starts_with(guess) && guess.size() > longest.size()) longest = guess;
  }
  return longest;
}

// True when nothing is left of the secret's letters once the guessable words are taken away.
bool is_guessable(base::Bytes octets) {
  std::string letters;
  letters.reserve(octets.size());
  for (const std::uint8_t octet : octets) {
    const auto letter = static_cast<char>(octet | 0x20);
    if (letter >= 'a' && letter <= 'z') letters += letter;
  }
  std::string_view rest = letters;
  while (!rest.empty()) {
    const std::string_view guess = longest_guess(rest);
    if (guess.empty()) break;
    rest.remove_prefix(guess.size());
  }
  const bool guessable = rest.empty() && (!letters.empty() || octets.size() < 2 * kShortest);
  ipsec::wipe(letters.data(), letters.size());
  return guessable;
}

bool printable(base::Bytes octets) {
  return std::ranges::all_of(octets, [](std::uint8_t octet) { return octet >= 0x20 && octet < 0x7f; });
}

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  const auto letter = static_cast<char>(digit | 0x20);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

std::optional<ipsec::Key> read_hex(std::string_view digits) {
  ipsec::SecretOctets octets;
  octets.reserve(digits.size() / 2);
  for (std::size_t index = 0; index + 1 < digits.size(); index += 2) {
    const int high = hex_value(digits[index]), low = hex_value(digits[index + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    octets.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  if (digits.size() % 2 != 0 || digits.empty()) return std::nullopt;
  return ipsec::Key::take(std::move(octets));
}

std::optional<ipsec::Key> read_base64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (text.ends_with('=')) text.remove_suffix(1);
  ipsec::SecretOctets octets;
  octets.reserve(text.size());
  std::uint32_t bits = 0;
  int held = 0;
  for (const char letter : text) {
    const std::size_t value = kAlphabet.find(letter);
    if (value == std::string_view::npos) return std::nullopt;
    bits = ((bits << 6) | static_cast<std::uint32_t>(value)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    octets.push_back(static_cast<std::uint8_t>(bits >> held));
  }
  return ipsec::Key::take(std::move(octets));
}

}  // namespace

std::optional<std::string> weakness(base::Bytes secret) {
  constexpr std::size_t kFewestDistinct = 8;
  constexpr double kLeastEntropy = 50;
  if (secret.empty()) return "is empty";
  if (secret.size() < kShortest) return fmt::format("is {} octets long; {} are the least", secret.size(), kShortest);
  if (const std::size_t length = period(secret); length != 0) return fmt::format("repeats the same {} octets", length);
  if (counts(secret)) return "is a row of neighbouring characters";
  if (printable(secret) && is_guessable(secret)) return "is made of words and digits that guessing starts with";
  if (distinct(secret) < kFewestDistinct || entropy(secret) < kLeastEntropy) return "uses few different characters";
  return std::nullopt;
}

std::optional<std::string> key_weakness(base::Bytes key) {
  constexpr std::size_t kShortestJudged = 8;
  if (key.size() < kShortestJudged) return std::nullopt;
  if (const std::size_t length = period(key); length != 0) return fmt::format("repeats the same {} octets", length);
  if (counts(key)) return "counts upwards or downwards";
  if (key.size() >= kShortest && distinct(key) < key.size() / 2 && distinct(key) < kShortest) return "uses few different octets";
  return std::nullopt;
}

std::optional<ipsec::Key> read_secret(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) return read_hex(text.substr(2));
  if (text.starts_with("0s") || text.starts_with("0S")) return read_base64(text.substr(2));
  return ipsec::Key::take({text.begin(), text.end()});
}

void SecretCheck::add(std::string_view text, std::string_view owner, const ipsec::Origin& origin) {
  check_file(origin.file);
  auto secret = read_secret(text);
  if (!secret) {
    error_at(document_, origin, fmt::format("the secret of {} has a bad digit", owner),
             "give hexadecimal digits in pairs after 0x, or base64 after 0s");
    return;
  }
  const auto finding = [&](std::string message) { document_.findings.push_back({"config.weak-psk", std::move(message), origin}); };
  if (const auto why = weakness(secret->secret())) {
    finding(fmt::format("the pre-shared secret of {} at {} {}", owner, to_string(origin), *why));
  } else if (const auto found = std::ranges::find(known_, *secret, &Known::secret); found != known_.end()) {
    finding(fmt::format("the pre-shared secret of {} at {} is the one of {} again", owner, to_string(origin), to_string(found->origin)));
  }
  if (known_.size() < kMostKnown) known_.push_back({std::move(*secret), origin});
}

void SecretCheck::check_file(const std::string& file) {
  if (!files_.insert(file).second || !readable_by_others(file)) return;
  document_.findings.push_back(
      {"config.readable-secrets", fmt::format("{} holds secrets and can be read by others than its owner; chmod 600 it", file), {file, 0}});
}

}  // namespace espy::config
