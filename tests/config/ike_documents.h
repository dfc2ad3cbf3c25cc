// What the tests of the IKE formats share: a document made from a text, its policies and findings as short lines.
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "config/document.h"

namespace espy::config {

inline Document read_with(void (*reader)(Document&), const std::string& text, std::string name = "standard input") {
  Document document;
  document.name = std::move(name);
  document.text = text;
  reader(document);
  document.text = {};
  return document;
}

inline Document read_file_with(void (*reader)(Document&), const std::string& name) {
  const std::string path = std::string(ESPY_SOURCE_DIR "/tests/config/data/") + name;
  std::ifstream file(path, std::ios::binary);
  return read_with(reader, {std::istreambuf_iterator<char>(file), {}}, path);
}

inline std::string line_of(const ipsec::Policy& policy) {
  static const char* const kActions[] = {"protect", "bypass", "discard"};
  const auto side = [](const base::Prefix& prefix, const ipsec::PortRange& port, bool dynamic) {
    std::string text = dynamic ? "?" : to_string(prefix);
    if (!port.any()) text += "[" + std::to_string(port.first) + (port.first == port.last ? "" : "-" + std::to_string(port.last)) + "]";
    return text;
  };
  const ipsec::Selector& selector = policy.selector;
  std::string line = std::string(kActions[static_cast<int>(policy.action)]) + " " +
                     side(selector.source, selector.source_port, policy.source_dynamic) + " > " +
                     side(selector.destination, selector.destination_port, policy.destination_dynamic);
  if (selector.protocol != 0) line += " proto " + std::to_string(selector.protocol);
  for (const ipsec::Template& header : policy.templates) {
    line += std::string(" ") + std::string(name(header.protocol)) + "/" + std::string(name(header.mode));
    if (header.source.known() || header.destination.known()) line += " " + to_string(header.source) + "-" + to_string(header.destination);
    if (header.level == ipsec::PolicyLevel::kUse) line += " use";
  }
  if (policy.marked) line += " marked";
  if (policy.any_tunnel_ends) line += " any-ends";
  return line;
}

// One line a policy, in the order of matching.
inline std::vector<std::string> lines_of(const ipsec::Spd& spd) {
  std::vector<std::string> lines;
  for (const ipsec::Policy& policy : spd.policies) lines.push_back(line_of(policy));
  return lines;
}
inline std::vector<std::string> lines_of(const Document& document) {
  return document.configuration.spds.empty() ? std::vector<std::string>{} : lines_of(document.configuration.spds.front());
}

inline std::vector<std::string> codes_of(const std::vector<LintFinding>& findings) {
  std::vector<std::string> codes;
  for (const LintFinding& finding : findings) codes.push_back(finding.code);
  return codes;
}

inline std::string all_words(const Document& document) {
  std::string words;
  for (const base::Error& error : document.errors) words += to_string(error) + "\n";
  for (const LintFinding& finding : document.findings) words += finding.message + "\n";
  return words;
}

}  // namespace espy::config
