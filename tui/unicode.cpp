#include "tui/unicode.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace espy::tui {
namespace {

struct Range {
  char32_t first, last;
};

// Sorted. Scripts that are written from left to right, one cell a letter, and signs.
constexpr auto kNarrow = std::to_array<Range>({
    {0x20, 0x7e},     {0xa0, 0xac},     {0xae, 0x2ff},    {0x370, 0x377},   {0x37a, 0x37f},   {0x384, 0x38a},   {0x38e, 0x3a1},
    {0x3a3, 0x482},   {0x48a, 0x52f},   {0x531, 0x556},   {0x559, 0x58a},   {0x10d0, 0x10ff}, {0x1e00, 0x1f15}, {0x1f18, 0x1f1d},
    {0x1f20, 0x1f45}, {0x1f48, 0x1f4d}, {0x1f50, 0x1f57}, {0x1f5f, 0x1f7d}, {0x1f80, 0x1fb4}, {0x1fb6, 0x1fc4}, {0x2010, 0x2027},
    {0x2030, 0x205e}, {0x2070, 0x2071}, {0x2074, 0x208e}, {0x2090, 0x209c}, {0x20a0, 0x20bf}, {0x2100, 0x218b}, {0x2190, 0x2319},
    {0x231c, 0x2328}, {0x232b, 0x23e8}, {0x23ed, 0x23ef}, {0x23f1, 0x23f2}, {0x23f4, 0x2426}, {0x2440, 0x244a}, {0x2460, 0x25fc},
    {0x25ff, 0x2613}, {0x2616, 0x2647}, {0x2654, 0x267e}, {0x2680, 0x2692}, {0x2694, 0x26a0}, {0x26a2, 0x26a9}, {0x2701, 0x2704},
    {0x2706, 0x2709}, {0x270c, 0x2727}, {0x2729, 0x274b}, {0x2756, 0x2756}, {0x2758, 0x2794}, {0x2798, 0x27af}, {0x27b1, 0x27be},
    {0x27c0, 0x2b1a}, {0xfffd, 0xfffd},
});

constexpr auto kWide = std::to_array<Range>({
    {0x2e80, 0x2e99},   {0x2e9b, 0x2ef3},   {0x2f00, 0x2fd5},   {0x3000, 0x3029},   {0x3030, 0x303e},   {0x3041, 0x3096},
    {0x309b, 0x30ff},   {0x3105, 0x312f},   {0x3131, 0x3163},   {0x3165, 0x318e},   {0x3190, 0x31ba},   {0x3200, 0x321e},
    {0x3220, 0x3247},   {0x3250, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa48c},   {0xac00, 0xd7a3},
    {0xf900, 0xfa6d},   {0xff01, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f320}, {0x1f32d, 0x1f335}, {0x1f337, 0x1f37c},
    {0x1f600, 0x1f64f}, {0x20000, 0x2a6dd}, {0x2a700, 0x2b734},
});

template <std::size_t kCount>
bool holds(const std::array<Range, kCount>& ranges, char32_t value) {
  const auto range = std::ranges::lower_bound(ranges, value, {}, &Range::last);
  return range != ranges.end() && value >= range->first;
}

std::size_t sequence_size(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

bool shortest_form(char32_t value, std::size_t size) {
  static constexpr std::array<char32_t, 5> kFloors = {0, 0, 0x80, 0x800, 0x10000};
  return value >= kFloors[size] && value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
}

}  // namespace

CodePoint first_code_point(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = sequence_size(lead);
  if (size == 0 || size > text.size()) return {};
  char32_t value = size == 1 ? lead : lead & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return {};
    value = value << 6 | (next & 0x3fU);
  }
  return shortest_form(value, size) ? CodePoint{value, size} : CodePoint{};
}

void append_utf8(std::string& text, char32_t value) {
  const auto append = [&](char32_t octet) { text.push_back(static_cast<char>(octet)); };
  if (value < 0x80) return append(value);
  const int tail = value < 0x800 ? 1 : value < 0x10000 ? 2 : 3;
  append(((0xff00U >> (tail + 1)) & 0xffU) | value >> (6 * tail));
  for (int i = tail - 1; i >= 0; --i) append(0x80U | ((value >> (6 * i)) & 0x3fU));
}

int cell_count(char32_t value) {
  if (value < 0x7f) return value >= 0x20 ? 1 : 0;
  if (holds(kNarrow, value)) return 1;
  return holds(kWide, value) ? 2 : 0;
}

}  // namespace espy::tui
