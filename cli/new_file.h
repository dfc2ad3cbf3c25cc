// new_file: files that espy makes in the working directory: never over another one, readable by their owner alone.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace espy::cli {

// An empty file that did not exist before: "espy-leak-1.pcapng", or with the next number that is free. Its name.
base::Result<std::string> make_new_file(std::string_view stem, std::string_view ending);

// Gives a whole file its name: the first of those that is free. The file goes where that fails. The name.
base::Result<std::string> name_new_file(const std::string& unnamed, std::string_view stem, std::string_view ending);

}  // namespace espy::cli
