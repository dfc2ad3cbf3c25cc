// Summary: the whole outcome of a run as plain values without keys, the one thing that text, JSON, JUnit and SARIF show. Field for
// field the object of docs/report.md; what is unknown or does not apply is nullopt or an empty string there shown as null.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/spi.h"
#include "base/time.h"

namespace espy::verdict {

enum class Verdict : std::uint8_t { kProtected, kInconclusive, kViolated };  // ordered: the worst is the largest
enum class Class : std::uint8_t { kProtected, kUnverified, kLeaked, kForged, kExempt, kDecapsulated, kControl, kUnrelated, kUndecodable };
inline constexpr std::size_t kClassCount = 9;
enum class Severity : std::uint8_t { kNote, kWarning, kCritical };
enum class PolicySource : std::uint8_t { kConfigured, kCommandLine, kMixed, kInferred };
enum class Vantage : std::uint8_t { kUnknown, kWire, kHost };
enum class LeakReason : std::uint8_t { kPlaintext, kIntegrityOnly, kNullEncryption, kMissingAh, kDiscard, kIcmpQuote, kBeforeNat };
inline constexpr std::size_t kLeakReasonCount = 7;

std::string_view name(Verdict verdict);  // "protected", …
std::string_view name(Class packet_class);
std::string_view name(Severity severity);
std::string_view name(PolicySource source);
std::string_view name(Vantage vantage);
std::string_view name(LeakReason reason);  // "integrity-only", …

struct FrameReference {
  std::uint32_t source = 0;  // index into Summary::sources
  std::uint64_t frame = 0;   // 1-based; 0: none
};

struct SourceSummary {
  std::string name;
  std::string format;
  std::vector<std::string> link_types;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  base::Time first;
  base::Time last;
  std::optional<std::uint64_t> dropped_by_kernel;
  std::optional<std::uint64_t> dropped_by_interface;
  std::uint64_t truncated = 0;
  bool damaged = false;
  std::string damage;  // one sentence; not in the JSON object, in the finding's message
  std::uint64_t interruptions = 0;  // live: how often the interface was down or gone
  std::string interruption{};       // of the first, words that go after its name; in the finding's message alone
};

struct PacketCounts {
  std::uint64_t total = 0;
  std::array<std::uint64_t, kClassCount> by_class{};  // indexed by Class; they add up to total
  std::uint64_t non_ip = 0, ah = 0, esp = 0, esp_in_udp = 0, esp_in_tcp = 0, ipcomp = 0, ike = 0, keepalive = 0, fragments = 0, dummy = 0;
};

struct Exemption {
  std::string name;  // "optional", "bypass setkey.conf:9", "neighbour-discovery", "icmp-error", "clear-side"
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

// Packets and bytes by class; only the five classes of REPORT.md's requirement rows are ever counted here.
struct ClassCounts {
  std::uint64_t protected_ = 0, unverified = 0, leaked = 0, forged = 0, exempt = 0;
};

struct TunnelEnds {
  std::string from;
  std::string to;
};

struct RequirementSummary {
  std::string id;                                 // "r1", stable within a report
  std::string name;                               // conn name, or "10.0.0.1 > 10.0.0.2 tcp/23"
  std::string action;                             // "protect", "bypass", "discard"
  std::string from, to;                           // prefixes
  std::optional<std::string> protocol;            // "tcp", "47"; nullopt: any
  std::optional<std::string> from_port, to_port;  // "23", "1000-2000"; nullopt: any
  std::vector<std::string> require;               // outermost first: {"ah", "esp"}; empty for bypass and discard
  std::string mode;                               // "transport", "tunnel", "beet", "any"; empty for bypass and discard
  std::optional<TunnelEnds> tunnel;
  std::string level;                 // "require", "use"
  std::vector<std::string> origins;  // "setkey.conf:12"
  Verdict verdict = Verdict::kInconclusive;
  std::vector<std::string> reasons;  // finding codes
  bool shared = false;
  ClassCounts packets;
  ClassCounts bytes;
  base::Time first;
  base::Time last;
};

struct SequenceSummary {
  std::optional<std::uint32_t> first, highest;
  std::optional<std::uint32_t> esn_high;
  std::uint64_t wraps = 0, lost = 0, reordered = 0, duplicates = 0, replayed = 0, resets = 0;
  std::uint64_t window_needed = 0;
  std::optional<std::uint64_t> window_configured;
};

struct IntegrityChecks {
  std::uint64_t good = 0, bad = 0, unchecked = 0;
  std::uint64_t no_key = 0, no_algorithm = 0, cut_short = 0, fragment = 0;  // why unchecked
};

struct CodeCount {
  std::string code;
  std::uint64_t count = 0;
};

struct AssociationSummary {
  std::string protocol;  // "esp", "ah"
  std::optional<base::Spi> spi;
  std::string source, destination;
  bool configured = false;
  std::optional<std::string> origin;
  std::optional<std::string> mode;
  std::optional<std::uint32_t> reqid;
  std::string encapsulation = "none";  // "none", "udp", "tcp"
  std::optional<std::string> encryption, integrity;
  std::optional<std::uint32_t> icv_bits;  // that verified, where the configuration leaves it open
  std::optional<bool> esn;
  std::uint64_t packets = 0, bytes = 0;
  base::Time first;
  base::Time last;
  SequenceSummary sequence;
  IntegrityChecks integrity_checks;
  std::uint64_t opened = 0, failed = 0;  // decryption
  std::uint64_t dummies = 0;             // packets that carry nothing (next header 59)
  std::uint64_t flow_padded = 0;         // with padding for traffic flow confidentiality
  std::optional<std::string> diagnosis;
  std::vector<CodeCount> findings;
  std::vector<std::string> requirements;  // ids of those that it serves, at most four; not in the JSON object
};

struct Leak {
  std::string requirement;  // id
  std::string source, destination;
  std::string protocol;  // "tcp", "udp", "icmp", "icmpv6", or the number
  std::optional<std::uint16_t> source_port, destination_port;
  std::string application;     // "" when unknown
  std::string application_by;  // "content", "port", or "" when unknown
  LeakReason reason = LeakReason::kPlaintext;
  std::uint64_t packets = 0, bytes = 0;
  base::Time first;
  base::Time last;
  FrameReference first_frame;
};

// What was seen inside AH or opened ESP, as far as it serves a requirement.
struct ProtectedFlow {
  std::string requirement;  // id
  std::string source, destination;
  std::string protocol;
  std::optional<std::uint16_t> source_port, destination_port;
  std::string application;     // "" when unknown
  std::string application_by;  // "content", "port", or "" when unknown
  std::uint64_t packets = 0, bytes = 0;
  base::Time first;
  base::Time last;
};

struct Finding {
  std::string code;  // of the catalogue
  Severity severity = Severity::kNote;
  std::optional<std::string> requirement;  // id
  std::optional<std::string> association;  // "esp 0x00000201 10.0.0.1 > 10.0.0.2"
  std::string message;                     // what, which, where; one or two sentences
  std::string advice;                      // what to do now
  std::uint64_t count = 1;
  base::Time first;
  base::Time last;
  FrameReference first_frame;
};

struct Limits {
  std::uint64_t flows = 0, associations = 0, fragments = 0, held = 0, findings = 0;  // evicted or not kept
};

struct Summary {
  std::vector<std::string> command;  // argv after the program's name
  bool strict = false;
  Verdict verdict = Verdict::kInconclusive;
  int exit_status = 3;
  std::vector<std::string> reasons;  // finding codes, the worst first
  std::string verdict_line;          // one sentence: the verdict and why, at most 200 characters
  PolicySource policy_source = PolicySource::kConfigured;
  std::vector<std::string> assumptions;  // what an inferred policy or --protect without --via took for granted
  Vantage vantage = Vantage::kUnknown;
  std::uint64_t ignored_socket = 0, ignored_marked = 0, ignored_larval = 0;
  Limits limits;
  std::optional<std::string> filter;  // BPF expression in use, or recorded in the capture
  std::vector<SourceSummary> sources;
  PacketCounts packets;
  std::vector<Exemption> exemptions;
  std::vector<RequirementSummary> requirements;
  std::vector<AssociationSummary> associations;
  std::vector<Leak> leaks;
  std::vector<ProtectedFlow> protected_flows;  // most packets first
  std::vector<Finding> findings;               // most severe first, then by first appearance
};

}  // namespace espy::verdict
