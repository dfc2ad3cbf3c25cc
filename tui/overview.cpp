#include "tui/overview.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/sentence.h"
#include "tui/overview_panes.h"
#include "tui/wireshark.h"

namespace espy::tui {
namespace {

constexpr int kFewest = 3;  // lines of a pane: title, column names, a row

struct Slot {
  Pane pane = Pane::kMain;  // kMain: the rates
  int wanted = 0;           // lines
  int height = 0;
  Block block;
};

// Every slot gets the least, then the rest in order of importance, a line each in turn; what is left over goes to the last.
void share_out(std::vector<Slot>& slots, int height) {
  int left = height;
  for (Slot& slot : slots) left -= slot.height = std::min(slot.wanted, kFewest);
  for (bool given = true; left > 0 && given;) {
    given = false;
    for (Slot& slot : slots) {
      if (left == 0 || slot.height >= slot.wanted) continue;
      ++slot.height;
      --left;
      given = true;
    }
  }
  slots.back().height += std::max(left, 0);
}

class Overview final : public View {
 public:
  std::vector<Pane> panes(const Scene&) const override {
    return {Pane::kRequirements, Pane::kAssociations, Pane::kLeaks, Pane::kEvents, Pane::kFlows};
  }

  std::vector<Item> items(const Scene& scene, Pane pane) const override { return overview_items(scene, pane); }

  std::pair<State, std::string> headline(const Scene& scene) const override { return verdict_headline(scene); }

  Drawn draw(const Scene& scene, Canvas& canvas, Area area) const override {
    const bool panes = !scene.maximised && scene.display.layout.has_panes({canvas.width(), canvas.height()});
    return panes ? draw_panes(scene, canvas, area) : draw_alone(scene, canvas, area);
  }

  std::optional<Step> open(const Scene& scene, Pane pane, const std::string& key) const override {
    switch (pane) {
      case Pane::kRequirements: return Step{ViewId::kRequirement, key};
      case Pane::kAssociations: return Step{ViewId::kAssociation, key};
      case Pane::kLeaks: return Step{ViewId::kLeak, key};
      case Pane::kEvents: return open_event(scene, key);
      case Pane::kFlows: return open_flow(scene, key);
      default: return std::nullopt;
    }
  }

  std::vector<std::string> columns() const override { return field_names(); }

  std::string wireshark_filter(const Scene& scene, Pane pane, const std::string& key) const override {
    return wireshark_filter_of(scene, pane, key);
  }

 private:
  // What protects a flow is its requirement.
  static std::optional<Step> open_flow(const Scene& scene, const std::string& key) {
    const auto rows = flow_rows(scene, "", Narrowing::kNone);
    const auto found = std::ranges::find(rows, key, &FlowRow::key);
    if (found == rows.end()) return std::nullopt;
    return Step{ViewId::kRequirement, found->flow->requirement};
  }

  static Drawn draw_pane(const Scene& scene, Canvas& canvas, Area area, Pane pane, const Block& block) {
    const Placing placing{.tier = scene.display.tier,
                          .pane = pane,
                          .selected = selected_key(scene, pane),
                          .focused = pane == scene.focus,
                          .scroll = 0,
                          .marked = &scene.marked};
    return draw_block(canvas, area, block, placing);
  }

  static Drawn draw_alone(const Scene& scene, Canvas& canvas, Area area) {
    Drawn drawn;
    if (area.height > 0)
      join(drawn, draw_pane(scene, canvas, area, scene.focus, overview_pane(scene, scene.focus, area.width, area.height)), true);
    return drawn;
  }

  static Slot slot_of(const Scene& scene, Pane pane, Area area) {
    Slot slot{.pane = pane, .block = overview_pane(scene, pane, area.width, area.height)};
    slot.wanted = static_cast<int>(std::ssize(slot.block.head) + std::ssize(slot.block.body));
    return slot;
  }

  static std::vector<Slot> slots_of(const Scene& scene, Area area, bool roomy) {
    std::vector<Slot> slots;
    slots.push_back(slot_of(scene, Pane::kRequirements, area));
    if (roomy) slots.push_back({.pane = Pane::kMain, .wanted = scene.display.plain ? 2 : std::clamp(area.height / 5, 7, 12), .block = {}});
    slots.push_back(slot_of(scene, Pane::kAssociations, area));
    slots.push_back(slot_of(scene, Pane::kLeaks, area));
    const bool opened = !scene.picture.summary.protected_flows.empty();
    if ((roomy && opened) || scene.focus == Pane::kFlows) slots.push_back(slot_of(scene, Pane::kFlows, area));
    slots.push_back(slot_of(scene, Pane::kEvents, area));
    share_out(slots, area.height);
    return slots;
  }

  static Drawn draw_panes(const Scene& scene, Canvas& canvas, Area area) {
    Drawn drawn;
    Area rest = area;
    const bool roomy = scene.display.layout.wide(Size{canvas.width(), canvas.height()});
    for (const Slot& slot : slots_of(scene, area, roomy)) {
      rest.height = slot.height;
      if (slot.pane == Pane::kMain) {
        const Block rates{.head = {}, .body = rate_pane(scene, area.width, slot.height)};
        draw_block(canvas, rest, rates,
                   {.tier = scene.display.tier, .pane = Pane::kMain, .selected = "", .focused = false, .scroll = 0, .marked = nullptr});
      } else {
        join(drawn, draw_pane(scene, canvas, rest, slot.pane, slot.block), slot.pane == scene.focus);
      }
      rest.row += slot.height;
    }
    return drawn;
  }
};

}  // namespace

std::pair<State, std::string> verdict_headline(const Scene& scene) {
  const verdict::Summary& summary = scene.whole.summary;
  std::string sentence = report::reason_sentence(summary);
  switch (summary.verdict) {
    case verdict::Verdict::kViolated: return {State::kLeak, std::move(sentence)};
    case verdict::Verdict::kProtected: return {State::kOk, std::move(sentence)};
    case verdict::Verdict::kInconclusive: return {summary.packets.total == 0 ? State::kNone : State::kWarn, std::move(sentence)};
  }
  return {State::kNone, std::move(sentence)};
}

const View& overview() {
  static const Overview made;
  return made;
}

}  // namespace espy::tui
