#include <fcntl.h>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "bench/limit_inspect.h"
#include "bench/limit_ledger.h"

namespace espy::bench {

LimitArguments read_limit_arguments(int count, char** words) {
  LimitArguments arguments{.jobs = std::max(1U, std::thread::hardware_concurrency())};
  for (int index = 1; index < count; ++index) {
    const std::string_view word = words[index];
    if (word == "--jobs" && index + 1 < count) {
      arguments.jobs = static_cast<unsigned>(std::max(1, std::atoi(words[++index])));
    } else if (word == "-c" && index + 1 < count) {
      arguments.configuration = words[++index];
    } else {
      arguments.capture = words[index];
    }
  }
  if (arguments.configuration != nullptr && arguments.capture != nullptr) return arguments;
  std::fprintf(stderr, "usage: %s [--jobs N] -c CONFIGURATION CAPTURE\n", words[0]);
  std::exit(2);
}

int open_capture(const char* path) {
  const int descriptor = ::open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor >= 0) return descriptor;
  std::perror(path);
  std::exit(2);
}

void print_counts(const BareLedger& ledger) {
  const BareCounts& counts = ledger.counts();
  std::printf("{\"packets\": %lu, \"esp\": %lu, \"ah\": %lu, \"ike\": %lu, \"leaked\": %lu, \"good\": %lu, ", counts.packets, counts.esp,
              counts.ah, counts.ike, counts.leaked, counts.good);
  std::printf("\"repeated\": %lu, \"associations\": %zu, \"flows\": %zu}\n", counts.repeated, ledger.associations(), ledger.flows());
}

}  // namespace espy::bench
