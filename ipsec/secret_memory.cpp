#include "ipsec/secret_memory.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <new>

namespace espy::ipsec {

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kChunk = 4 * kPage;
constexpr std::size_t kSmallest = 32;                                                       // a slot's octets
constexpr std::size_t kLargest = kPage / 2;                                                 // what is larger has pages of its own
constexpr std::size_t kClasses = std::bit_width(kLargest) - std::bit_width(kSmallest) + 1;  // each twice the one before

std::atomic<bool> everything_locked{true};

constexpr std::size_t whole_pages(std::size_t size) { return (size + kPage - 1) / kPage * kPage; }

void* map_pages(std::size_t size) {
  void* pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  // The call itself, because AddressSanitizer makes nothing of mlock().
  if (::syscall(SYS_mlock, pages, size) != 0) everything_locked = false;
  ::madvise(pages, size, MADV_DONTDUMP);
  ::madvise(pages, size, MADV_WIPEONFORK);
  return pages;
}

// A lock for a few instructions. Keys are allocated while a configuration is read, rarely by two threads at once.
class Locked {
 public:
  explicit Locked(std::atomic_flag& flag) : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) flag_.wait(true, std::memory_order_relaxed);
  }
  ~Locked() {
    flag_.clear(std::memory_order_release);
    flag_.notify_one();
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  std::atomic_flag& flag_;
};

// Slots of a few sizes, cut from chunks that are never given back: what one size frees, the same size takes again.
class Slots {
 public:
  void* take(std::size_t size_class) {
    const Locked lock(busy_);
    if (free_[size_class] == nullptr) cut_chunk(size_class);
    Slot* slot = free_[size_class];
    free_[size_class] = slot->next;
    slot->next = nullptr;
    return slot;
  }

  void give_back(void* memory, std::size_t size_class) noexcept {
    const Locked lock(busy_);
    free_[size_class] = new (memory) Slot{free_[size_class]};
  }

 private:
  struct Slot {
    Slot* next;
  };

  void cut_chunk(std::size_t size_class) {
    auto* chunk = static_cast<std::byte*>(map_pages(kChunk));
    const std::size_t size = kSmallest << size_class;
    for (std::size_t offset = kChunk; offset != 0; offset -= size) {
      free_[size_class] = new (chunk + offset - size) Slot{free_[size_class]};
    }
  }

  std::atomic_flag busy_;
  std::array<Slot*, kClasses> free_{};
};

// Never destroyed, because keys with static lifetime may outlive anything else.
Slots& slots() {
  static Slots& all = *new Slots;
  return all;
}

constexpr std::size_t class_of(std::size_t size) {
  return size <= kSmallest ? 0 : static_cast<std::size_t>(std::bit_width(size - 1) - std::bit_width(kSmallest - 1));
}
static_assert(class_of(1) == 0 && class_of(32) == 0 && class_of(33) == 1 && class_of(64) == 1 && class_of(kLargest) == kClasses - 1);

}  // namespace

void* allocate_secret(std::size_t size) {
  if (size == 0) return nullptr;
  return size > kLargest ? map_pages(whole_pages(size)) : slots().take(class_of(size));
}

void free_secret(void* memory, std::size_t size) noexcept {
  if (memory == nullptr) return;
  explicit_bzero(memory, size);
  if (size > kLargest) {
    ::munmap(memory, whole_pages(size));
  } else {
    slots().give_back(memory, class_of(size));
  }
}

bool secret_memory_locked() noexcept { return everything_locked; }

}  // namespace espy::ipsec
