#include "report/dump.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "report/dump_layers.h"
#include "report/escape.h"

namespace espy::report {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kSecond = 1'000'000'000;

template <class... Arguments>
void append(std::string& out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
}

void append_time(base::Time time, DumpTime style, std::string& out) {
  if (style == DumpTime::kNone || !time.known()) return;
  if (style == DumpTime::kDate) {
    const std::string text = base::to_rfc3339(time);
    append(out, "{} {} ", text.substr(0, 10), text.substr(11, 15));
    return;
  }
  const std::int64_t fraction = (time.nanoseconds % kSecond + kSecond) % kSecond;
  const std::time_t whole = (time.nanoseconds - fraction) / kSecond;
  std::tm parts{};
  localtime_r(&whole, &parts);
  append(out, "{:02}:{:02}:{:02}.{:06} ", parts.tm_hour, parts.tm_min, parts.tm_sec, fraction / 1000);
}

// tcpdump's prefix of a cooked capture of version 2: the interface and which way the frame went.
void append_cooked(const DumpFrame& frame, std::string& out) {
  constexpr std::size_t kPacketType = 10;
  constexpr std::array<std::string_view, 5> kWays{"In", "B", "M", "P", "Out"};
  if (frame.packet->link_type != base::LinkType::kLinuxSll2 || frame.data.size() <= kPacketType) return;
  const std::uint8_t way = frame.data[kPacketType];
  const std::string interface = frame.interface.empty() ? "?" : escape(frame.interface);
  append(out, "{:<5} {:<3} ", interface, way < kWays.size() ? kWays[way] : "?");
}

// "  [leaked 10.0.0.1 > 10.0.0.2 (setkey.conf:12) plaintext]"
void append_verdict(const DumpFrame& frame, std::string& out) {
  append(out, "  [{}", name(frame.packet_class));
  const std::string_view requirement = frame.requirement_name.empty() ? frame.requirement : frame.requirement_name;
  if (!requirement.empty()) append(out, " {}", escape(requirement));
  if (!frame.detail.empty()) append(out, " {}", escape(frame.detail));
  if (frame.integrity == Integrity::kBad) out += " ICV bad";
  out += ']';
}

}  // namespace

void append_dump_line(const DumpFrame& frame, DumpTime time, std::string& out) {
  append_time(frame.time, time, out);
  if (frame.packet != nullptr) {
    append_cooked(frame, out);
    append_layers(*frame.packet, frame.octets.empty() ? frame.data : frame.octets, frame.original_size, out);
  }
  append_verdict(frame, out);
}

namespace {

std::string_view name(decode::SecurityProtocol protocol) {
  switch (protocol) {
    case decode::SecurityProtocol::kAh: return "ah";
    case decode::SecurityProtocol::kEsp: return "esp";
    case decode::SecurityProtocol::kIpcomp: return "ipcomp";
  }
  return "esp";
}

Json trouble(decode::Trouble trouble) {
  switch (trouble) {
    case decode::Trouble::kNone: return nullptr;
    case decode::Trouble::kCutShort: return "cut_short";
    case decode::Trouble::kMalformed: return "malformed";
    case decode::Trouble::kTooDeep: return "too_deep";
    case decode::Trouble::kUnknownLink: return "unknown_link";
  }
  return nullptr;
}

Json headers(const decode::Packet& packet) {
  Json rows = Json::array();
  for (std::size_t index = 0; index < packet.security_count; ++index) {
    const auto& header = packet.security[index];
    const bool numbered = header.protocol != decode::SecurityProtocol::kIpcomp;
    rows.push_back({{"protocol", name(header.protocol)},
                    {"spi", base::to_string(header.spi)},
                    {"sequence", numbered ? Json(header.sequence) : Json(nullptr)}});
  }
  return rows;
}

Json known_text(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }

Json integrity(Integrity integrity) {
  switch (integrity) {
    case Integrity::kNotApplicable: return nullptr;
    case Integrity::kGood: return "good";
    case Integrity::kBad: return "bad";
    case Integrity::kUnchecked: return "unchecked";
    case Integrity::kNone: return "none";
  }
  return nullptr;
}

// The innermost layer that was sent as such, not quoted by an ICMP error; nullptr where there is no IP.
const decode::Layer* innermost(const decode::Packet& packet) {
  std::size_t count = packet.layer_count;
  if (packet.quotes && count > 1) --count;
  return count == 0 ? nullptr : &packet.layers[count - 1];
}

std::string protocol_name(const decode::Layer& layer) {
  switch (layer.protocol) {
    case 1: return "icmp";
    case 6: return "tcp";
    case 17: return "udp";
    case 50: return "esp";
    case 51: return "ah";
    case 58: return "icmpv6";
    default: return std::to_string(layer.protocol);
  }
}

bool has_ports(const decode::Layer& layer) { return layer.ports_known && layer.protocol != 1 && layer.protocol != 58; }

void add_layers(const decode::Packet& packet, Json& json) {
  const decode::Layer* inner = innermost(packet);
  json["source"] = inner == nullptr ? Json(nullptr) : Json(base::to_string(packet.layers[0].source));
  json["destination"] = inner == nullptr ? Json(nullptr) : Json(base::to_string(packet.layers[0].destination));
  json["headers"] = headers(packet);
  json["protocol"] = inner == nullptr ? Json(nullptr) : Json(protocol_name(*inner));
  json["source_port"] = inner != nullptr && has_ports(*inner) ? Json(inner->source_port) : Json(nullptr);
  json["destination_port"] = inner != nullptr && has_ports(*inner) ? Json(inner->destination_port) : Json(nullptr);
}

}  // namespace

void append_dump_json(const DumpFrame& frame, std::string& out) {
  static const decode::Packet kNothing{};
  const decode::Packet& packet = frame.packet == nullptr ? kNothing : *frame.packet;
  Json json{{"frame", frame.frame.frame},
            {"time", frame.time.known() ? Json(base::to_rfc3339(frame.time)) : Json(nullptr)},
            {"interface", known_text(frame.interface)}};
  add_layers(packet, json);
  json["length"] = frame.original_size;
  json["class"] = verdict::name(frame.packet_class);
  json["requirement"] = known_text(frame.requirement);
  json["association"] = known_text(frame.association);
  json["integrity"] = integrity(frame.integrity);
  json["trouble"] = trouble(packet.trouble);
  out += json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace espy::report
