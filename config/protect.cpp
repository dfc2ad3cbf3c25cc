#include "config/reader.h"

namespace espy::config {

base::Result<ipsec::Spd, std::vector<base::Error>> read_protect(std::span<const Protect>) {
  return ipsec::Spd{.name = "command line", .command_line = true, .policies = {}};
}

}  // namespace espy::config
