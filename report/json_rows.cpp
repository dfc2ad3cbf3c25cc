#include "report/json_rows.h"

namespace espy::report {

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json known(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json to_json(base::Time time) { return time.known() ? Json(base::to_rfc3339(time)) : Json(nullptr); }

Json to_json(const verdict::FrameReference& frame) {
  return frame.frame == 0 ? Json(nullptr) : Json{{"source", frame.source}, {"frame", frame.frame}};
}

Json to_json(const verdict::SourceSummary& source) {
  return {{"name", source.name},
          {"format", known(source.format)},
          {"link_types", source.link_types},
          {"packets", source.packets},
          {"bytes", source.bytes},
          {"first", to_json(source.first)},
          {"last", to_json(source.last)},
          {"dropped_by_kernel", known(source.dropped_by_kernel)},
          {"dropped_by_interface", known(source.dropped_by_interface)},
          {"truncated", source.truncated},
          {"damaged", source.damaged}};
}

Json to_json(const verdict::PacketCounts& packets) {
  Json json{{"total", packets.total}};
  for (std::size_t index = 0; index < verdict::kClassCount; ++index) {
    json[std::string(name(static_cast<verdict::Class>(index)))] = packets.by_class[index];
  }
  json.update({{"non_ip", packets.non_ip},
               {"ah", packets.ah},
               {"esp", packets.esp},
               {"esp_in_udp", packets.esp_in_udp},
               {"esp_in_tcp", packets.esp_in_tcp},
               {"ipcomp", packets.ipcomp},
               {"ike", packets.ike},
               {"keepalive", packets.keepalive},
               {"fragments", packets.fragments},
               {"dummy", packets.dummy}});
  return json;
}

Json to_json(const verdict::Exemption& exemption) {
  return {{"name", exemption.name}, {"packets", exemption.packets}, {"bytes", exemption.bytes}};
}

namespace {

Json class_counts(const verdict::ClassCounts& counts) {
  return {{"protected", counts.protected_},
          {"unverified", counts.unverified},
          {"leaked", counts.leaked},
          {"forged", counts.forged},
          {"exempt", counts.exempt}};
}

Json tunnel(const std::optional<verdict::TunnelEnds>& ends) {
  return ends ? Json{{"from", ends->from}, {"to", ends->to}} : Json(nullptr);
}

Json sequence(const verdict::SequenceSummary& numbers) {
  return {{"first", known(numbers.first)},
          {"highest", known(numbers.highest)},
          {"esn_high", known(numbers.esn_high)},
          {"wraps", numbers.wraps},
          {"lost", numbers.lost},
          {"reordered", numbers.reordered},
          {"duplicates", numbers.duplicates},
          {"replayed", numbers.replayed},
          {"resets", numbers.resets},
          {"window_needed", numbers.window_needed},
          {"window_configured", known(numbers.window_configured)}};
}

Json integrity_checks(const verdict::IntegrityChecks& checks) {
  return {{"good", checks.good},
          {"bad", checks.bad},
          {"unchecked", checks.unchecked},
          {"unchecked_because",
           {{"no-key", checks.no_key},
            {"no-algorithm", checks.no_algorithm},
            {"cut-short", checks.cut_short},
            {"fragment", checks.fragment}}}};
}

Json code_counts(const std::vector<verdict::CodeCount>& counts) {
  Json json = Json::array();
  for (const auto& count : counts) json.push_back({{"code", count.code}, {"count", count.count}});
  return json;
}

Json application(const verdict::Leak& leak) { return {{"name", known(leak.application)}, {"by", known(leak.application_by)}}; }

}  // namespace

Json to_json(const verdict::RequirementSummary& requirement) {
  return {{"id", requirement.id},
          {"name", known(requirement.name)},
          {"action", requirement.action},
          {"from", known(requirement.from)},
          {"to", known(requirement.to)},
          {"protocol", known(requirement.protocol)},
          {"from_port", known(requirement.from_port)},
          {"to_port", known(requirement.to_port)},
          {"require", requirement.require},
          {"mode", known(requirement.mode)},
          {"tunnel", tunnel(requirement.tunnel)},
          {"level", known(requirement.level)},
          {"origins", requirement.origins},
          {"verdict", name(requirement.verdict)},
          {"reasons", requirement.reasons},
          {"shared", requirement.shared},
          {"packets", class_counts(requirement.packets)},
          {"bytes", class_counts(requirement.bytes)},
          {"first", to_json(requirement.first)},
          {"last", to_json(requirement.last)}};
}

Json to_json(const verdict::AssociationSummary& association) {
  return {{"protocol", association.protocol},
          {"spi", association.spi ? Json(base::to_string(*association.spi)) : Json(nullptr)},
          {"source", known(association.source)},
          {"destination", known(association.destination)},
          {"configured", association.configured},
          {"origin", known(association.origin)},
          {"mode", known(association.mode)},
          {"reqid", known(association.reqid)},
          {"encapsulation", association.encapsulation},
          {"encryption", known(association.encryption)},
          {"integrity", known(association.integrity)},
          {"esn", known(association.esn)},
          {"packets", association.packets},
          {"bytes", association.bytes},
          {"first", to_json(association.first)},
          {"last", to_json(association.last)},
          {"sequence", sequence(association.sequence)},
          {"integrity_checks", integrity_checks(association.integrity_checks)},
          {"decryption", {{"opened", association.opened}, {"failed", association.failed}}},
          {"diagnosis", known(association.diagnosis)},
          {"findings", code_counts(association.findings)}};
}

Json to_json(const verdict::Leak& leak) {
  return {{"requirement", leak.requirement},
          {"source", known(leak.source)},
          {"destination", known(leak.destination)},
          {"protocol", known(leak.protocol)},
          {"source_port", known(leak.source_port)},
          {"destination_port", known(leak.destination_port)},
          {"application", application(leak)},
          {"reason", name(leak.reason)},
          {"packets", leak.packets},
          {"bytes", leak.bytes},
          {"first", to_json(leak.first)},
          {"last", to_json(leak.last)},
          {"first_frame", to_json(leak.first_frame)}};
}

Json to_json(const verdict::Finding& finding) {
  return {{"code", finding.code},
          {"severity", name(finding.severity)},
          {"requirement", known(finding.requirement)},
          {"association", known(finding.association)},
          {"message", finding.message},
          {"advice", known(finding.advice)},
          {"count", finding.count},
          {"first", to_json(finding.first)},
          {"last", to_json(finding.last)},
          {"first_frame", to_json(finding.first_frame)}};
}

Json to_json(const verdict::Limits& limits) {
  return {{"flows", limits.flows},
          {"associations", limits.associations},
          {"fragments", limits.fragments},
          {"held", limits.held},
          {"findings", limits.findings}};
}

}  // namespace espy::report
