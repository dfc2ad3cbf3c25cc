#include "tui/clipboard.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace espy::tui {
namespace {

constexpr std::size_t kLongestCode = 74'994;

std::string base64(std::string_view text) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string code;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) group = group << 8 | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) code += i + j <= text.size() ? kDigits[group >> (18 - 6 * j) & 63U] : '=';
  }
  return code;
}

// A tmux that ends early must not end espy.
class PipeSignalIgnored {
 public:
  PipeSignalIgnored() {
    struct sigaction action {};
    action.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &action, &before_);
  }
  ~PipeSignalIgnored() { ::sigaction(SIGPIPE, &before_, nullptr); }
  PipeSignalIgnored(const PipeSignalIgnored&) = delete;
  PipeSignalIgnored& operator=(const PipeSignalIgnored&) = delete;

 private:
  struct sigaction before_ {};
};

}  // namespace

base::Result<std::string> osc52(std::string_view text) {
  std::string code = base64(text);
  if (code.size() > kLongestCode) return base::fail(fmt::format("{} octets are more than a terminal's clipboard takes", text.size()));
  return fmt::format("\x1b]52;c;{}\x07", code);
}

base::Result<void> copy_to_tmux(std::string_view text) {
  if (std::getenv("TMUX") == nullptr) return base::fail("no tmux is around");
  const PipeSignalIgnored ignored;
  std::FILE* tmux = ::popen("tmux load-buffer - 2>/dev/null", "we");
  if (tmux == nullptr) return base::fail("tmux does not start");
  const bool written = std::fwrite(text.data(), 1, text.size(), tmux) == text.size();
  if (::pclose(tmux) != 0 || !written) return base::fail("tmux took no buffer");
  return {};
}

}  // namespace espy::tui
