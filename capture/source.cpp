#include "capture/source.h"

#include <cstring>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "capture/filter.h"
#include "capture/opening.h"
#include "capture/record.h"
#include "capture/sources.h"

namespace espy::capture {

Secrets::~Secrets() {
  if (!octets_.empty()) explicit_bzero(octets_.data(), octets_.size());
}

namespace {

std::unexpected<base::Error> in_directory(const std::string& path, std::string message) {
  return std::unexpected(base::Error{.message = std::move(message), .advice = "give a capture file", .file = path});
}

// The capture files of a directory, in name order.
base::Result<std::vector<std::string>> list_directory(const std::string& path) {
  std::vector<std::string> files;
  std::error_code code;
  for (std::filesystem::directory_iterator entry(path, code), end; !code && entry != end; entry.increment(code)) {
    std::error_code unreadable;
    if (entry->is_regular_file(unreadable) && is_capture(entry->path().string())) files.push_back(entry->path().string());
  }
  if (code) return in_directory(path, "cannot list the directory: " + code.message());
  if (files.empty()) return in_directory(path, "the directory holds no capture files");
  std::sort(files.begin(), files.end());
  return files;
}

base::Result<std::vector<std::string>> expand(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code code;
    if (path == "-" || !std::filesystem::is_directory(path, code)) {
      files.push_back(path);
      continue;
    }
    auto listed = list_directory(path);
    if (!listed) return std::unexpected(std::move(listed.error()));
    files.insert(files.end(), listed->begin(), listed->end());
  }
  return files;
}

base::Result<std::unique_ptr<Source>> open_one(const std::string& path, std::unique_ptr<Filter> filter, const Options& options) {
  auto opening = open_capture(path, 0, Look::kInterface, *filter);
  if (!opening) return std::unexpected(std::move(opening.error()));
  if (opening->plain) return make_file_source(std::move(*opening), std::move(filter), options);
  return make_stream_source(std::move(*opening), std::move(filter), options);
}

}  // namespace

base::Result<std::unique_ptr<Source>> open(const Options& given) {
  Options options = given;
  // As tcpdump has it: 0 means all.
  if (options.snapshot_length == 0) options.snapshot_length = kUsualSnapshotLength;
  options.snapshot_length = std::min<std::uint32_t>(options.snapshot_length, kUsualSnapshotLength);
  if (!options.interfaces.empty()) return make_live_source(options);
  auto files = expand(options.files);
  if (!files) return std::unexpected(std::move(files.error()));
  if (files->empty()) return base::fail("no capture was given", "name a capture file, '-' for standard input, or an interface");
  auto filter = std::make_unique<Filter>(options.filter, options.snapshot_length);
  if (files->size() == 1) return open_one(files->front(), std::move(filter), options);
  std::vector<Opening> openings;
  for (const std::string& path : *files) {
    auto opening = open_capture(path, static_cast<std::uint32_t>(openings.size()), Look::kFirstFrame, *filter);
    if (!opening) return std::unexpected(std::move(opening.error()));
    if (opening->repeatable) opening->input.reset();
    openings.push_back(std::move(*opening));
  }
  return make_merged_source(std::move(openings), std::move(filter), options);
}

}  // namespace espy::capture
