// The rows of the JSON report: one value of the summary as one JSON object, fields in the order of docs/report.md. For json.cpp alone.
#pragma once

#include <nlohmann/json.hpp>

#include "verdict/summary.h"

namespace espy::report {

using Json = nlohmann::ordered_json;

Json to_json(const verdict::SourceSummary& source);
Json to_json(const verdict::PacketCounts& packets);
Json to_json(const verdict::Exemption& exemption);
Json to_json(const verdict::RequirementSummary& requirement);
Json to_json(const verdict::AssociationSummary& association);
Json to_json(const verdict::Leak& leak);
Json to_json(const verdict::Finding& finding);
Json to_json(const verdict::Limits& limits);
Json to_json(const verdict::FrameReference& frame);
Json to_json(base::Time time);

// null for an empty string: what is unknown is never "".
Json known(const std::string& text);

template <class T>
Json known(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// Compact; broken UTF-8 becomes U+FFFD.
std::string dump(const Json& json);

}  // namespace espy::report
