#include "config/setkey_association.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "config/algorithm_names.h"

namespace espy::config {

namespace {

constexpr std::uint16_t kNatPort = 4500;
constexpr std::uint16_t kOldDigestBits = 128;  // RFC 1826 to 1828 send digests whole

struct NamedProtocol {
  std::string_view name;
  ipsec::Protocol protocol;
  bool old_header;
};
constexpr std::array<NamedProtocol, 6> kProtocols{{{"esp", ipsec::Protocol::kEsp, false},
                                                   {"esp-old", ipsec::Protocol::kEsp, true},
                                                   {"esp-udp", ipsec::Protocol::kEsp, false},
                                                   {"ah", ipsec::Protocol::kAh, false},
                                                   {"ah-old", ipsec::Protocol::kAh, true},
                                                   {"ipcomp", ipsec::Protocol::kIpcomp, false}}};

bool is_address(std::string_view text) { return text.find_first_of(".:") != std::string_view::npos; }

void encapsulate(SetkeyCursor& cursor, ipsec::Association& association, const SetkeyAddress& source, const SetkeyAddress& destination) {
  association.encapsulation = ipsec::Encapsulation::kUdp;
  association.encapsulation_source_port = source.port.any() ? kNatPort : source.port.first;
  association.encapsulation_destination_port = destination.port.any() ? kNatPort : destination.port.first;
  // The original address of RFC 3948 may follow; espy sees the outer ones.
  if (cursor.peek() != nullptr && is_address(cursor.peek()->text)) cursor.next();
}

bool read_protocol(Document& document, SetkeyCursor& cursor, SetkeyEnds& ends, const SetkeyAddress& source,
                   const SetkeyAddress& destination) {
  const Word place = cursor.place();
  const SetkeyWord* word = cursor.next();
  if (word != nullptr && word->text == "tcp") {
    ends.kind = SetkeyProtocol::kTcpMd5;
    return true;
  }
  const auto named = std::ranges::find(kProtocols, place.text, &NamedProtocol::name);
  if (named == kProtocols.end()) {
    error_at(
        document, place,
        word == nullptr ? std::string("the protocol of the SA is missing") : fmt::format("{} is no protocol of an SA", quoted(word->text)),
        suggestion(place.text, {"esp", "ah", "ipcomp", "esp-old", "ah-old", "esp-udp", "tcp"}, "give 'esp' or 'ah'"));
    return false;
  }
  ends.association.protocol = named->protocol;
  ends.association.old_header = named->old_header;
  if (place.text == "esp-udp") encapsulate(cursor, ends.association, source, destination);
  return true;
}

// What follows the SPI of an add statement.
class Options {
 public:
  Options(Document& document, SetkeyCursor& cursor, SetkeyEnds& ends)
      : document_(document), cursor_(cursor), ends_(ends), association_(ends.association) {}

  bool read() {
    while (const SetkeyWord* word = cursor_.next()) {
      if (!take(*word)) return false;
    }
    return complete();
  }

 private:
  bool take(const SetkeyWord& word) {
    if (word.in_quotes) return misplaced(word);
    const std::string_view option = word.text;
    if (option == "-m") return take_mode();
    if (option == "-r") return take_number(association_.replay_window, "the replay window");
    if (option == "-u") return take_number(association_.reqid, "the id after -u");
    if (option == "-f") return take_flag();
    if (option == "-lh" || option == "-ls" || option == "-bh" || option == "-bs") return take_lifetime(word);
    if (option == "-ctx") return skip(word, 3);
    if (option == "-hwif" || option == "-esp_frag") return skip(word, 1);
    if (option == "-E") return take_encryption();
    if (option == "-A") return take_integrity();
    if (option == "-C") return take_compression();
    if (option != "-esn") return misplaced(word);
    association_.esn = true;
    return true;
  }

  // The word may be a piece of a key and is not repeated.
  bool misplaced(const SetkeyWord& word) {
    error_at(document_, word, "this word does not belong here",
             "algorithms come with -E, -A or -C, each followed by its key in one piece: 0x and digits, or in quotes");
    return false;
  }

  bool missing(const Word& place, std::string_view what, std::string advice) {
    error_at(document_, place, fmt::format("{} is missing or wrong", what), std::move(advice));
    return false;
  }

