// The listings of ip xfrm end with any text, and whatever they keep can be named.
#include "fuzz/document_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  espy::fuzz::read_and_check(espy::config::read_xfrm_state, data, size);
  return 0;
}
