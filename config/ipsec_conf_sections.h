// Sections of an ipsec.conf, as written: conns, `config setup`, cas, each with its parameters in order. No defaults, no `also`, no meaning.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/included_files.h"

namespace espy::config {

struct IpsecConfParameter {
  std::string key;    // lower case
  std::string value;  // without quotes and comment
  ipsec::Origin origin;
  std::uint32_t column = 0;  // of the value, 1-based
};

struct IpsecConfSection {
  enum class Kind : std::uint8_t { kSetup, kConn, kAuthority };
  Kind kind = Kind::kConn;
  std::string name;
  ipsec::Origin origin;
  std::vector<IpsecConfParameter> parameters;
};

// Reads the document and what it includes; errors go to the document.
std::vector<IpsecConfSection> read_ipsec_conf_sections(Document& document);

}  // namespace espy::config