  bool take_mode() {
    const Word place = cursor_.place();
    cursor_.next();
    constexpr std::array<std::pair<std::string_view, ipsec::Mode>, 4> kModes{{{"any", ipsec::Mode::kAny},
                                                                              {"transport", ipsec::Mode::kTransport},
                                                                              {"tunnel", ipsec::Mode::kTunnel},
                                                                              {"beet", ipsec::Mode::kBeet}}};
    for (const auto& [text, mode] : kModes) {
      if (text != place.text) continue;
      association_.mode = mode;
      return true;
    }
    return missing(place, "the mode after -m",
                   suggestion(place.text, {"any", "transport", "tunnel"}, "give 'transport', 'tunnel' or 'any'"));
  }

  bool take_number(std::uint32_t& number, std::string_view what) {
    const Word place = cursor_.place();
    cursor_.next();
    const auto value = read_number32(place.text);
    if (!value) return missing(place, what, "give a number");
    number = *value;
    return true;
  }

  bool take_lifetime(const SetkeyWord& option) {
    const Word place = cursor_.place();
    cursor_.next();
    if (read_number(place.text, ~std::uint64_t{0})) return true;
    return missing(place, fmt::format("the lifetime after {}", option.text), "give a number of seconds or bytes");
  }

  bool take_flag() {
    const Word place = cursor_.place();
    cursor_.next();
    constexpr std::array<std::string_view, 5> kFlags{"zero-pad", "random-pad", "seq-pad", "nocyclic-seq", "cyclic-seq"};
    if (std::ranges::find(kFlags, place.text) != kFlags.end()) return true;
    return missing(place, "the word after -f",
                   suggestion(place.text, {"zero-pad", "random-pad", "seq-pad", "nocyclic-seq"},
                              "give 'zero-pad', 'random-pad', 'seq-pad' or 'nocyclic-seq'"));
  }

  bool skip(const SetkeyWord& option, int count) {
    for (int index = 0; index < count; ++index) {
      const Word place = cursor_.place();
      if (cursor_.next() == nullptr) return missing(place, fmt::format("a word after {}", option.text), fmt::format("it takes {}", count));
    }
    return true;
  }

  bool take_encryption() {
    encryption_place_ = cursor_.place();
    cursor_.next();
    const auto named = find_encryption(Dialect::kSetkey, encryption_place_.text);
    if (!named) return unknown_algorithm(encryption_place_, "encryption", encryption_names(Dialect::kSetkey));
    association_.encryption = named->id;
    association_.encryption_name = encryption_place_.text;
    if (named->icv_bits != 0) association_.icv_bits = named->icv_bits;
    return take_key(named->id == ipsec::Encryption::kNull, association_.encryption_key);
  }

  bool take_integrity() {
    const Word place = cursor_.place();
    cursor_.next();
    const auto named = find_integrity(Dialect::kSetkey, place.text);
    if (!named) return unknown_algorithm(place, "authentication", integrity_names(Dialect::kSetkey));
    has_integrity_ = true;
    association_.integrity = named->id;
    association_.integrity_name = place.text;
    if (named->icv_bits != 0) association_.icv_bits = named->icv_bits;
    return take_key(named->id == ipsec::Integrity::kNone, association_.integrity_key);
  }

  bool take_compression() {
    const Word place = cursor_.place();
    cursor_.next();
    if (place.text != "deflate" && place.text != "lzs" && place.text != "oui") {
      return unknown_algorithm(place, "compression", {"deflate", "lzs", "oui"});
    }
    has_compression_ = true;
    association_.encryption_name = place.text;
    cursor_.skip("-R");
    return true;
  }

  bool unknown_algorithm(const Word& place, std::string_view kind, const std::vector<std::string_view>& names) {
    std::string advice = suggestion(place.text, names);
    if (advice.empty()) advice = fmt::format("setkey's names are {}", fmt::join(names, ", "));
    const bool none = place.text.empty() || place.text.front() == '-';
    error_at(document_, place,
             none ? fmt::format("the {} algorithm is missing", kind) : fmt::format("{} is no {} algorithm", quoted(place.text), kind),
             std::move(advice));
    return false;
  }

