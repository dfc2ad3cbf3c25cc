#include "verdict/summary.h"

namespace espy::verdict {

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kProtected: return "protected";
    case Verdict::kInconclusive: return "inconclusive";
    case Verdict::kViolated: return "violated";
  }
  return "inconclusive";
}

std::string_view name(Class packet_class) {
  switch (packet_class) {
    case Class::kProtected: return "protected";
    case Class::kUnverified: return "unverified";
    case Class::kLeaked: return "leaked";
    case Class::kForged: return "forged";
    case Class::kExempt: return "exempt";
    case Class::kDecapsulated: return "decapsulated";
    case Class::kControl: return "control";
    case Class::kUnrelated: return "unrelated";
    case Class::kUndecodable: return "undecodable";
  }
  return "undecodable";
}

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::kNote: return "note";
    case Severity::kWarning: return "warning";
    case Severity::kCritical: return "critical";
  }
  return "note";
}

std::string_view name(PolicySource source) {
  switch (source) {
    case PolicySource::kConfigured: return "configured";
    case PolicySource::kCommandLine: return "command-line";
    case PolicySource::kMixed: return "mixed";
    case PolicySource::kInferred: return "inferred";
  }
  return "configured";
}

std::string_view name(Vantage vantage) {
  switch (vantage) {
    case Vantage::kUnknown: return "unknown";
    case Vantage::kWire: return "wire";
    case Vantage::kHost: return "host";
  }
  return "unknown";
}

std::string_view name(LeakReason reason) {
  switch (reason) {
    case LeakReason::kPlaintext: return "plaintext";
    case LeakReason::kIntegrityOnly: return "integrity-only";
    case LeakReason::kNullEncryption: return "null-encryption";
    case LeakReason::kMissingAh: return "missing-ah";
    case LeakReason::kDiscard: return "discard";
    case LeakReason::kIcmpQuote: return "icmp-quote";
    case LeakReason::kBeforeNat: return "before-nat";
  }
  return "plaintext";
}

}  // namespace espy::verdict
