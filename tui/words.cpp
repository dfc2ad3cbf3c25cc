#include "tui/words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/spi.h"

namespace espy::tui {
std::string end_words(std::string_view address, const std::optional<std::uint16_t>& port) {
  if (!port) return std::string(address);
  const bool plain = address.find(':') == std::string_view::npos;
  return plain ? fmt::format("{}:{}", address, *port) : fmt::format("[{}]:{}", address, *port);
}

std::string policy_words(const verdict::RequirementSummary& requirement) {
  if (requirement.action != "protect") return requirement.action;
  const std::string headers = requirement.require.empty() ? "ipsec" : fmt::format("{}", fmt::join(requirement.require, "+"));
  if (requirement.mode.empty() || requirement.mode == "any") return headers;
  return fmt::format("{} {}", headers, requirement.mode == "transport" ? "transp" : requirement.mode);
}

std::string requirement_words(const verdict::RequirementSummary& requirement) {
  if (requirement.name.find('>') != std::string::npos) return requirement.name;
  return fmt::format("{} > {}", requirement.name, requirement.to);
}

std::string algorithm_words(const verdict::AssociationSummary& association) {
  const std::string encryption = association.encryption.value_or("");
  const std::string integrity = association.integrity.value_or("");
  if (!encryption.empty() && !integrity.empty()) return encryption + "+" + integrity;
  if (encryption.empty() && integrity.empty()) return "unknown";
  return encryption + integrity;
}

std::string spi_words(const verdict::AssociationSummary& association) { return association.spi ? base::to_string(*association.spi) : "?"; }

std::string ends_words(const verdict::AssociationSummary& association) {
  return fmt::format("{} > {}", association.source, association.destination);
}

std::string icv_words(const verdict::AssociationSummary& association) {
  const auto& checks = association.integrity_checks;
  if (checks.bad > 0) return fmt::format("{} bad", checks.bad);
  if (checks.good > 0) return checks.unchecked == 0 ? "ok" : "ok, some";
  if (checks.no_key > 0) return "no key";
  return checks.unchecked > 0 ? "unchecked" : "-";
}

std::string flow_words(const FlowEnds& ends) {
  return fmt::format("{} > {}{}{}", end_words(ends.source, ends.source_port), end_words(ends.destination, ends.destination_port),
                     ends.source_port ? "/" : " ", ends.protocol);
}

std::string flow_words(const verdict::Leak& leak) {
  return flow_words({leak.source, leak.destination, leak.protocol, leak.source_port, leak.destination_port});
}

std::string flow_words(const verdict::ProtectedFlow& flow) {
  return flow_words({flow.source, flow.destination, flow.protocol, flow.source_port, flow.destination_port});
}

std::string_view reason_words(verdict::LeakReason reason) {
  switch (reason) {
    case verdict::LeakReason::kPlaintext: return "in clear";
    case verdict::LeakReason::kIntegrityOnly: return "AH only, not encrypted";
    case verdict::LeakReason::kNullEncryption: return "ESP without encryption";
    case verdict::LeakReason::kMissingAh: return "without the required AH";
    case verdict::LeakReason::kDiscard: return "a policy discards it";
    case verdict::LeakReason::kIcmpQuote: return "quoted by an ICMP error";
    case verdict::LeakReason::kBeforeNat: return "in clear, source rewritten by NAT";
  }
  return "";
}

std::string short_origin(std::string_view origin) {
  const std::size_t slash = origin.rfind('/');
  return std::string(slash == std::string_view::npos ? origin : origin.substr(slash + 1));
}

std::string application_words(std::string_view application, std::string_view by) {
  if (application.empty()) return "-";
  return fmt::format("{}{}", application, by == "port" ? "?" : "");
}

}  // namespace espy::tui
