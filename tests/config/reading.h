// What the tests of the readers share: reading a text, and the data files.
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "config/document.h"

namespace espy::config {

using ReadFunction = void (*)(Document&);

inline Document read_text(ReadFunction read, std::string_view text, std::string name = "file") {
  Document document{.name = std::move(name), .text = text, .configuration = {}, .errors = {}, .findings = {}};
  read(document);
  return document;
}

inline std::string data_path(const std::string& name) { return std::string(ESPY_SOURCE_DIR "/tests/config/data/") + name; }

inline std::string data_file(const std::string& name) {
  std::ifstream file(data_path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string hex(const ipsec::Key& key) {
  std::string digits;
  for (const std::uint8_t octet : key.secret()) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    digits += kDigits[octet >> 4];
    digits += kDigits[octet & 15];
  }
  return digits;
}

inline std::string all_errors(const Document& document) {
  std::string text;
  for (const base::Error& error : document.errors) text += base::to_string(error) + "\n";
  return text;
}

}  // namespace espy::config
