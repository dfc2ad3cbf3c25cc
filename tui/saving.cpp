#include "tui/saving.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace espy::tui {
namespace {

constexpr int kMostNumbers = 100;  // of files that were saved in one second

base::Result<void> write_new(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return base::fail(fmt::format("{}: {}", path, std::strerror(errno)));
  bool written = true;
  while (written && !text.empty()) {
    const ssize_t size = ::write(file, text.data(), text.size());
    written = size > 0;
    if (written) text.remove_prefix(static_cast<std::size_t>(size));
  }
  written = written && ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  if (written) return {};
  ::unlink(path.c_str());
  return base::fail(fmt::format("{}: {}", path, std::strerror(error)));
}

// "20261121T203107Z"
std::string stamp(base::Time now) {
  std::string text = base::to_rfc3339(now.known() ? now : base::Time{0}).substr(0, 19) + "Z";
  std::erase_if(text, [](char letter) { return letter == '-' || letter == ':'; });
  return text;
}

}  // namespace

base::Result<std::string> save_text(std::string_view stem, base::Time now, std::string_view text) {
  for (int number = 1;; ++number) {
    const std::string path = fmt::format("{}-{}{}.txt", stem, stamp(now), number == 1 ? "" : fmt::format("-{}", number));
    const auto written = write_new(path, text);
    if (written) return path;
    if (number == kMostNumbers || !std::filesystem::exists(path)) return std::unexpected(written.error());
  }
}

base::Result<void> replace_file(const std::string& path, std::string_view text) {
  std::error_code trouble;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, trouble);
  const std::string draft = fmt::format("{}.{}", path, ::getpid());
  if (auto written = write_new(draft, text); !written) return written;
  if (std::rename(draft.c_str(), path.c_str()) == 0) return {};
  const int error = errno;
  ::unlink(draft.c_str());
  return base::fail(fmt::format("{}: {}", path, std::strerror(error)));
}

}  // namespace espy::tui
