#include "crypto/keyed_backend.h"

#include <array>
#include <atomic>
#include <optional>
#include <utility>

#include "crypto/association_opener.h"

namespace espy::crypto {

namespace {

// A transform may die and another be made at its address: contexts belong to a number that no second transform of the process gets.
std::uint64_t next_serial() {
  static std::atomic<std::uint64_t> serial{0};
  return ++serial;
}

class KeyedTransform final : public Transform {
 public:
  KeyedTransform(const Backend& backend, const Parameters& parameters) : Transform(backend, parameters), parameters_(parameters) {}

  const Parameters& parameters() const { return parameters_; }
  std::uint64_t serial() const { return serial_; }

 private:
  Parameters parameters_;
  std::uint64_t serial_ = next_serial();
};

// The contexts of the transforms used last, one a slot. Serial numbers are consecutive, so that as many transforms as there are slots do
// not get in one another's way; of two in one slot the later use evicts the other.
class ContextTable {
 public:
  explicit ContextTable(const PrimitiveFactory& factory) : factory_(factory) {}

  // nullptr where the library cannot make them.
  AssociationOpener* find(const KeyedTransform& transform) noexcept {
    Slot& slot = slots_[transform.serial() % kSlots];
    if (slot.serial != transform.serial()) fill(slot, transform);
    return slot.opener ? &*slot.opener : nullptr;
  }

 private:
  static constexpr std::size_t kSlots = 256;
  struct Slot {
    std::uint64_t serial = 0;
    std::optional<AssociationOpener> opener;
  };

  void fill(Slot& slot, const KeyedTransform& transform) noexcept {
    slot.serial = transform.serial();
    slot.opener.reset();
    base::Result<Primitives> primitives = factory_.make(transform.parameters());
    if (primitives) slot.opener.emplace(transform.parameters(), *std::move(primitives));
  }

  const PrimitiveFactory& factory_;
  std::array<Slot, kSlots> slots_;
};

class KeyedEngine final : public Engine {
 public:
  explicit KeyedEngine(const PrimitiveFactory& factory) : contexts_(factory) {}

  void open(std::span<Job* const> jobs) noexcept override {
    for (Job* const job : jobs) open(*job);
  }

 private:
  void open(Job& job) noexcept {
    AssociationOpener* const opener = contexts_.find(static_cast<const KeyedTransform&>(*job.transform));
    if (opener != nullptr) return opener->open(job, scratch_);
    job.check = Check::kBad;
    job.opened = false;
  }

  ContextTable contexts_;
  Scratch scratch_;
};

}  // namespace

base::Result<std::unique_ptr<Transform>> KeyedBackend::prepare(const Parameters& parameters) const {
  if (!supports(parameters)) return base::fail(std::string(name()) + " does not support the algorithms of the SA");
  const base::Result<Primitives> tried = factory_().make(parameters);
  if (!tried) return std::unexpected(tried.error());
  return std::make_unique<KeyedTransform>(*this, parameters);
}

std::unique_ptr<Engine> KeyedBackend::make_engine() const { return std::make_unique<KeyedEngine>(factory_()); }

}  // namespace espy::crypto
