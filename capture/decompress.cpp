#include "capture/decompress.h"

#include <zlib.h>
#include <zstd.h>

#include <utility>

#include <fmt/format.h>

namespace espy::capture {

namespace {

constexpr std::size_t kCompressedBlock = std::size_t{128} * 1024;

// What both decompressors share: a block of compressed octets that is refilled from the input below.
class Decompressor : public Input {
 public:
  explicit Decompressor(std::unique_ptr<Input> input) : input_(std::move(input)), block_(kCompressedBlock) {}
  bool would_wait() override { return fresh_ == filled_ && input_->would_wait(); }
  std::string trouble() const override { return trouble_.empty() ? input_->trouble() : trouble_; }
  std::optional<double> progress() const override { return input_->progress(); }
  void stop() noexcept override { input_->stop(); }

 protected:
  // The compressed octets in hand, refilled when there are none; empty at the end.
  std::span<std::uint8_t> compressed() {
    if (fresh_ == filled_) {
      fresh_ = 0;
      filled_ = input_->read(block_);
      offset_ += filled_;
    }
    return std::span(block_).subspan(fresh_, filled_ - fresh_);
  }
  void use(std::size_t count) { fresh_ += count; }
  std::size_t spoil(const char* what) {
    trouble_ = fmt::format("its compressed data {} near offset {}", what, offset_ - (filled_ - fresh_));
    return 0;
  }
  bool spoilt() const { return !trouble_.empty(); }

 private:
  std::unique_ptr<Input> input_;
  std::vector<std::uint8_t> block_;
  std::size_t fresh_ = 0;
  std::size_t filled_ = 0;
  std::uint64_t offset_ = 0;  // compressed octets read so far
  std::string trouble_;
};

class GzipInput final : public Decompressor {
 public:
  explicit GzipInput(std::unique_ptr<Input> input) : Decompressor(std::move(input)) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    ready_ = inflateInit2(&stream_, kGzipOnly) == Z_OK;
  }
  ~GzipInput() override { inflateEnd(&stream_); }
  GzipInput(const GzipInput&) = delete;
  GzipInput& operator=(const GzipInput&) = delete;

  std::size_t read(std::span<std::uint8_t> room) override {
    if (!ready_) return spoilt() ? 0 : spoil("cannot be read, for lack of memory,");
    while (!spoilt()) {
      const auto input = compressed();
      if (input.empty()) return between_members_ ? 0 : spoil("ends early");
      const std::size_t written = inflate_some(input, room);
      if (written != 0) return written;
    }
    return 0;
  }

 private:
  std::size_t inflate_some(std::span<std::uint8_t> input, std::span<std::uint8_t> room) {
    if (between_members_ && after_first_ && input[0] != 0x1f) return ignore_rest(input);
    between_members_ = false;
    stream_.next_in = input.data();
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = room.data();
    stream_.avail_out = static_cast<uInt>(room.size());
    const int code = inflate(&stream_, Z_NO_FLUSH);
    use(input.size() - stream_.avail_in);
    if (code == Z_STREAM_END) {
      between_members_ = after_first_ = true;
      inflateReset(&stream_);
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      spoil("is damaged");
    }
    return room.size() - stream_.avail_out;
  }

  // gzip pads with zeros on tapes, and ignores what follows the last member; a capture that goes on there would be lost in silence.
  std::size_t ignore_rest(std::span<std::uint8_t> input) {
    for (const std::uint8_t octet : input) {
      if (octet != 0) return spoil("is followed by something else");
    }
    use(input.size());
    return 0;
  }

  z_stream stream_{};
  bool ready_ = false;
  bool between_members_ = true;
  bool after_first_ = false;
};

struct FreeStream {
  void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
};

class ZstdInput final : public Decompressor {
 public:
  explicit ZstdInput(std::unique_ptr<Input> input) : Decompressor(std::move(input)), stream_(ZSTD_createDStream()) {}

  std::size_t read(std::span<std::uint8_t> room) override {
    if (stream_ == nullptr) return spoilt() ? 0 : spoil("cannot be read, for lack of memory,");
    while (!spoilt()) {
      const std::size_t written = pending_ ? flush(room) : 0;
      if (written != 0) return written;
      const auto input = compressed();
      if (input.empty()) return between_frames_ ? 0 : spoil("ends early");
      const std::size_t fresh = decompress_some(input, room);
      if (fresh != 0) return fresh;
    }
    return 0;
  }

 private:
  // zstd may hold back octets that did not fit; they come without new input.
  std::size_t flush(std::span<std::uint8_t> room) { return decompress_some({}, room); }

  std::size_t decompress_some(std::span<std::uint8_t> input, std::span<std::uint8_t> room) {
    ZSTD_inBuffer in{.src = input.data(), .size = input.size(), .pos = 0};
    ZSTD_outBuffer out{.dst = room.data(), .size = room.size(), .pos = 0};
    const std::size_t hint = ZSTD_decompressStream(stream_.get(), &out, &in);
    use(in.pos);
    if (ZSTD_isError(hint) != 0) return spoil("is damaged"), out.pos;
    pending_ = out.pos == out.size;
    if (in.pos != 0 || out.pos != 0) between_frames_ = hint == 0;
    return out.pos;
  }

  std::unique_ptr<ZSTD_DStream, FreeStream> stream_;
  bool between_frames_ = true;
  bool pending_ = false;
};

}  // namespace

std::string find_compression(base::Bytes head) {
  if (head.size() >= 2 && head[0] == 0x1f && head[1] == 0x8b) return "gz";
  if (head.size() < 4) return "";
  if (head[0] == 0x28 && head[1] == 0xb5 && head[2] == 0x2f && head[3] == 0xfd) return "zst";
  // A skippable frame may stand first: pzstd and seekable files have them.
  if ((head[0] & 0xf0) == 0x50 && head[1] == 0x2a && head[2] == 0x4d && head[3] == 0x18) return "zst";
  return "";
}

std::unique_ptr<Input> make_decompressor(const std::string& compression, std::unique_ptr<Input> input) {
  if (compression == "gz") return std::make_unique<GzipInput>(std::move(input));
  return std::make_unique<ZstdInput>(std::move(input));
}

}  // namespace espy::capture
