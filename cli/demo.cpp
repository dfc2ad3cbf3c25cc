#include "cli/demo.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>

#include <fmt/format.h>

// The files go into the program as they are.
asm(R"(
  .pushsection .rodata
  .global espy_demo_capture, espy_demo_capture_end, espy_demo_policy, espy_demo_policy_end
espy_demo_capture:
  .incbin ")" ESPY_DEMO_FOLDER R"(/wire.pcapng"
espy_demo_capture_end:
espy_demo_policy:
  .incbin ")" ESPY_DEMO_FOLDER R"(/espy.toml"
espy_demo_policy_end:
  .byte 0
  .popsection
)");

extern "C" {
extern const char espy_demo_capture[], espy_demo_capture_end[], espy_demo_policy[], espy_demo_policy_end[];
}

namespace espy::cli {
namespace {

namespace files = std::filesystem;

constexpr const char* kCapture = "demo.pcapng";
constexpr const char* kPolicy = "demo.toml";

bool write(const files::path& path, std::span<const char> octets) {
  std::ofstream file(path, std::ios::binary);
  file.write(octets.data(), static_cast<std::streamsize>(octets.size()));
  file.close();
  std::error_code trouble;
  files::permissions(path, files::perms::owner_read, trouble);
  return file.good() && !trouble;
}

// A new folder in which the process works as long as this lives, so that the files in it have short names.
class WorkingFolder {
 public:
  WorkingFolder() {
    std::string name = (files::temp_directory_path(trouble_) / "espy-demo-XXXXXX").string();
    if (trouble_ || ::mkdtemp(name.data()) == nullptr) return;
    path_ = name;
    before_ = files::current_path(trouble_);
    files::current_path(path_, trouble_);
  }
  ~WorkingFolder() {
    std::error_code ignored;
    if (!before_.empty()) files::current_path(before_, ignored);
    if (!path_.empty()) files::remove_all(path_, ignored);
  }
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;
  bool made() const { return !path_.empty() && !trouble_; }

 private:
  std::error_code trouble_;
  files::path path_, before_;
};

}  // namespace

base::Result<std::unique_ptr<Session>, std::vector<base::Error>> create_demo(Inputs& inputs) {
  const WorkingFolder folder;
  const bool written = folder.made() && write(kCapture, {espy_demo_capture, espy_demo_capture_end}) &&
                       write(kPolicy, {espy_demo_policy, espy_demo_policy_end});
  if (!written)
    return std::unexpected(std::vector{base::fail(fmt::format("the demo cannot be unpacked: {}", std::strerror(errno))).error()});
  // The folder goes; the descriptor leads to the file as long as the program runs.
  const int descriptor = ::open(kCapture, O_RDONLY | O_CLOEXEC);
  if (descriptor >= 0) inputs.captures_again = {fmt::format("/proc/self/fd/{}", descriptor)};
  inputs.captures = {kCapture};
  inputs.configs = {kPolicy};
  return Session::create(inputs, Details::kKept);
}

}  // namespace espy::cli
