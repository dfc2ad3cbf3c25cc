#include "config/scanner.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include <fmt/format.h>

#include "config/words.h"

namespace espy::config {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kMostWords = 4096;  // of a line: a longer one is no configuration, and must not cost sixteen times its size
constexpr std::size_t kLongestQuoted = 40;
constexpr std::size_t kLongestQuotedHex = 10;  // "0x" and an SPI

int nibble(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool looks_like_key(std::string_view word) {
  const std::string_view digits = starts_with_0x(word) ? word.substr(2) : word;
  const bool all_hex = std::ranges::all_of(digits, [](char digit) { return nibble(digit) >= 0; });
  return word.size() > kLongestQuotedHex && (all_hex || starts_with_0x(word));
}

bool printable(std::string_view word) {
  return std::ranges::all_of(word, [](char letter) { return letter >= ' ' && letter <= '~'; });
}

// Two neighbouring letters exchanged: one slip of the fingers, two differences to a comparison letter by letter.
std::string_view swapped_letters(std::string word, const std::vector<std::string_view>& candidates) {
  for (std::size_t index = 0; index + 1 < std::min(word.size(), kLongestQuoted); ++index) {
    std::swap(word[index], word[index + 1]);
    const auto found = std::ranges::find(candidates, word);
    if (found != candidates.end()) return *found;
    std::swap(word[index], word[index + 1]);
  }
  return {};
}

std::string sizes_of(const ipsec::EncryptionFacts& facts) {
  if (facts.key_sizes.empty()) {
    return facts.key_max == 0 ? std::string("no key")
                              : fmt::format("{} to {}", facts.key_min + facts.salt_size, facts.key_max + facts.salt_size);
  }
  std::string text;
  for (std::size_t index = 0; index < facts.key_sizes.size(); ++index) {
    const bool last = index + 1 == facts.key_sizes.size();
    if (index > 0) text += last ? " or " : ", ";
    text += fmt::format("{}", facts.key_sizes[index] + facts.salt_size);
  }
  if (facts.salt_size > 0) text += fmt::format(" (the last {} are the salt)", facts.salt_size);
  return text;
}

bool check_encryption_key(Document& document, const Word& place, const ipsec::Association& association) {
  const std::size_t size = association.encryption_key.size();
  if (ipsec::key_size_fits(association.encryption, size)) return true;
  const ipsec::EncryptionFacts& facts = ipsec::facts(association.encryption);
  error_at(document, place, fmt::format("key of SPI {} is {} bytes", short_spi(association.spi), size),
           fmt::format("{} needs {}", facts.name, sizes_of(facts)));
  return false;
}

bool gmac_key_fits(std::size_t size) { return ipsec::key_size_fits(ipsec::Encryption::kAesGmac, size); }

bool check_integrity_key(Document& document, const Word& place, const ipsec::Association& association) {
  const ipsec::IntegrityFacts& facts = ipsec::facts(association.integrity);
  const std::size_t size = association.integrity_key.size();
  if (facts.key_size == 0 || facts.key_size == size) return true;
  if (association.integrity == ipsec::Integrity::kAesGmac && gmac_key_fits(size)) return true;
  error_at(document, place, fmt::format("authentication key of SPI {} is {} bytes", short_spi(association.spi), size),
           fmt::format("{} needs {}", facts.name, facts.key_size));
  return false;
}

}  // namespace

Lines::Lines(std::string_view text) : rest_(text) {
  if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
}

std::optional<Word> Lines::next() {
  if (rest_.empty()) return std::nullopt;
  const std::size_t end = std::min(rest_.find('\n'), rest_.size());
  std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return Word{.text = line, .line = ++line_, .column = 1};
}

std::vector<Word> words_of(const Word& line) {
  std::vector<Word> words;
  std::size_t position = 0;
  while (words.size() < kMostWords && (position = line.text.find_first_not_of(kBlanks, position)) != std::string_view::npos) {
    const std::size_t end = std::min(line.text.find_first_of(kBlanks, position), line.text.size());
    words.push_back(part(line, position, end - position));
    position = end;
  }
  return words;
}

Word part(const Word& word, std::size_t offset, std::size_t size) {
  const std::size_t start = std::min(offset, word.text.size());
  return {.text = word.text.substr(start, size), .line = word.line, .column = word.column + static_cast<std::uint32_t>(start)};
}

std::optional<std::uint64_t> read_number(std::string_view text, std::uint64_t largest) {
  const bool hex = starts_with_0x(text);
  if (hex) text.remove_prefix(2);
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number, hex ? 16 : 10);
  if (code != std::errc{} || end != text.data() + text.size() || number > largest) return std::nullopt;
  return number;
}

