// Any text ends in policies, SAs or errors. The text stands for standard input, which may include nothing, so that no file is opened.
#include <cstdint>
#include <string_view>

#include "config/document.h"
#include "config/lint.h"
#include "fuzz/document_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  espy::config::Document document;
  document.name = "standard input";
  document.text = std::string_view(reinterpret_cast<const char*>(data), size);
  espy::config::read_toml(document);
  (void)espy::config::lint(document.configuration);
  espy::fuzz::check_round_trip(document.configuration);
  return 0;
}
