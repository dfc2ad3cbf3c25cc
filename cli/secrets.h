// secrets: the keys that capture files carry in ESP Decryption Secrets Blocks, as part of the configuration.
#pragma once

#include "cli/options.h"

namespace espy::cli {

// Reads the capture files once through and adds their SAs, with the origin "FILE (secrets)". Lines that cannot be read are warned about.
// Only for files that can be read twice; what cannot be opened is left to the run itself to say.
void add_capture_secrets(const Inputs& inputs, config::Outcome& outcome);

// Says which files of a finished run held keys that came too late to be used.
void warn_of_unused_secrets(const std::vector<capture::SourceFacts>& facts);

}  // namespace espy::cli
