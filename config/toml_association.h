// TomlAssociations: the tables [[sa]] of espy's TOML, each with its keys, which may lie in files of their own.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "config/included_files.h"
#include "config/toml_entry.h"
#include "config/toml_hosts.h"

namespace espy::config {

class TomlAssociations {
 public:
  // Both must outlive it; `document` takes the SAs and the errors. Must itself outlive the entries that it reads.
  TomlAssociations(Document& document, const TomlHosts& hosts) : document_(document), hosts_(hosts), files_(document) {}
  void read(TomlEntry& entry);

 private:
  bool read_encryption(TomlEntry& entry, ipsec::Association& association);
  bool read_integrity(TomlEntry& entry, ipsec::Association& association);
  bool read_key(TomlEntry& entry, std::string_view kind, ipsec::Key& key);

  Document& document_;
  const TomlHosts& hosts_;
  IncludedFiles files_;
  std::deque<std::pair<std::string, std::string>> names_;
};

}  // namespace espy::config
