// demo: the capture and the configuration that `espy watch --demo` shows, which are part of the program (tests/pcaps/demo).
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "cli/options.h"
#include "cli/session.h"

namespace espy::cli {

// A session over the demo's capture; `inputs` becomes what it was made from and must outlive it. Nothing of it stays on the disk.
base::Result<std::unique_ptr<Session>, std::vector<base::Error>> create_demo(Inputs& inputs);

}  // namespace espy::cli
