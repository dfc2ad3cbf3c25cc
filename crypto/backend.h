// Backend: a cryptographic library behind one small interface. It prepares the keys of an SA once (Transform) and opens packets in bursts
// (Engine). Nothing here knows sequence windows, policies or classes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/parameters.h"

namespace espy::crypto {

class Backend;

enum class Check : std::uint8_t {
  kBad,   // the ICV is wrong, or the length is one that the algorithm cannot produce
  kGood,  // the ICV is right
  kNone,  // the SA has no ICV: nothing was authenticated
};

// The prepared keys of one SA. Immutable after prepare(): read by all workers at once. Wiped when it goes.
class Transform {
 public:
  Transform(const Backend& backend, const Parameters& parameters)
      : backend_(backend), layout_(layout_of(parameters)), protocol_(parameters.protocol) {}
  virtual ~Transform() = default;
  Transform(const Transform&) = delete;
  Transform& operator=(const Transform&) = delete;

  const Backend& backend() const { return backend_; }
  const Layout& layout() const { return layout_; }
  ipsec::Protocol protocol() const { return protocol_; }

 private:
  const Backend& backend_;
  Layout layout_;
  ipsec::Protocol protocol_;
};

// One packet to authenticate and, for ESP, to decrypt.
struct Job {
  const Transform* transform = nullptr;
  // Authenticated before `packet`. AH: the muted IP header with its extension headers and the AH header, its ICV field zero (RFC 4302
  // Appendix A). ESP: a WESP header where the ICV covers it (RFC 5840), else empty.
  base::Bytes header;
  // ESP: from the SPI to the last octet of the ICV. AH: what follows the AH header.
  base::Bytes packet;
  base::Bytes icv;             // AH: the ICV field as received, without its padding; ESP: empty
  std::uint32_t esn_high = 0;  // used where the SA has extended sequence numbers
  // ESP: room for layout().payload_size(packet.size()) octets, not overlapping `packet`; nullptr: authenticate only. Not needed where
  // layout().encrypted is false.
  std::uint8_t* plaintext = nullptr;

  Check check = Check::kBad;  // out
  bool opened = false;        // out: content() can be read, whatever `check` says

  // What an ESP packet holds, padding and trailer included: in `plaintext`, or in `packet` itself where nothing encrypts it.
  base::Bytes content() const {
    const Layout& layout = transform->layout();
    const std::size_t size = layout.payload_size(packet.size());
    return layout.encrypted ? base::Bytes(plaintext, size) : packet.subspan(layout.payload_offset(), size);
  }
};

// Opens bursts with one worker's own contexts (bounded). Not thread-safe; must not outlive the transforms of its jobs while in open().
class Engine {
 public:
  virtual ~Engine() = default;
  // Every job's transform was prepared by this engine's backend. Results by index; one bad packet never affects another.
  virtual void open(std::span<Job* const> jobs) noexcept = 0;
};

// Thread-safe, lives as long as the process.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;  // "openssl", "libgcrypt", "ipsec-mb": what --crypto takes
  virtual std::string version() const = 0;    // for --version: "OpenSSL 3.0.22 (default and legacy providers)"
  virtual bool supports(const Parameters& parameters) const = 0;
  // Only for what it supports(); fails where the library refuses the key.
  virtual base::Result<std::unique_ptr<Transform>> prepare(const Parameters& parameters) const = 0;
  virtual std::unique_ptr<Engine> make_engine() const = 0;
};

}  // namespace espy::crypto
