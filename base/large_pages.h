// LargePages: an allocator for tables that packets touch all over. It asks the kernel for large pages, so that a table of many megabytes
// does not make each packet wait for the page tables too; and for those of a smaller one at once, so that packets need not wait for them.
#pragma once

#include <cstddef>

namespace espy::base {

inline constexpr std::size_t kLargePage = std::size_t{2} << 20;  // octets

// Aligned to a line of the cache; to a page if it fills one, as the kernel copies faster to there. `size`: octets, the same for both.
// Throws std::bad_alloc.
void* allocate_pages(std::size_t size);
void free_pages(void* pages, std::size_t size);

template <class Value>
struct LargePages {
  using value_type = Value;

  LargePages() = default;
  template <class Other>
  LargePages(const LargePages<Other>&) {}  // NOLINT(google-explicit-constructor): what an allocator needs

  Value* allocate(std::size_t count) { return static_cast<Value*>(allocate_pages(count * sizeof(Value))); }
  void deallocate(Value* values, std::size_t count) { free_pages(values, count * sizeof(Value)); }
  bool operator==(const LargePages&) const = default;
};

}  // namespace espy::base
