// Writer: a Configuration as the text of one of the formats that other tools take, and of espy's own TOML, which alone can say everything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ipsec/configuration.h"
#include "ipsec/secret_memory.h"

namespace espy::config {

enum class Target : std::uint8_t {
  kSetkey,    // setkey.conf
  kXfrm,      // commands for `ip -batch FILE`, which keep the keys off the command line
  kEspSa,     // Wireshark's esp_sa, 10 columns
  kOldEspSa,  // the same of Wireshark before 4, 8 columns
  kTcpdump,   // a file for tcpdump -E "file NAME"
  kToml,      // espy's own, lossless
};

// "setkey", "xfrm", "esp-sa", "esp-sa-8", "tcpdump", "toml": what `convert --to` takes.
std::string_view name(Target target);
std::optional<Target> find_target(std::string_view name);
std::vector<std::string_view> target_names();

enum class Keys : std::uint8_t { kHidden, kShown };

struct WriteOptions {
  Keys keys = Keys::kHidden;
};

struct Written {
  ipsec::SecretText text;
  std::vector<std::string> notes;  // one sentence for each thing that the target cannot say, with where it was said
};

// Without keys, SAs that need them are left out where the target has something else to say. Errors: nothing can be said in the target,
// or nothing without keys.
base::Result<Written> write(const ipsec::Configuration& configuration, Target target, const WriteOptions& options);

}  // namespace espy::config
