#include "config/ipsec_conf_lint.h"

#include <fmt/format.h>

namespace espy::config {
namespace {

std::string describe(const ConnectionName& connection) {
  return fmt::format("{} {} at {}", connection.kind, connection.name, to_string(connection.origin));
}

std::string_view name(ProposalUse use) { return use == ProposalUse::kIke ? "IKE" : use == ProposalUse::kEsp ? "ESP" : "AH"; }

}  // namespace

void lint_proposal(Document& document, const ConnectionName& connection, std::string_view proposal, ProposalUse use) {
  for (const WeakPart& part : weak_parts(proposal, use)) {
    document.findings.push_back(
        {"config.weak-proposal",
         fmt::format("{} offers '{}' for {}, which {} says {} be used", describe(connection), part.word, name(use), part.where, part.level),
         connection.origin});
  }
}

void lint_version_1(Document& document, const ConnectionName& connection) {
  document.findings.push_back(
      {"config.ike-version-1", fmt::format("{} uses IKEv1, which RFC 9395 made Historic", describe(connection)), connection.origin});
}

void lint_aggressive(Document& document, const ConnectionName& connection) {
  document.findings.push_back(
      {"config.aggressive-psk",
       fmt::format("{} uses aggressive mode with a pre-shared secret, which an eavesdropper can then guess offline", describe(connection)),
       connection.origin});
}

void lint_no_pfs(Document& document, const ConnectionName& connection) {
  document.findings.push_back(
      {"config.no-pfs", fmt::format("{} makes no new Diffie-Hellman exchange when it rekeys", describe(connection)), connection.origin});
}

void lint_virtual_address(Document& document, const ConnectionName& connection) {
  document.findings.push_back(
      {"config.virtual-address",
       fmt::format("{} gets its inner address from its peer, so no requirement can be stated for it; use --protect", describe(connection)),
       connection.origin});
}

}  // namespace espy::config
