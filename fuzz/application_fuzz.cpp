// Any octets as a payload between any two ports: the guess must be total. The first five octets choose protocol and ports.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "decode/application.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kChoiceSize = 5;
  if (size < kChoiceSize) return 0;
  const espy::base::Bytes payload(data + kChoiceSize, size - kChoiceSize);
  const auto source_port = static_cast<std::uint16_t>(data[1] << 8 | data[2]);
  const auto destination_port = static_cast<std::uint16_t>(data[3] << 8 | data[4]);
  const auto guess = espy::decode::guess_application(data[0], source_port, destination_port, payload);
  const bool unknown = guess.application == espy::decode::Application::kUnknown;
  if (unknown != (guess.by == espy::decode::GuessedBy::kNothing)) std::abort();
  if (unknown != espy::decode::name(guess.application).empty()) std::abort();
  return 0;
}
