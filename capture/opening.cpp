#include "capture/opening.h"

#include <utility>
#include <vector>

#include "capture/decompress.h"

namespace espy::capture {

namespace {

// A header that has no interface and no frame this far is not looked at any longer.
constexpr std::size_t kMaxLook = std::size_t{4} * 1024 * 1024;

struct Sight {
  std::vector<InterfaceFacts> interfaces;
  base::Time first = base::kNever;
};

// Cuts the head again and again, until it shows what is looked for or grows no more.
Sight look_into(PeekedInput& input, const Cutter& fresh, Look look) {
  for (;;) {
    Cutter cutter = fresh;
    Frames frames;
    cutter.cut(input.head(), frames);
    Sight sight{.interfaces = cutter.interfaces()};
    if (!frames.empty()) sight.first = frames.front().time;
    const bool seen = look == Look::kInterface ? !sight.interfaces.empty() : !frames.empty();
    if (seen || input.head().size() >= kMaxLook || !cutter.position().damage.empty() || !input.grow()) return sight;
  }
}

std::unexpected<base::Error> in_file(base::Error error, const std::string& path) {
  error.file = path == "-" ? "standard input" : path;
  return std::unexpected(std::move(error));
}

struct Decoded {
  std::unique_ptr<PeekedInput> input;
  std::string compression;
};

// The input as it is, or through a decompressor.
Decoded decode(OpenFile file) {
  Decoded decoded{.input = std::make_unique<PeekedInput>(std::make_unique<FileInput>(std::move(file))), .compression = {}};
  decoded.input->grow_to(Cutter::kHeadSize);
  decoded.compression = find_compression(decoded.input->head());
  if (decoded.compression.empty()) return decoded;
  decoded.input = std::make_unique<PeekedInput>(make_decompressor(decoded.compression, std::move(decoded.input)));
  decoded.input->grow_to(Cutter::kHeadSize);
  return decoded;
}

}  // namespace

base::Result<Opening> open_capture(const std::string& path, std::uint32_t source, Look look, Filter& filter) {
  auto file = open_file(path);
  if (!file) return in_file(std::move(file.error()), path);
  const bool regular = file->size.has_value();
  Decoded decoded = decode(std::move(*file));
  auto cutter = Cutter::make(decoded.input->head(), source);
  if (!cutter && !decoded.input->trouble().empty()) return in_file({.message = decoded.input->trouble(), .advice = {}, .file = {}}, path);
  if (!cutter) return in_file(std::move(cutter.error()), path);
  const Sight sight = look_into(*decoded.input, *cutter, look);
  for (const InterfaceFacts& interface : sight.interfaces) {
    if (auto compiled = filter.compile(interface.link_type); !compiled) return in_file(std::move(compiled.error()), path);
  }
  const bool plain = decoded.compression.empty();
  return Opening{.name = path,
                 .format = plain ? cutter->format() : cutter->format() + "." + decoded.compression,
                 .cutter = std::move(*cutter),
                 .input = std::move(decoded.input),
                 .plain = plain && regular && path != "-",
                 .repeatable = regular && path != "-",
                 .first = sight.first};
}

base::Result<std::unique_ptr<PeekedInput>> open_input(const std::string& path) {
  auto file = open_file(path);
  if (!file) return in_file(std::move(file.error()), path);
  return decode(std::move(*file)).input;
}

bool is_capture(const std::string& path) {
  auto file = open_file(path);
  if (!file || !file->size) return false;
  const Decoded decoded = decode(std::move(*file));
  return Cutter::make(decoded.input->head(), 0).has_value();
}

}  // namespace espy::capture
