// Wireshark's esp_sa: one SA a line, eight or ten fields in quotes.
#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "config/algorithm_names.h"
#include "config/included_files.h"
#include "config/scanner.h"
#include "config/words.h"

namespace espy::config {

namespace {

constexpr std::size_t kOldFields = 8;
constexpr std::size_t kFields = 10;

enum Field : std::size_t {
  kFamily,
  kSource,
  kDestination,
  kSpi,
  kCipher,
  kCipherKey,
  kAuthentication,
  kAuthenticationKey,
  kSequenceSize,
  kSequenceHigh
};

// The fields of a line, without their quotes; an error for quotes that do not match.
std::optional<std::vector<Word>> split_fields(Document& document, const Word& line) {
  std::vector<Word> fields;
  std::size_t position = 0;
  while (fields.size() <= kFields) {
    position = std::min(line.text.find_first_not_of(kBlanks, position), line.text.size());
    const bool quotes = position < line.text.size() && line.text[position] == '"';
    const std::size_t start = quotes ? position + 1 : position;
    const std::size_t end = quotes ? line.text.find('"', start) : std::min(line.text.find(',', start), line.text.size());
    if (end == std::string_view::npos) {
      error_at(document, part(line, position), "this quote is never closed", "put every field in double quotes");
      return std::nullopt;
    }
    fields.push_back(part(line, start, end - start));
    const std::size_t comma = line.text.find_first_not_of(kBlanks, quotes ? end + 1 : end);
    if (comma == std::string_view::npos) return fields;
    if (line.text[comma] != ',') {
      error_at(document, part(line, comma), "there is no comma between two fields", "write \"field\",\"field\"");
      return std::nullopt;
    }
    position = comma + 1;
  }
  return fields;
}

// Wireshark writes quotes, backslashes and what cannot be printed as \xHH.
void unescape(std::string_view text, WipedText& plain) {
  plain.text().reserve(text.size());
  for (std::size_t index = 0; index < text.size(); ++index) {
    const auto escaped =
        text.substr(index).starts_with("\\x") ? read_number(fmt::format("0{}", text.substr(index + 1, 3)), 0xff) : std::nullopt;
    plain.text() += escaped ? static_cast<char>(*escaped) : text[index];
    if (escaped) index += 3;
  }
}

class EspSaLine {
 public:
  EspSaLine(Document& document, const std::vector<Word>& fields) : document_(document), fields_(fields) {}

  void read() {
    association_.origin = document_.origin(fields_.front().line);
    const bool read = read_family() && read_address(kSource, association_.source) && read_address(kDestination, association_.destination) &&
                      read_spi() && read_cipher() && read_authentication() && read_sequence();
    if (!read || !check_key_sizes(document_, fields_[kCipherKey], association_)) return;
    document_.configuration.associations.push_back(std::move(association_));
  }

 private:
  bool refuse(const Word& place, std::string message, std::string advice) {
    error_at(document_, place, std::move(message), std::move(advice));
    return false;
  }

  bool read_family() {
    const std::string family = lower(fields_[kFamily].text);
    if (family == "ipv4") family_ = base::Family::kIpv4;
    if (family == "ipv6") family_ = base::Family::kIpv6;
    if (family == "ipv4" || family == "ipv6" || family == "any" || family == "*") return true;
    return refuse(fields_[kFamily], fmt::format("{} is no protocol of esp_sa", quoted(fields_[kFamily].text)),
                  "give \"IPv4\", \"IPv6\" or \"Any\"");
  }

  base::Prefix everything() const { return {.address = base::Address{.octets = {}, .family = family_}, .length = 0}; }

  bool read_address(Field field, base::Prefix& prefix) {
    const Word& word = fields_[field];
    const std::string_view text = trim(word.text);
    if (text == "*" || text.empty()) {
      prefix = everything();
      return true;
    }
    const auto read = text.find('*') == std::string_view::npos ? base::read_prefix(text) : read_pattern(text);
    if (!read) return refuse(word, read.error().message, read.error().advice);
    if (family_ != base::Family::kNone && read->address.family != family_) {
      return refuse(word, fmt::format("{} is no address of {}", quoted(text), fields_[kFamily].text),
                    "change the first field or the address");
    }
    prefix = *read;
    return true;
  }

  // Stars in the last octets of an IPv4 address leave a prefix; any other pattern has no counterpart in espy.
  static base::Result<base::Prefix> read_pattern(std::string_view text) {
    std::string digits;
    std::uint8_t octets = 0;
    std::uint8_t known = 0;
    for (std::size_t start = 0; start <= text.size(); ++octets) {
      const std::size_t end = std::min(text.find('.', start), text.size());
      const std::string_view octet = text.substr(start, end - start);
      const bool open = octet == "*";
      if (!open && (octet.find('*') != std::string_view::npos || known != octets)) return pattern_error(text);
      known = static_cast<std::uint8_t>(known + (open ? 0 : 1));
      digits += fmt::format("{}{}", digits.empty() ? "" : ".", open ? "0" : octet);
      start = end + 1;
    }
    if (octets != 4) return pattern_error(text);
    return base::read_prefix(fmt::format("{}/{}", digits, known * 8));
  }

  static std::unexpected<base::Error> pattern_error(std::string_view text) {
    return base::fail(fmt::format("espy cannot match the address {}", quoted(text)),
                      "leave open whole octets at the end (10.1.*.*), or give a prefix (10.1.0.0/16)");
  }

