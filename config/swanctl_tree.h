// SwanctlTree: the sections and settings of a swanctl.conf with what it includes and what its sections inherit by reference. Values may be
// secrets and are wiped when the tree goes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/included_files.h"
#include "ipsec/key.h"

namespace espy::config {

struct SwanctlSetting {
  ipsec::Key value;  // text; use SwanctlView to read it
  ipsec::Origin origin;
  std::uint32_t column = 0;  // of the value, 1-based
};

struct SwanctlSection {
  std::string name;
  ipsec::Origin origin;
  std::vector<std::string> bases;                               // dotted paths from the root, the first counts most
  std::map<std::string, SwanctlSetting, std::less<>> settings;  // of equal keys the last counts
  std::map<std::string, std::unique_ptr<SwanctlSection>, std::less<>> sections;
};

// A section together with all that it inherits: what a daemon sees under its name.
class SwanctlView {
 public:
  SwanctlView(const SwanctlSection& root, const SwanctlSection& section);

  // nullptr when neither the section nor its bases have it.
  const SwanctlSetting* find(std::string_view key) const;
  // The setting's text; "" when it is not given.
  std::string_view value(std::string_view key) const;
  // The section `name` below this one, inherited parts included; empty() when there is none.
  SwanctlView below(std::string_view name) const;
  // Names of all sections below, inherited ones included, each once.
  std::vector<std::string> names() const;
  bool empty() const { return parts_.empty(); }
  const ipsec::Origin& origin() const { return parts_.front()->origin; }

 private:
  explicit SwanctlView(const SwanctlSection& root) : root_(&root) {}
  void add(const SwanctlSection& section, std::size_t depth);

  const SwanctlSection* root_;
  std::vector<const SwanctlSection*> parts_;  // the section first, then its bases
};

// Reads the document and what it includes; errors go to the document. The result is the unnamed root section.
SwanctlSection read_swanctl_tree(Document& document);

}  // namespace espy::config
