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
  if (size >= kLargePage) ::madvise(pages, size, MADV_HUGEPAGE);  // a hint: what it answers changes nothing
  return pages;
}

void free_pages(void* pages, std::size_t size) { ::operator delete(pages, size, alignment(size)); }

}  // namespace espy::base
