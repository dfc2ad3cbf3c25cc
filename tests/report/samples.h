// Summaries made by hand for the tests of the report: what verify would say of small captures, and one full of hostile text.
#pragma once

#include <string>

#include "verdict/summary.h"

namespace espy::report::samples {

// 2026-11-21T20:55:13.745370000Z plus `milliseconds`.
inline base::Time moment(std::int64_t milliseconds) { return {1'795'294'513'745'370'000 + milliseconds * 1'000'000}; }

inline void set(verdict::Summary& summary, verdict::Class packet_class, std::uint64_t packets) {
  summary.packets.by_class[static_cast<std::size_t>(packet_class)] = packets;
  summary.packets.total += packets;
}

inline verdict::RequirementSummary requirement(std::string id, std::string from, std::string to) {
  return {.id = std::move(id),
          .name = from + " > " + to,
          .action = "protect",
          .from = from,
          .to = to,
          .protocol = {},
          .from_port = {},
          .to_port = {},
          .require = {"ah", "esp"},
          .mode = "transport",
          .tunnel = {},
          .level = "require",
          .origins = {"setkey.conf:12", "peer.conf:9"},
          .verdict = verdict::Verdict::kProtected,
          .reasons = {},
          .shared = false,
          .packets = {.protected_ = 1204},
          .bytes = {.protected_ = 240'800},
          .first = moment(0),
          .last = moment(90'000)};
}

inline verdict::AssociationSummary association(std::string protocol, std::uint32_t spi, std::string source, std::string destination) {
  verdict::AssociationSummary row;
  row.protocol = std::move(protocol);
  row.spi = base::Spi{spi};
  row.source = std::move(source);
  row.destination = std::move(destination);
  row.configured = true;
  row.origin = "setkey.conf:3";
  row.mode = "transport";
  row.encryption = "aes-cbc";
  row.integrity = "hmac-md5";
  row.esn = false;
  row.packets = 1204;
  row.bytes = 240'800;
  row.first = moment(0);
  row.last = moment(90'000);
  row.sequence.first = 1;
  row.sequence.highest = 1210;
  row.sequence.lost = 6;
  row.sequence.window_needed = 1;
  row.integrity_checks.good = 1204;
  row.opened = 1204;
  return row;
}

inline verdict::SourceSummary source() {
  verdict::SourceSummary row;
  row.name = "wire.pcap";
  row.format = "pcap";
  row.link_types = {"EN10MB"};
  row.packets = 2443;
  row.bytes = 481'233;
  row.first = moment(0);
  row.last = moment(90'000);
  return row;
}

// Both directions protected and verified.
inline verdict::Summary good() {
  verdict::Summary summary;
  summary.command = {"verify", "-c", "setkey.conf", "wire.pcap"};
  summary.verdict = verdict::Verdict::kProtected;
  summary.exit_status = 0;
  summary.verdict_line = "protected: all 2,408 packets that the policies cover carried AH and ESP, and every ICV verified";
  summary.vantage = verdict::Vantage::kWire;
  summary.sources = {source()};
  set(summary, verdict::Class::kProtected, 2408);
  set(summary, verdict::Class::kUnrelated, 35);
  summary.packets.ah = 2408;
  summary.packets.esp = 2408;
  summary.packets.non_ip = 4;
  summary.requirements = {requirement("r1", "10.0.0.1", "10.0.0.2"), requirement("r2", "10.0.0.2", "10.0.0.1")};
  summary.associations = {association("ah", 0x200, "10.0.0.1", "10.0.0.2"), association("esp", 0x201, "10.0.0.1", "10.0.0.2")};
  summary.associations[0].encryption = std::nullopt;
  summary.associations[1].integrity = std::nullopt;
  return summary;
}

inline verdict::Leak telnet_leak() {
  verdict::Leak leak;
  leak.requirement = "r1";
  leak.source = "10.0.0.1";
  leak.destination = "10.0.0.2";
  leak.protocol = "tcp";
  leak.source_port = 45678;
  leak.destination_port = 23;
  leak.application = "telnet";
  leak.application_by = "content";
  leak.packets = 29;
  leak.bytes = 2431;
  leak.first = moment(1500);
  leak.last = moment(4250);
  leak.first_frame = {.source = 0, .frame = 41};
  return leak;
}

inline verdict::Finding finding(std::string code, verdict::Severity severity, std::string message, std::string advice) {
  verdict::Finding row;
  row.code = std::move(code);
  row.severity = severity;
  row.message = std::move(message);
  row.advice = std::move(advice);
  row.first = moment(1500);
  row.last = moment(4250);
  row.first_frame = {.source = 0, .frame = 41};
  return row;
}

// Telnet in clear in one direction; the other was never seen, unreadable ESP besides.
inline verdict::Summary bad() {
  verdict::Summary summary = good();
  summary.verdict = verdict::Verdict::kViolated;
  summary.exit_status = 1;
  summary.verdict_line = "violated: 29 packets from 10.0.0.1 to 10.0.0.2 went in clear (telnet)";
  summary.reasons = {"leak.plaintext", "policy.unseen"};
  summary.packets.by_class = {};
  summary.packets.total = 0;
  set(summary, verdict::Class::kProtected, 1000);
  set(summary, verdict::Class::kUnverified, 1379);
  set(summary, verdict::Class::kLeaked, 29);
  set(summary, verdict::Class::kExempt, 8);
  set(summary, verdict::Class::kUnrelated, 27);
  summary.exemptions = {{.name = "neighbour-discovery", .packets = 8, .bytes = 688}};
  auto& first = summary.requirements[0];
  first.verdict = verdict::Verdict::kViolated;
  first.reasons = {"leak.plaintext"};
  first.packets = {.protected_ = 1000, .unverified = 1379, .leaked = 29};
  auto& second = summary.requirements[1];
  second.verdict = verdict::Verdict::kInconclusive;
  second.reasons = {"policy.unseen"};
  second.packets = {};
  second.first = second.last = base::kNever;
  summary.leaks = {telnet_leak()};
  summary.findings = {finding("leak.plaintext", verdict::Severity::kCritical,
                              "29 packets from 10.0.0.1 to 10.0.0.2 went in clear, telnet by their content.",
                              "Look at frame 41; on 10.0.0.1 run 'setkey -DP' and see whether a policy for tcp port 23 comes first."),
                      finding("capture.drops", verdict::Severity::kWarning, "The kernel dropped 17 packets while capturing.",
                              "Capture again with 'tcpdump -B 65536'.")};
  summary.findings[0].requirement = "r1";
  summary.findings[0].count = 29;
  summary.sources[0].dropped_by_kernel = 17;
  summary.associations[1].integrity_checks = {.good = 0, .bad = 0, .unchecked = 1204, .no_key = 1204};
  summary.associations[1].opened = 0;
  summary.associations[1].configured = false;
  summary.assumptions = {"a tunnel between 192.0.2.1 and 192.0.2.2 is accepted, because it is the pair that was seen"};
  summary.limits.flows = 12;
  summary.ignored_socket = 2;
  return summary;
}

// Nothing could be read: an empty capture without a policy.
inline verdict::Summary empty() { return {}; }

// Every string field holds `text`.
inline verdict::Summary hostile(const std::string& text) {
  verdict::Summary summary = bad();
  summary.command.push_back(text);
  summary.verdict_line = text;
  summary.assumptions.push_back(text);
  summary.filter = text;
  summary.sources[0].name = text;
  summary.sources[0].format = text;
  summary.sources[0].link_types.push_back(text);
  summary.exemptions[0].name = text;
  for (auto& row : summary.requirements) {
    row.name = row.from = row.to = row.mode = text;
    row.id += text;
    row.require.push_back(text);
    row.tunnel = verdict::TunnelEnds{.from = text, .to = text};
    row.origins = {text, text};
    row.reasons.push_back(text);
  }
  for (auto& row : summary.associations) {
    row.protocol = row.source = row.destination = row.encapsulation = text;
    row.mode = row.encryption = row.integrity = row.diagnosis = row.origin = text;
  }
  auto& leak = summary.leaks[0];
  leak.source = leak.destination = leak.protocol = leak.application = leak.application_by = text;
  leak.requirement = summary.requirements[0].id;
  for (auto& row : summary.findings) row.code = row.message = row.advice = text;
  summary.findings[0].requirement = summary.requirements[0].id;
  summary.findings[1].association = text;
  summary.reasons.push_back(text);
  return summary;
}

}  // namespace espy::report::samples
