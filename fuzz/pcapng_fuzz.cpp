// Octets as a pcapng file, cut whole and in two parts at a place that the octets choose: both must give the same frames.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "capture/pcapng_format.h"

namespace {

using espy::base::Bytes;
using espy::capture::Frames;
using espy::capture::PcapngCutter;

std::size_t cut_in_two(PcapngCutter cutter, Bytes file, std::size_t split) {
  Frames frames;
  const std::size_t consumed = cutter.cut(file.first(split), frames).consumed;
  if (consumed > split) std::abort();
  cutter.cut(file.subspan(consumed), frames);
  if (cutter.position().frames < frames.size()) std::abort();
  return frames.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes file = Bytes(data, size).subspan(1);
  const auto cutter = PcapngCutter::make(file, 0);
  if (!cutter) return 0;
  const std::size_t whole = cut_in_two(*cutter, file, file.size());
  if (cut_in_two(*cutter, file, file.size() * data[0] / 255) != whole) std::abort();
  return 0;
}
