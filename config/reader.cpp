#include "config/reader.h"

#include <utility>

namespace espy::config {

namespace {

void read_as(Format format, Document& document) {
  switch (format) {
    case Format::kSetkey: return read_setkey(document);
    case Format::kSetkeyDump: return read_setkey_dump(document);
    case Format::kSetkeyPolicyDump: return read_setkey_policy_dump(document);
    case Format::kXfrmState: return read_xfrm_state(document);
    case Format::kXfrmPolicy: return read_xfrm_policy(document);
    case Format::kIpsecConf: return read_ipsec_conf(document);
    case Format::kIpsecSecrets: return read_ipsec_secrets(document);
    case Format::kSwanctl: return read_swanctl(document);
    case Format::kEspSa: return read_esp_sa(document);
    case Format::kTcpdump: return read_tcpdump_keys(document);
    case Format::kToml: return read_toml(document);
  }
}

}  // namespace

Recognition recognise(std::string_view) { return {}; }

Outcome read(std::span<const std::string> arguments, std::span<const HostBinding>) {
  Outcome outcome;
  for (const std::string& argument : arguments) {
    Document document{.name = argument, .text = {}, .configuration = {}, .errors = {}, .findings = {}};
    read_as(Format::kSetkey, document);
  }
  return outcome;
}

}  // namespace espy::config
