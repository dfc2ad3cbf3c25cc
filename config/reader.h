// Reader: the files named by -c, whatever their format, and the policies of the command line, as one Configuration.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"

namespace espy::config {

// What a text is, told from its content alone; `advice` says what to give instead when it is another tool's output
// (`swanctl --list-sas`, `ipsec status`, `ip xfrm monitor`) or nothing known.
struct Recognition {
  std::optional<Format> format;
  std::string message;  // when there is no format: what it looks like
  std::string advice;
};
Recognition recognise(std::string_view text);

struct Outcome {
  ipsec::Configuration configuration;
  std::vector<base::Error> errors;
  std::vector<LintFinding> findings;
};

// --host NAME=ADDRESS
struct HostBinding {
  std::string name;
  base::Address address;
};

// Reads each argument ("FILE", "FORMAT:FILE"; "-" is standard input), in order. Files that hold policies give one Spd each. Key files that
// others can read give the finding config.readable-keys.
Outcome read(std::span<const std::string> arguments, std::span<const HostBinding> hosts);

// Reads a text that is already at hand, such as the secrets of a capture; `name` stands in origins and errors.
void read_text(Format format, std::string name, std::string_view text, Outcome& outcome);

// One --protect with what narrows it (VERDICT.md V7).
struct Protect {
  std::string from;  // address or prefix, as given
  std::string to;
  std::vector<std::string> ports;  // "tcp/23"
  std::string require = "esp";     // "esp", "ah", "ah,esp"
  std::optional<std::string> via_from, via_to;
};

// An Spd of its own, both directions of each; every bad word is an error without a file.
base::Result<ipsec::Spd, std::vector<base::Error>> read_protect(std::span<const Protect> protects);

}  // namespace espy::config
