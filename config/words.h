// Words: cutting lines of text into pieces, as every line-based format of IKE daemons needs it. Views only, nothing is copied.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace espy::config {

inline constexpr std::string_view kBlanks = " \t\r\n\v\f";

// `text` without blanks at both ends.
std::string_view trim(std::string_view text);

// The non-empty pieces of `text` between any of `separators`, each trimmed.
std::vector<std::string_view> split(std::string_view text, std::string_view separators);

// ASCII lower case.
std::string lower(std::string_view text);

// Of `candidates`, the one that differs least from `word`; empty when none is near (more than a third of its letters differ).
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace espy::config
