// nearest: which known words a mistyped one may have meant.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace espy::cli {

// At most three of `known`, the best first: those that contain `word`, or differ from it by few letters. Empty when nothing is near.
std::vector<std::string_view> nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace espy::cli
