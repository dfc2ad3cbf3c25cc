// Document: one configuration file being read: its text in, its part of the Configuration and every error found in it out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ipsec/configuration.h"

namespace espy::config {

enum class Format : std::uint8_t {
  kSetkey,            // setkey.conf
  kSetkeyDump,        // setkey -D
  kSetkeyPolicyDump,  // setkey -DP
  kXfrmState,         // ip xfrm state
  kXfrmPolicy,        // ip xfrm policy
  kXfrmCommands,      // ip xfrm state add, ip xfrm policy add, as a script or for ip -batch
  kIpsecConf,         // ipsec.conf
  kIpsecSecrets,      // ipsec.secrets: only checked
  kSwanctl,           // swanctl.conf
  kEspSa,             // Wireshark's esp_sa
  kTcpdump,           // a tcpdump -E file
  kToml,              // espy's own
};

// "setkey", "setkey-dump", "setkey-policy-dump", "xfrm-state", "xfrm-policy", "xfrm-commands", "ipsec", "secrets", "swanctl", "esp-sa", "tcpdump", "toml":
// what `-c FORMAT:FILE` takes.
std::string_view name(Format format);

// What lint finds; the code is one of the catalogue's config.* or crypto.*, ike.* codes. Never holds a key or a secret.
struct LintFinding {
  std::string code;
  std::string message;
  ipsec::Origin origin;
};

struct Document {
  std::string name;                         // as given on the command line; used in origins and errors
  std::string_view text;                    // the whole file
  ipsec::Configuration configuration = {};  // what this file adds
  std::vector<base::Error> errors = {};     // all of them; one is enough for exit status 2
  std::vector<LintFinding> findings = {};   // only what must be seen while reading (a readable secrets file, `level use` …)

  // Adds an error at a 1-based line and column (0: unknown).
  void error(std::uint32_t line, std::uint32_t column, std::string message, std::string advice = {});
  ipsec::Origin origin(std::uint32_t line) const { return {name, line}; }
};

// One reader a format. Each is total: any text ends in policies, SAs or errors, never in a crash; memory is bounded by the text.
void read_setkey(Document& document);
void read_setkey_dump(Document& document);
void read_setkey_policy_dump(Document& document);
void read_xfrm_state(Document& document);
void read_xfrm_policy(Document& document);
void read_xfrm_commands(Document& document);
void read_ipsec_conf(Document& document);  // follows `include` and policy groups relative to the file
void read_ipsec_secrets(Document& document);
void read_swanctl(Document& document);  // follows `include`
void read_esp_sa(Document& document);
void read_tcpdump_keys(Document& document);
void read_toml(Document& document);

}  // namespace espy::config
