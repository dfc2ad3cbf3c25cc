// What lint says of IKE connections while their file is read: weak proposals, IKEv1, aggressive mode, no PFS, virtual addresses. The
// Configuration keeps none of this, so the findings are made here.
#pragma once

#include <string>
#include <string_view>

#include "config/document.h"
#include "config/proposal.h"

namespace espy::config {

// "conn office" or "child net"; how a finding names what it speaks of.
struct ConnectionName {
  std::string_view kind;
  std::string_view name;
  const ipsec::Origin& origin;
};

void lint_proposal(Document& document, const ConnectionName& connection, std::string_view proposal, ProposalUse use);
void lint_version_1(Document& document, const ConnectionName& connection);
void lint_aggressive(Document& document, const ConnectionName& connection);
void lint_no_pfs(Document& document, const ConnectionName& connection);
void lint_virtual_address(Document& document, const ConnectionName& connection);

}  // namespace espy::config
