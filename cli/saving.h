// saving: what the screen's W and R write into the working directory.
#pragma once

#include <string>

#include "base/result.h"
#include "verdict/picture.h"

namespace espy::cli {

// The packets that were kept of a leak or an SA, by its key, as pcapng with a comment on each. The name of the new file.
base::Result<std::string> save_samples(const verdict::Picture& picture, const std::string& key);

// The report as JSON. The name of the new file.
base::Result<std::string> save_json(const verdict::Picture& picture);

}  // namespace espy::cli