std::optional<std::uint32_t> read_number32(std::string_view text) {
  const auto number = read_number(text, 0xffffffff);
  if (!number) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

base::Result<ipsec::Key> read_hex_key(std::string_view digits) {
  const auto wrong = std::ranges::find_if(digits, [](char digit) { return nibble(digit) < 0; });
  if (wrong != digits.end()) {
    return base::fail(fmt::format("character {} of the key is not a hexadecimal digit", wrong - digits.begin() + 1),
                      "write 0x and then 0 to 9 and a to f, two for a byte");
  }
  if (digits.size() % 2 != 0) {
    return base::fail(fmt::format("the key has an odd number of hexadecimal digits, {}", digits.size()),
                      "a digit is missing or doubled; write two for every byte, 0x05 and not 0x5");
  }
  ipsec::SecretOctets octets(digits.size() / 2);
  for (std::size_t index = 0; index < octets.size(); ++index) {
    octets[index] = static_cast<std::uint8_t>(nibble(digits[2 * index]) * 16 + nibble(digits[2 * index + 1]));
  }
  return ipsec::Key::take(std::move(octets));
}

ipsec::Key key_from_text(std::string_view text) { return ipsec::Key::take({text.begin(), text.end()}); }

bool starts_with_0x(std::string_view text) { return text.starts_with("0x") || text.starts_with("0X"); }

std::string quoted(std::string_view word) {
  if (word.size() > kLongestQuoted || looks_like_key(word) || !printable(word)) return fmt::format("a word of {} characters", word.size());
  return fmt::format("'{}'", word);
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates, std::string otherwise) {
  std::vector<std::string> lowered;
  for (const std::string_view candidate : candidates) lowered.push_back(lower(candidate));
  const std::vector<std::string_view> views(lowered.begin(), lowered.end());
  const std::string_view swapped = swapped_letters(lower(word), views);
  const std::string_view near = swapped.empty() ? nearest(lower(word), views) : swapped;
  if (near.empty()) return otherwise;
  return fmt::format("did you mean '{}'?", candidates[static_cast<std::size_t>(std::ranges::find(views, near) - views.begin())]);
}

void error_at(Document& document, const Word& word, std::string message, std::string advice) {
  document.error(word.line, word.column, std::move(message), std::move(advice));
}

void error_at(Document& document, const Word& word, const base::Error& error) { error_at(document, word, error.message, error.advice); }

void add_spd(Document& document, std::vector<ipsec::Policy> policies) {
  if (policies.empty()) return;
  std::ranges::sort(policies, {}, [](const ipsec::Policy& policy) { return std::tuple(policy.priority, policy.age); });
  document.configuration.spds.push_back({.name = document.name, .command_line = false, .policies = std::move(policies)});
}

std::string short_spi(const std::optional<base::Spi>& spi) { return spi ? fmt::format("0x{:x}", spi->value) : "*"; }

bool check_key_sizes(Document& document, const Word& place, const ipsec::Association& association) {
  if (association.keys_hidden) return true;
  const bool encryption_fits = check_encryption_key(document, place, association);
  return check_integrity_key(document, place, association) && encryption_fits;
}

}  // namespace espy::config
