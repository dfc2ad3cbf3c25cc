#include <algorithm>
#include <array>

#include "tui/association_view.h"
#include "tui/capture_view.h"
#include "tui/events_view.h"
#include "tui/help_view.h"
#include "tui/leak_view.h"
#include "tui/overview.h"
#include "tui/packet_view.h"
#include "tui/requirement_view.h"
#include "tui/sequence_view.h"
#include "tui/timeline_view.h"
#include "tui/view.h"

namespace espy::tui {
namespace {

constexpr std::array<std::string_view, 10> kNames{"overview", "requirement", "sa",       "leak",    "sequence",
                                                  "packet",   "events",      "timeline", "capture", "help"};

}  // namespace

std::string_view name(ViewId id) { return kNames[static_cast<std::size_t>(id)]; }

std::optional<ViewId> find_view(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<ViewId>(found - kNames.begin());
}

std::string_view View::headline_word(const Scene& scene) const { return word(headline(scene).first); }

bool View::unfolds(const std::string&) const { return false; }

std::optional<Step> View::beside(const Scene&, bool) const { return std::nullopt; }

const View& view(ViewId id) {
  switch (id) {
    case ViewId::kOverview: return overview();
    case ViewId::kRequirement: return requirement_view();
    case ViewId::kAssociation: return association_view();
    case ViewId::kLeak: return leak_view();
    case ViewId::kSequence: return sequence_view();
    case ViewId::kPacket: return packet_view();
    case ViewId::kEvents: return events_view();
    case ViewId::kTimeline: return timeline_view();
    case ViewId::kCapture: return capture_view();
    case ViewId::kHelp: return help_view();
  }
  return overview();
}

}  // namespace espy::tui
