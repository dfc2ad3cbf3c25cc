// words: the phrases that several views use for the values of a summary. Pure; not escaped, the canvas does that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "verdict/summary.h"

namespace espy::tui {

// "esp tunnel", "ah+esp transp", "bypass", "discard".
std::string policy_words(const verdict::RequirementSummary& requirement);
// "10.0.0.1 > 10.0.0.2 tcp/23"; a connection's name, which says nothing of the direction, with where this one goes: "hq-dc2 > 10.2.0.0/16".
std::string requirement_words(const verdict::RequirementSummary& requirement);
// "aes-gcm", "aes-cbc+hmac-sha256", "unknown" without a configuration.
std::string algorithm_words(const verdict::AssociationSummary& association);
// "0x00000201", "?" where none was told.
std::string spi_words(const verdict::AssociationSummary& association);
// "10.0.0.1 > 10.0.0.2"
std::string ends_words(const verdict::AssociationSummary& association);
// "ok", "2 bad", "no key", "unchecked", "-" without packets.
std::string icv_words(const verdict::AssociationSummary& association);
// "10.0.0.1:35584", "[2001:db8::1]:35584", "10.0.0.1"
std::string end_words(std::string_view address, const std::optional<std::uint16_t>& port);
// "10.0.0.1:35584 > 10.0.0.2:5901/tcp"; IPv6 addresses with ports stand in brackets.
struct FlowEnds {
  std::string_view source, destination, protocol;
  std::optional<std::uint16_t> source_port, destination_port;
};
std::string flow_words(const FlowEnds& ends);
std::string flow_words(const verdict::Leak& leak);
std::string flow_words(const verdict::ProtectedFlow& flow);
// "in clear", "AH only, not encrypted" …
std::string_view reason_words(verdict::LeakReason reason);
// "setkey.conf:12", without the folders before it.
std::string short_origin(std::string_view origin);
// "pgsql", with "?" behind it where only the port says so; "-" when unknown.
std::string application_words(std::string_view application, std::string_view by);

}  // namespace espy::tui
