// The files of tcpdump's -E: "SPI@ADDRESS ALGORITHM:SECRET", one a line or between commas.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "config/algorithm_names.h"
#include "config/included_files.h"
#include "config/scanner.h"
#include "config/words.h"

namespace espy::config {

namespace {

constexpr std::string_view kTruncatedSuffix = "-hmac96";
constexpr std::string_view kCbcSuffix = "-cbc";
constexpr std::uint16_t kTruncatedBits = 96;

class TcpdumpEntry {
 public:
  TcpdumpEntry(Document& document, const std::vector<Word>& words) : document_(document), words_(words) {}

  void read() {
    association_.origin = document_.origin(words_.front().line);
    association_.mode = ipsec::Mode::kAny;
    const std::size_t last = words_.size() - 1;
    if (words_.size() > 2) return refuse(words_[2], "this entry has too many words", "write SPI@ADDRESS ALGORITHM:SECRET");
    if (last == 1 && !read_identity(words_[0])) return;
    if (last == 0 && words_[0].text.find('@') != std::string_view::npos) {
      return refuse(words_[0], "the algorithm and the key are missing", "write SPI@ADDRESS ALGORITHM:SECRET");
    }
    if (read_secret(words_[last]) && key_fits()) document_.configuration.associations.push_back(std::move(association_));
  }

 private:
  void refuse(const Word& place, std::string message, std::string advice) {
    error_at(document_, place, std::move(message), std::move(advice));
  }

  bool read_identity(const Word& word) {
    const std::size_t at = word.text.find('@');
    const auto spi = read_number32(word.text.substr(0, at));
    if (at == std::string_view::npos || !spi) {
      refuse(word, fmt::format("{} names no SA", quoted(word.text)),
             "write SPI@ADDRESS, like 0x12345678@192.0.2.1; the address is the destination");
      return false;
    }
    const auto address = base::read_address(word.text.substr(at + 1));
    if (!address) {
      error_at(document_, part(word, at + 1), address.error());
      return false;
    }
    association_.spi = base::Spi{*spi};
    association_.destination = base::host_prefix(*address);
    return true;
  }

  bool read_secret(const Word& word) {
    const std::size_t colon = word.text.find(':');
    if (colon == std::string_view::npos) {
      refuse(word, "there is no ':' between an algorithm and its key",
             "write ALGORITHM:0xKEY, like aes128-cbc:0x00112233445566778899aabbccddeeff");
      return false;
    }
    return read_algorithm(part(word, 0, colon)) && read_key(part(word, colon + 1));
  }

  bool read_algorithm(const Word& word) {
    std::string name = lower(word.text);
    if (name.ends_with(kTruncatedSuffix)) {
      name.resize(name.size() - kTruncatedSuffix.size());
      association_.integrity = ipsec::Integrity::kAny;
      association_.icv_bits = kTruncatedBits;
    }
    if (name.ends_with(kCbcSuffix)) name.resize(name.size() - kCbcSuffix.size());
    const auto named = find_encryption(Dialect::kTcpdump, name);
    if (!named) {
      refuse(word, fmt::format("{} is no algorithm that espy knows from tcpdump", quoted(word.text)),
             suggestion(name, encryption_names(Dialect::kTcpdump),
                        "give one like aes128-cbc, 3des-cbc or none, with -hmac96 where an ICV of 96 bits follows"));
      return false;
    }
    association_.encryption = named->id;
    association_.encryption_name = word.text;
    named_size_ = named->key_size;
    return true;
  }

  bool read_key(const Word& word) {
    if (!starts_with_0x(word.text)) {
      association_.encryption_key = key_from_text(word.text);
      association_.key_from_text = !word.text.empty();
      return true;
    }
    auto key = read_hex_key(word.text.substr(2));
    if (!key) {
      error_at(document_, word, key.error());
      return false;
    }
    association_.encryption_key = std::move(*key);
    return true;
  }

  bool key_fits() {
    const std::size_t size = association_.encryption_key.size();
    if (named_size_ == 0 || size == named_size_) return check_key_sizes(document_, words_.back(), association_);
    refuse(words_.back(), fmt::format("key of SPI {} is {} bytes", short_spi(association_.spi), size),
           fmt::format("{} needs {}", association_.encryption_name, named_size_));
    return false;
  }

  Document& document_;
  const std::vector<Word>& words_;
  ipsec::Association association_;
  std::size_t named_size_ = 0;
};

void read_line(Document& document, const Word& line) {
  std::size_t start = 0;
  while (start <= line.text.size()) {
    const std::size_t end = std::min(line.text.find(',', start), line.text.size());
    const std::vector<Word> words = words_of(part(line, start, end - start));
    if (!words.empty()) TcpdumpEntry(document, words).read();
    start = end + 1;
  }
}

class TcpdumpFile {
 public:
  explicit TcpdumpFile(Document& document) : document_(document), files_(document) {}

  void read(std::string_view text) {
    Lines lines(text);
    while (const auto line = lines.next()) {
      const std::vector<Word> words = words_of(*line);
      // tcpdump's entries for IKEv2 packets, which espy does not decrypt, begin with "ikev2".
      if (words.empty() || words.front().text.starts_with('#') || words.front().text == "ikev2") continue;
      if (words.front().text == "file" && words.size() == 2) {
        follow(words[1]);
      } else {
        read_line(document_, *line);
      }
    }
  }

 private:
  void follow(const Word& file) {
    files_.each(file.text, document_.origin(file.line), [&](const std::string& name, std::string_view text) {
      const std::string outer = std::exchange(document_.name, name);
      read(text);
      document_.name = outer;
    });
  }

  Document& document_;
  IncludedFiles files_;
};

}  // namespace

void read_tcpdump_keys(Document& document) { TcpdumpFile(document).read(document.text); }

}  // namespace espy::config