  bool read_spi() {
    const std::string_view text = trim(fields_[kSpi].text);
    if (text == "*") return true;
    if (text.find('*') != std::string_view::npos) return read_spi_pattern(text);
    const auto number = read_number32(text);
    if (!number) return wrong_spi();
    association_.spi = base::Spi{*number};
    return true;
  }

  bool wrong_spi() {
    return refuse(fields_[kSpi], fmt::format("{} is no SPI", quoted(fields_[kSpi].text)),
                  "give 0x and eight digits, of which '*' leaves some open, or \"*\"");
  }

  bool read_spi_pattern(std::string_view text) {
    if (!starts_with_0x(text) || text.size() != 10) return wrong_spi();
    std::string digits(text);
    std::uint32_t mask = 0;
    for (std::size_t index = 2; index < digits.size(); ++index) {
      const bool open = digits[index] == '*';
      mask = (mask << 4) | (open ? 0U : 0xfU);
      if (open) digits[index] = '0';
    }
    const auto number = read_number32(digits);
    if (!number) return wrong_spi();
    association_.spi_mask = mask;
    if (mask != 0) association_.spi = base::Spi{*number};
    return true;
  }

  bool read_key(Field field, ipsec::Key& key) {
    const Word& word = fields_[field];
    if (word.text.empty()) return true;
    if (starts_with_0x(word.text)) {
      auto read = read_hex_key(word.text.substr(2));
      if (!read) return refuse(word, read.error().message, read.error().advice);
      key = std::move(*read);
      return true;
    }
    WipedText plain;
    unescape(word.text, plain);
    key = key_from_text(plain.view());
    association_.key_from_text = true;
    return true;
  }

  bool read_cipher() {
    const Word& word = fields_[kCipher];
    const auto named = find_encryption(Dialect::kWireshark, word.text);
    if (!named && near_miss(word, encryption_names(Dialect::kWireshark))) return false;
    association_.encryption = named ? named->id : ipsec::Encryption::kUnknown;
    association_.encryption_name = word.text;
    association_.icv_bits = named ? named->icv_bits : std::uint16_t{0};
    if (!read_key(kCipherKey, association_.encryption_key)) return false;
    if (association_.encryption == ipsec::Encryption::kNull) association_.encryption_key = {};
    return true;
  }

  bool read_authentication() {
    const Word& word = fields_[kAuthentication];
    const auto named = find_integrity(Dialect::kWireshark, trim(word.text).empty() ? "NULL" : word.text);
    if (!named && near_miss(word, integrity_names(Dialect::kWireshark))) return false;
    association_.integrity = named ? named->id : ipsec::Integrity::kUnknown;
    association_.integrity_name = word.text;
    const bool own_icv = ipsec::facts(association_.encryption).aead;
    if (named && (!own_icv || association_.icv_bits == 0)) association_.icv_bits = named->icv_bits;
    if (own_icv && association_.integrity == ipsec::Integrity::kAny) association_.integrity = ipsec::Integrity::kNone;
    return read_key(kAuthenticationKey, association_.integrity_key);
  }

  // A name that Wireshark has and espy has not is no mistake; one that is nearly right is.
  bool near_miss(const Word& word, const std::vector<std::string_view>& names) {
    std::string advice = suggestion(word.text, names);
    if (advice.empty()) return false;
    refuse(word, fmt::format("{} is no algorithm of esp_sa", quoted(word.text)), std::move(advice));
    return true;
  }

  bool read_sequence() {
    if (fields_.size() < kFields) return true;
    const std::string size = lower(trim(fields_[kSequenceSize].text));
    if (!size.starts_with("32") && !size.starts_with("64")) {
      return refuse(fields_[kSequenceSize], fmt::format("{} is no size of sequence numbers", quoted(fields_[kSequenceSize].text)),
                    "give \"32-bit\" or \"64-bit\"");
    }
    association_.esn = size.starts_with("64");
    return !association_.esn || read_high();
  }

  // Hexadecimal with or without 0x.
  bool read_high() {
    const std::string_view text = trim(fields_[kSequenceHigh].text);
    if (text.empty()) return true;
    const auto number = read_number32(starts_with_0x(text) ? std::string(text) : fmt::format("0x{}", text));
    if (!number)
      return refuse(fields_[kSequenceHigh], fmt::format("{} is no high half of a sequence number", quoted(text)),
                    "give hexadecimal digits");
    association_.esn_high = *number;
    return true;
  }

  Document& document_;
  const std::vector<Word>& fields_;
  base::Family family_ = base::Family::kNone;
  ipsec::Association association_;
};

}  // namespace

void read_esp_sa(Document& document) {
  Lines lines(document.text);
  while (const auto line = lines.next()) {
    const std::string_view text = trim(line->text);
    if (text.empty() || text.starts_with('#')) continue;
    const auto fields = split_fields(document, *line);
    if (!fields) continue;
    if (fields->size() != kOldFields && fields->size() != kFields) {
      document.error(line->line, 1,
                     fmt::format("this line has {} fields", fields->size() > kFields ? "more than 10" : fmt::format("{}", fields->size())),
                     "a line of esp_sa has 8 or 10, each in quotes, with commas between them");
      continue;
    }
    EspSaLine(document, *fields).read();
  }
}

}  // namespace espy::config
