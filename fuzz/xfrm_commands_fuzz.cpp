// Commands of ip xfrm end with any text, and whatever they keep can be named and written again.
#include "fuzz/document_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  espy::fuzz::read_and_check(espy::config::read_xfrm_commands, data, size);
  return 0;
}
