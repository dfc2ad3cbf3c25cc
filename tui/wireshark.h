// wireshark: display filters for what can be selected, and where an event leads. Pure.
#pragma once

#include <optional>
#include <string>

#include "tui/view.h"

namespace espy::tui {

// For an item of a pane of the overview; "" where there is none.
std::string wireshark_filter_of(const Scene& scene, Pane pane, const std::string& key);
// For what a step leads to; "" where it leads nowhere.
std::string wireshark_filter_of(const Scene& scene, const std::optional<Step>& step);
std::string wireshark_filter_of(const verdict::RequirementSummary& requirement);
std::string wireshark_filter_of(const verdict::AssociationSummary& association);
std::string wireshark_filter_of(const verdict::Leak& leak);

// The leak, SA or requirement that an event (its number as text) is of.
std::optional<Step> open_event(const Scene& scene, const std::string& key);

}  // namespace espy::tui
