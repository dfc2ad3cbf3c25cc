// opened_samples: the lines of data/opened.txt: frames and the contents that become readable in them. Aborts on anything unexpected.
#pragma once

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "decode/esp_content.h"
#include "tests/decode/frames.h"

namespace espy::decode::test {

using Octets = std::vector<std::uint8_t>;

struct Opened {
  std::string name;
  base::LinkType link_type = base::LinkType::kEthernet;
  Octets frame;
  Octets appended;
  std::vector<OpenedContent> contents;
  Octets inner;  // the frame without the last header opened and those before it

  Octets data() const {
    Octets all = frame;
    all.insert(all.end(), appended.begin(), appended.end());
    return all;
  }
};

inline OpenedContent content_of(const std::string& text) {
  std::istringstream words(text);
  unsigned security = 0, next_header = 0;
  char colon = 0;
  OpenedContent content;
  words >> security >> colon >> next_header >> colon >> content.offset >> colon >> content.size;
  content.security = static_cast<std::uint8_t>(security);
  content.next_header = static_cast<std::uint8_t>(next_header);
  return content;
}

inline Opened opened_of(const std::string& line) {
  std::istringstream words(line);
  std::uint32_t link_type = 0;
  std::string frame, appended, contents, inner;
  Opened opened;
  words >> opened.name >> link_type >> frame >> appended >> contents >> inner;
  opened.link_type = static_cast<base::LinkType>(link_type);
  opened.frame = from_hex(frame);
  if (appended != "-") opened.appended = from_hex(appended);
  opened.inner = from_hex(inner);
  std::istringstream parts(contents);
  for (std::string part; std::getline(parts, part, ',');) opened.contents.push_back(content_of(part));
  return opened;
}

inline const std::vector<Opened>& samples() {
  static const std::vector<Opened> all = [] {
    std::ifstream file(data_path("opened.txt"));
    std::vector<Opened> read;
    for (std::string line; std::getline(file, line);) {
      if (!line.empty() && line[0] != '#') read.push_back(opened_of(line));
    }
    return read;
  }();
  return all;
}

inline const Opened& sample(const std::string& name) {
  for (const Opened& candidate : samples()) {
    if (candidate.name == name) return candidate;
  }
  std::abort();
}

inline Packet parsed(const Opened& opened) {
  Packet packet;
  parse_frame(opened.frame, static_cast<std::uint32_t>(opened.frame.size()), opened.link_type, {}, packet);
  const Octets data = opened.data();
  for (const OpenedContent& content : opened.contents) parse_opened(data, content, {}, packet);
  return packet;
}

}  // namespace espy::decode::test
