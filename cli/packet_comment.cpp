#include "cli/packet_comment.h"

#include "verify/summary.h"

namespace espy::cli {

using verdict::Class;

bool is_unknown(const verify::Ledger& ledger, const verify::Outcome& outcome) {
  if (outcome.association == verify::Associations::kMissing) return false;
  return ledger.associations().rows()[outcome.association].row.configured == ipsec::kNoAssociation;
}

void describe_packet(const verify::Ledger& ledger, const verify::Outcome& outcome, std::string& comment) {
  comment = verdict::name(outcome.packet_class);
  const auto add = [&comment](std::string_view word) {
    if (!word.empty()) comment.append(" ").append(word);
  };
  if (outcome.packet_class == Class::kLeaked) add(verify::code_of(outcome.reason));
  if (outcome.packet_class == Class::kForged) add("sa.icv-bad");
  if (outcome.packet_class == Class::kExempt) add(verify::name(outcome.exemption));
  const bool serves = outcome.packet_class != Class::kUnrelated && outcome.packet_class != Class::kUndecodable;
  if (serves && outcome.state() != verify::kNoState) add(verify::describe_requirement(ledger.states()[outcome.state()]));
  if (outcome.association == verify::Associations::kMissing) return;
  add(verify::describe_association(ledger.associations().rows()[outcome.association].key));
  if (is_unknown(ledger, outcome)) add("(not configured)");
}

}  // namespace espy::cli
