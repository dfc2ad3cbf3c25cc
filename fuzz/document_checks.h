// document_checks: what holds of every document that a configuration reader has read, whatever the text was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/document.h"
#include "config/writer.h"
#include "tests/config/same_configuration.h"

namespace espy::fuzz {

// What was read, written as TOML and read again, is the same. Nothing is written where there is nothing to say.
inline void check_round_trip(const ipsec::Configuration& configuration) {
  const auto text = config::write(configuration, config::Target::kToml, {.keys = config::Keys::kShown});
  if (!text) return;
  config::Document again{.name = "again", .text = text->text.view(), .configuration = {}, .errors = {}, .findings = {}};
  config::read_toml(again);
  if (!again.errors.empty() || config::lines_of(configuration) != config::lines_of(again.configuration)) __builtin_trap();
}

// Reads `size` octets as one file and stops the program where an error has no place, a key no fitting size, or an Spd no policy.
inline void read_and_check(void (*read)(config::Document&), const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  config::Document document{.name = "fuzz", .text = text, .configuration = {}, .errors = {}, .findings = {}};
  read(document);
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
  check_round_trip(document.configuration);
}

}  // namespace espy::fuzz
