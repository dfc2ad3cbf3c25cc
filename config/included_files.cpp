#include "config/included_files.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

namespace espy::config {
namespace {

constexpr std::size_t kMostFiles = 512;
constexpr std::size_t kMostBytes = 16 << 20;
constexpr std::size_t kDeepest = 16;
constexpr std::string_view kStandardInput = "standard input";  // the name that read() gives it

// Opening a fifo or a device could wait for ever, so the kind is asked of the open descriptor.
bool read_regular_file(const std::string& name, std::size_t limit, std::string& text) {
  const int descriptor = ::open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return false;
  struct stat status {};
  const bool fits = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && static_cast<std::size_t>(status.st_size) <= limit;
  bool complete = false;
  if (fits) {
    text.resize(static_cast<std::size_t>(status.st_size));
    complete = ::read(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  }
  ::close(descriptor);
  return complete;
}

}  // namespace

void error_at(Document& document, const ipsec::Origin& origin, std::string message, std::string advice, std::uint32_t column) {
  const std::size_t before = document.errors.size();
  document.error(origin.line, column, std::move(message), std::move(advice));
  if (document.errors.size() > before) document.errors.back().file = origin.file;
}

void WipedText::append(std::string_view more) {
  if (text_.capacity() - text_.size() < more.size()) {
    std::string larger;
    larger.reserve((text_.size() + more.size()) * 2);
    larger = text_;
    ipsec::wipe(text_.data(), text_.size());
    text_ = std::move(larger);
  }
  text_ += more;
}

std::string beside(std::string_view name, std::string_view from) {
  const std::size_t slash = from.rfind('/');
  if (name.starts_with('/') || slash == std::string_view::npos) return std::string(name);
  return fmt::format("{}/{}", from.substr(0, slash), name);
}

bool readable_by_others(const std::string& name) {
  struct stat status {};
  if (name == kStandardInput || stat(name.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  return (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

bool IncludedFiles::read_optional(const std::string& name, WipedText& text) {
  if (document_.name == kStandardInput || files_ >= kMostFiles || !read_regular_file(name, kMostBytes - bytes_, text.text())) return false;
  ++files_;
  bytes_ += text.view().size();
  return true;
}

void IncludedFiles::missing(std::string_view pattern, const ipsec::Origin& from) {
  document_.findings.push_back(
      {"config.include-missing",
       fmt::format("{} includes '{}', which could not be read: what it holds is not checked", to_string(from), pattern), from});
}

std::vector<std::string> IncludedFiles::match(std::string_view pattern, const ipsec::Origin& from) {
  if (document_.name == kStandardInput) {
    error_at(document_, from, fmt::format("standard input cannot include '{}'", pattern), "give the file by its name");
    return {};
  }
  glob_t found{};
  const std::string path = beside(pattern, from.file);
  std::vector<std::string> names;
  if (path.find('\0') == std::string::npos && glob(path.c_str(), 0, nullptr, &found) == 0) {
    names.assign(found.gl_pathv, found.gl_pathv + std::min<std::size_t>(found.gl_pathc, kMostFiles));
  }
  globfree(&found);
  if (names.empty()) missing(pattern, from);
  return names;
}

bool IncludedFiles::open(const std::string& name, const ipsec::Origin& from, WipedText& text) {
  if (std::ranges::find(open_, name) != open_.end() || open_.size() > kDeepest) {
    error_at(document_, from, fmt::format("'{}' includes itself, or includes are nested deeper than {}", name, kDeepest),
             "remove one include");
    return false;
  }
  if (files_ >= kMostFiles) {
    error_at(document_, from, fmt::format("more than {} included files", kMostFiles), "give the needed files one by one");
    return false;
  }
  if (!read_optional(name, text)) {
    missing(name, from);
    return false;
  }
  open_.push_back(name);
  return true;
}

}  // namespace espy::config