  bool take_key(bool optional, ipsec::Key& key) {
    const SetkeyWord* word = cursor_.peek();
    const bool present = word != nullptr && (word->in_quotes || starts_with_0x(word->text));
    if (!present && optional) return true;
    if (!present) return missing(cursor_.place(), "the key", "write 0x and hexadecimal digits, or a text in quotes");
    cursor_.next();
    if (word->in_quotes) {
      key = key_from_text(word->text);
      association_.key_from_text = true;
      return true;
    }
    auto read = read_hex_key(word->text.substr(2));
    if (!read) return refuse_key(*word, read.error());
    key = std::move(*read);
    return true;
  }

  bool refuse_key(const Word& word, const base::Error& error) {
    error_at(document_, word, error);
    return false;
  }

  bool complete() {
    if (ends_.kind == SetkeyProtocol::kTcpMd5) return true;
    const bool fits = association_.protocol == ipsec::Protocol::kEsp  ? esp_complete()
                      : association_.protocol == ipsec::Protocol::kAh ? ah_complete()
                                                                      : ipcomp_complete();
    return fits && check_key_sizes(document_, encryption_place_, association_);
  }

  bool esp_complete() {
    if (association_.encryption != ipsec::Encryption::kNone) return true;
    return missing(cursor_.place(), "the encryption algorithm of this ESP SA", "add -E ALGORITHM KEY; for integrity alone, -E null");
  }

  bool ah_complete() {
    if (association_.encryption != ipsec::Encryption::kNone) {
      error_at(document_, encryption_place_, "AH does not encrypt", "leave out -E, or make it an SA of esp");
      return false;
    }
    if (!has_integrity_) return missing(cursor_.place(), "the authentication algorithm of this AH SA", "add -A ALGORITHM KEY");
    const bool digest = association_.integrity == ipsec::Integrity::kHmacMd5 || association_.integrity == ipsec::Integrity::kKeyedMd5;
    if (association_.old_header && digest) association_.icv_bits = kOldDigestBits;
    return true;
  }

  bool ipcomp_complete() {
    if (has_compression_) return true;
    return missing(cursor_.place(), "the compression algorithm of this IPComp SA", "add -C deflate");
  }

  Document& document_;
  SetkeyCursor& cursor_;
  SetkeyEnds& ends_;
  ipsec::Association& association_;
  Word encryption_place_ = cursor_.place();
  bool has_integrity_ = false;
  bool has_compression_ = false;
};

}  // namespace

std::optional<SetkeyEnds> read_setkey_ends(Document& document, SetkeyCursor& cursor) {
  const Word source_place = cursor.place();
  cursor.next();
  const auto source = read_setkey_address(document, source_place, Ranges::kHostOnly);
  if (!source) return std::nullopt;
  const Word destination_place = cursor.place();
  cursor.next();
  const auto destination = read_setkey_address(document, destination_place, Ranges::kHostOnly);
  if (!destination) return std::nullopt;
  if (source->prefix.address.family != destination->prefix.address.family) {
    error_at(document, destination_place, "source and destination are of different families", "give two IPv4 or two IPv6 addresses");
    return std::nullopt;
  }
  SetkeyEnds ends;
  ends.association.source = source->prefix;
  ends.association.destination = destination->prefix;
  if (!read_protocol(document, cursor, ends, *source, *destination)) return std::nullopt;
  return ends;
}

std::optional<base::Spi> read_setkey_spi(Document& document, SetkeyCursor& cursor) {
  const Word place = cursor.place();
  cursor.next();
  if (const auto number = read_number32(place.text)) return base::Spi{*number};
  error_at(document, place, place.text.empty() ? std::string("the SPI is missing") : fmt::format("{} is no SPI", quoted(place.text)),
           "give 256 to 4294967295, decimal or with 0x");
  return std::nullopt;
}

bool read_setkey_options(Document& document, SetkeyCursor& cursor, SetkeyEnds& ends) { return Options(document, cursor, ends).read(); }

void skip_setkey_flags(SetkeyCursor& cursor) {
  while (const SetkeyWord* word = cursor.peek()) {
    const bool flags =
        word->text.size() > 1 && word->text.front() == '-' && word->text.find_first_not_of("46n", 1) == std::string_view::npos;
    if (!flags) return;
    cursor.next();
  }
}

}  // namespace espy::config
