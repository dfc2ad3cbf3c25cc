#include "cli/nearest.h"

#include <algorithm>
#include <utility>

#include "base/edit_distance.h"

namespace espy::cli {
namespace {

constexpr std::size_t kMostSuggestions = 3;
constexpr std::size_t kLongestWord = 64;

}  // namespace

std::vector<std::string_view> nearest(std::string_view word, std::span<const std::string_view> known) {
  if (word.empty() || word.size() > kLongestWord) return {};
  std::vector<std::pair<std::size_t, std::string_view>> ranked;
  for (const std::string_view candidate : known) {
    const std::size_t rank = candidate.find(word) != std::string_view::npos ? 0 : base::edit_distance(word, candidate);
    if (rank <= std::max<std::size_t>(2, word.size() / 3)) ranked.emplace_back(rank, candidate);
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& left, const auto& right) { return left.first < right.first; });
  std::vector<std::string_view> words;
  for (const auto& [rank, candidate] : ranked) {
    if (words.size() == kMostSuggestions) break;
    words.push_back(candidate);
  }
  return words;
}

}  // namespace espy::cli
