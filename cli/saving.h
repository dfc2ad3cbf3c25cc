// saving: what the screen's W and R write into the working directory.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "verdict/picture.h"

namespace espy::cli {

// The packets that were kept of a leak or an SA, by its key, as pcapng with a comment on each. What was saved and what not, in words that
// end with `why`.
base::Result<std::string> save_samples(const verdict::Picture& picture, const std::string& key, std::string_view why);

// The report as JSON. "saved espy-report-1.json"
base::Result<std::string> save_json(const verdict::Picture& picture);

}  // namespace espy::cli
