#include "base/large_pages.h"

#include <sys/mman.h>

#include <new>

namespace espy::base {

namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kPage = 4096;

std::align_val_t alignment(std::size_t size) { return std::align_val_t{size >= kLargePage ? kLargePage : size >= kPage ? kPage : kLine}; }

}  // namespace

void* allocate_pages(std::size_t size) {
  void* const pages = ::operator new(size, alignment(size));
  // Hints: what they answer changes nothing. Pages that are asked for at once cost half of what each costs that is touched by itself.
  if (size >= kPage) ::madvise(pages, size, size >= kLargePage ? MADV_HUGEPAGE : MADV_POPULATE_WRITE);
  return pages;
}

void free_pages(void* pages, std::size_t size) { ::operator delete(pages, size, alignment(size)); }

}  // namespace espy::base
