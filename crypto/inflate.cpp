#include "crypto/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace espy::crypto {

namespace {

constexpr int kRaw = -MAX_WBITS;  // negative: DEFLATE without zlib's header and checksum

uInt bounded(std::size_t size) { return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max())); }

}  // namespace

struct Inflater::State {
  State() : ready(inflateInit2(&stream, kRaw) == Z_OK) {}
  ~State() {
    if (ready) inflateEnd(&stream);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  z_stream stream{};
  bool ready;
};

Inflater::Inflater() : state_(std::make_unique<State>()) {}
Inflater::~Inflater() = default;

std::optional<std::size_t> Inflater::inflate(base::Bytes compressed, std::span<std::uint8_t> out) noexcept {
  z_stream& stream = state_->stream;
  if (!state_->ready || inflateReset(&stream) != Z_OK) return std::nullopt;
  std::uint8_t nowhere = 0;
  stream.next_in = const_cast<Bytef*>(compressed.data());
  stream.avail_in = bounded(compressed.size());
  stream.next_out = out.empty() ? &nowhere : out.data();
  stream.avail_out = bounded(out.size());
  if (::inflate(&stream, Z_FINISH) != Z_STREAM_END) return std::nullopt;
  return out.size() - stream.avail_out;
}

}  // namespace espy::crypto
