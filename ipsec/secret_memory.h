// Secret memory: pages for keys that are locked against swapping, left out of core dumps, gone in a forked child, and wiped when an object
// in them is freed. A small allocator over whole pages; it is not for bulk data. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace espy::ipsec {

// Never fails but by std::bad_alloc. `size` 0 gives nullptr.
void* allocate_secret(std::size_t size);
// Wipes the whole of it first. `size` as it was asked for.
void free_secret(void* memory, std::size_t size) noexcept;

// False once a page could not be locked, because RLIMIT_MEMLOCK is too small; the keys are held in ordinary pages then.
bool secret_memory_locked() noexcept;

template <class T>
struct SecretAllocator {
  using value_type = T;
  SecretAllocator() = default;
  template <class Other>
  explicit SecretAllocator(const SecretAllocator<Other>&) noexcept {}
  T* allocate(std::size_t count) { return static_cast<T*>(allocate_secret(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept { free_secret(memory, count * sizeof(T)); }
  bool operator==(const SecretAllocator&) const = default;
};

using SecretOctets = std::vector<std::uint8_t, SecretAllocator<std::uint8_t>>;

// A text that holds keys. It grows without leaving copies behind, and is wiped when it goes.
class SecretText {
 public:
  SecretText& operator+=(std::string_view text) {
    letters_.insert(letters_.end(), text.begin(), text.end());
    return *this;
  }
  bool empty() const { return letters_.empty(); }
  std::size_t size() const { return letters_.size(); }
  std::string_view view() const { return {letters_.data(), letters_.size()}; }

 private:
  std::vector<char, SecretAllocator<char>> letters_;
};

}  // namespace espy::ipsec
