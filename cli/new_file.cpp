#include "cli/new_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace espy::cli {
namespace {

constexpr int kNames = 10'000;

// `take` makes a file of a name, or says in errno why not: EEXIST asks for the next.
template <class Take>
base::Result<std::string> first_free(std::string_view stem, std::string_view ending, Take take) {
  for (int number = 1; number < kNames; ++number) {
    std::string name = fmt::format("{}-{}.{}", stem, number, ending);
    if (take(name)) return name;
    if (errno != EEXIST) return base::fail(fmt::format("{}: {}", name, std::generic_category().message(errno)));
  }
  return base::fail(fmt::format("{}-1.{} to {}-{}.{} exist already", stem, ending, stem, kNames - 1, ending));
}

}  // namespace

base::Result<std::string> make_new_file(std::string_view stem, std::string_view ending) {
  return first_free(stem, ending, [](const std::string& name) {
    const int descriptor = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return descriptor >= 0 && ::close(descriptor) == 0;
  });
}

base::Result<std::string> name_new_file(const std::string& unnamed, std::string_view stem, std::string_view ending) {
  auto name = first_free(stem, ending, [&](const std::string& wanted) {
    return ::renameat2(AT_FDCWD, unnamed.c_str(), AT_FDCWD, wanted.c_str(), RENAME_NOREPLACE) == 0;
  });
  if (!name) ::unlink(unnamed.c_str());
  return name;
}

}  // namespace espy::cli
