// saving: files that the screen writes: a view as text, the settings. Readable by their owner alone, for they tell of a network.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace espy::tui {

// A new file "<stem>-20261121T203107Z.txt" in the working directory, with a number behind it where that exists. Returns its name.
base::Result<std::string> save_text(std::string_view stem, base::Time now, std::string_view text);
// The whole file or, on failure, the old one. Makes the folder.
base::Result<void> replace_file(const std::string& path, std::string_view text);

}  // namespace espy::tui
