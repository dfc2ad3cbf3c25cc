// case_files: which files of a case's folder are its captures and which its configurations, in name order.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace espy::testing {

struct CaseFiles {
  std::vector<std::string> configs, captures;
};

// Their paths begin with `folder`; "" is the working directory, and then they are names alone.
inline CaseFiles case_files(const std::filesystem::path& folder) {
  CaseFiles files;
  for (const auto& entry : std::filesystem::directory_iterator(folder.empty() ? "." : folder)) {
    const std::filesystem::path name = entry.path().filename();
    const std::string extension = name.extension().string();
    if (extension == ".conf" || extension == ".txt" || extension == ".toml") files.configs.push_back((folder / name).string());
    if (extension == ".pcap" || extension == ".pcapng") files.captures.push_back((folder / name).string());
  }
  std::ranges::sort(files.configs);
  std::ranges::sort(files.captures);
  return files;
}

}  // namespace espy::testing
