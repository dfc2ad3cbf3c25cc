// The lines of tcpdump's key files end with any text, and whatever they keep can be named.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/document.h"

using namespace espy;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  config::Document document{.name = "fuzz", .text = text, .configuration = {}, .errors = {}, .findings = {}};
  config::read_tcpdump_keys(document);
  for (const base::Error& error : document.errors) {
    if (error.message.empty() || error.line == 0) __builtin_trap();
  }
  for (const auto& association : document.configuration.associations) {
    const bool sized = association.keys_hidden || ipsec::key_size_fits(association.encryption, association.encryption_key.size());
    if (!sized || association.origin.line == 0) __builtin_trap();
  }
  for (const auto& spd : document.configuration.spds) {
    if (spd.policies.empty()) __builtin_trap();
  }
  return 0;
}
