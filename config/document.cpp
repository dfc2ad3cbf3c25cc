#include "config/document.h"

namespace espy::config {

namespace {

// A hostile file of many short mistakes must not turn into gigabytes of messages.
constexpr std::size_t kMostErrors = 1000;

}  // namespace

std::string_view name(Format format) {
  switch (format) {
    case Format::kSetkey: return "setkey";
    case Format::kSetkeyDump: return "setkey-dump";
    case Format::kSetkeyPolicyDump: return "setkey-policy-dump";
    case Format::kXfrmState: return "xfrm-state";
    case Format::kXfrmPolicy: return "xfrm-policy";
    case Format::kXfrmCommands: return "xfrm-commands";
    case Format::kIpsecConf: return "ipsec";
    case Format::kIpsecSecrets: return "secrets";
    case Format::kSwanctl: return "swanctl";
    case Format::kEspSa: return "esp-sa";
    case Format::kTcpdump: return "tcpdump";
    case Format::kToml: break;
  }
  return "toml";
}

void Document::error(std::uint32_t line, std::uint32_t column, std::string message, std::string advice) {
  if (errors.size() > kMostErrors) return;
  if (errors.size() == kMostErrors) {
    message = "there are more errors after this line";
    advice = "correct the first ones and read the file again";
  }
  errors.push_back({.message = std::move(message), .advice = std::move(advice), .file = name, .line = line, .column = column});
}

}  // namespace espy::config
