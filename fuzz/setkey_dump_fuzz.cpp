// The listings of setkey -D and -DP end with any text, and whatever they keep can be named.
#include "fuzz/document_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  espy::fuzz::read_and_check(espy::config::read_setkey_dump, data, size);
  return 0;
}
