#include "tui/detail_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/packet_view.h"
#include "tui/graph.h"
#include "tui/overview_panes.h"
#include "tui/text.h"
#include "tui/words.h"

namespace espy::tui {
namespace {

constexpr std::string_view kFindingPrefix = "finding ";

std::string finding_key(const verdict::Finding& finding, std::size_t index) {
  return fmt::format("{}{} {}", kFindingPrefix, finding.code, index);
}

bool concerns(const verdict::Finding& finding, std::string_view requirement, std::string_view association) {
  if (requirement.empty() && association.empty()) return !finding.requirement && !finding.association;
  return (!requirement.empty() && finding.requirement == requirement) || (!association.empty() && finding.association == association);
}

std::string occasion(const Scene& scene, const verdict::Finding& finding) {
  std::string words = finding.count > 1 ? fmt::format("{} times", finding.count) : "once";
  if (finding.first.known()) words += fmt::format(", first {}", clock_text(finding.first, scene.display.utc, 3));
  if (finding.first_frame.frame != 0) words += fmt::format(", frame {}", finding.first_frame.frame);
  return words;
}

}  // namespace

Drawn DetailView::draw(const Scene& scene, Canvas& canvas, Area area) const {
  const auto chosen = scene.selected.find(Pane::kMain);
  const Placing placing{.tier = scene.display.tier,
                        .pane = Pane::kMain,
                        .selected = chosen == scene.selected.end() ? "" : chosen->second,
                        .focused = true,
                        .scroll = scene.scroll,
                        .marked = &scene.marked};
  return draw_block(canvas, area, {.head = {}, .body = body(scene, area.width)}, placing);
}

std::string DetailView::selected(const Scene& scene) const {
  const auto chosen = scene.selected.find(Pane::kMain);
  return chosen == scene.selected.end() ? "" : chosen->second;
}

void write_findings(const Scene& scene, std::string_view requirement, std::string_view association, Writer& writer) {
  const auto& findings = scene.picture.summary.findings;
  const auto mine = [&](const verdict::Finding& finding) { return concerns(finding, requirement, association); };
  const auto count = std::ranges::count_if(findings, mine);
  writer.title("Findings", count == 0 ? "none" : std::to_string(count));
  std::string_view advised;
  for (std::size_t index = 0; index < findings.size(); ++index) {
    const verdict::Finding& finding = findings[index];
    if (!mine(finding)) continue;
    writer.item(state_of(finding.severity), finding_key(finding, index), finding.code, occasion(scene, finding));
    writer.text(finding.message, {}, 3);
    if (!finding.advice.empty() && finding.advice != advised) writer.text("Do: " + finding.advice, {.role = Role::kDim}, 3);
    advised = finding.advice;
  }
}

void write_samples(const Scene& scene, const verdict::PacketSamples& samples, const std::string& subject, Writer& writer) {
  for (std::size_t index = 0; index < samples.size(); ++index) {
    const verdict::PacketSample& sample = *samples[index];
    const State state =
        sample.packet_class == verdict::Class::kLeaked || sample.packet_class == verdict::Class::kForged ? State::kLeak : State::kOk;
    writer.row(
        state, fmt::format("{}#{}", subject, index),
        fmt::format("{}  {:>7}  {}", clock_text(sample.time, scene.display.utc, 6), sample.frame.frame, report::packet_line(sample)));
  }
}

void write_rates(const Scene& scene, Series series, Writer& writer) {
  if (series.slices.empty()) return;
  series = part_of(padded(std::move(series), slices_of(scene)), scene.cursor, scene.display.zoom);
  writer.title("Packets/s", span_words(scene));
  writer.add(rate_graph(series, scene.display,
                        {.width = writer.width(), .height = scene.display.layout.wide(writer.width()) ? 7 : 5, .cursor = scene.cursor}));
}

namespace {

// The part of a line of octets that is marked: [begin, end) within the line.
struct Marked {
  std::size_t begin = 0, end = 0;
};

void add_marked(Line& line, int column, const report::HexLine& octets, Marked marked) {
  const Style style{.role = Role::kTitle, .bold = true, .reverse = true};
  const int hex_begin = column + static_cast<int>(report::hex_column(marked.begin));
  const int hex_end = column + static_cast<int>(report::hex_column(marked.end - 1)) + 2;
  const std::size_t from = report::hex_column(marked.begin);
  line.spans.push_back({hex_begin, hex_end, octets.hex.substr(from, report::hex_column(marked.end - 1) + 2 - from), style});
}

void add_marked_text(Line& line, int column, const report::HexLine& octets, Marked marked) {
  const Style style{.role = Role::kTitle, .bold = true, .reverse = true};
  const int begin = column + static_cast<int>(marked.begin);
  line.spans.push_back(
      {begin, begin + static_cast<int>(marked.end - marked.begin), octets.text.substr(marked.begin, marked.end - marked.begin), style});
}

std::string hidden_words(const Display& display) {
  return display.redacted_by.empty() ? "hidden: x shows the octets of packets" : redaction_words(display);
}

std::size_t octets_a_line(int width) { return width >= 150 ? 32 : width >= 112 ? 24 : width >= 76 ? 16 : 8; }

}  // namespace

std::string redaction_words(const Display& display) { return fmt::format("the octets of packets are not shown: {}", display.redacted_by); }

void write_octets(const std::vector<std::uint8_t>& octets, std::size_t limit, std::size_t marked, std::size_t size, Writer& writer) {
  constexpr int kHexColumn = 7;
  if (!writer.display().shows_octets()) return writer.line(hidden_words(writer.display()), {.role = Role::kDim});
  const std::size_t each = octets_a_line(writer.width());
  const int text_column = kHexColumn + static_cast<int>(report::hex_column(each)) + 1;
  const base::Bytes shown = base::Bytes(octets).first(std::min(limit, octets.size()));
  for (const report::HexLine& part : report::hex_lines(shown, each)) {
    Line line;
    line.spans.push_back({1, kHexColumn, fmt::format("{:04x}", part.offset), {.role = Role::kDim}});
    line.spans.push_back({kHexColumn, text_column, part.hex, {}});
    line.spans.push_back({text_column, writer.width(), part.text, {}});
    const std::size_t end = part.offset + part.text.size();
    const Marked inside{std::clamp(marked, part.offset, end) - part.offset, std::clamp(marked + size, part.offset, end) - part.offset};
    if (inside.begin < inside.end) {
      add_marked(line, kHexColumn, part, inside);
      add_marked_text(line, text_column, part, inside);
    }
    writer.add(std::move(line));
  }
}

std::string class_words(const verdict::ClassCounts& counts) {
  std::string words;
  const auto add = [&](std::uint64_t count, std::string_view name) {
    if (count > 0) words += fmt::format("{}{} {}", words.empty() ? "" : ", ", count, name);
  };
  add(counts.leaked, "leaked");
  add(counts.forged, "forged");
  add(counts.protected_, "protected");
  add(counts.unverified, "unverified");
  add(counts.exempt, "exempt");
  return words.empty() ? "none" : words;
}

std::string period_words(const Scene& scene, base::Time first, base::Time last) {
  if (!first.known()) return "never";
  if (!last.known() || last == first) return clock_text(first, scene.display.utc, 3);
  return fmt::format("{} to {}", clock_text(first, scene.display.utc, 3), clock_text(last, scene.display.utc, 3));
}

std::string leak_subject(const Scene& scene) {
  const auto& leaks = scene.picture.summary.leaks;
  return !scene.subject.empty() || leaks.empty() ? scene.subject : leak_key(leaks.front());
}

std::string association_subject(const Scene& scene) {
  if (!scene.subject.empty()) return scene.subject;
  const auto rows = association_rows(scene, "", Narrowing::kNone);
  return rows.empty() ? "" : rows.front().key;
}

std::string requirement_subject(const Scene& scene) {
  if (!scene.subject.empty()) return scene.subject;
  const auto* chosen = chosen_requirement(scene);
  return chosen == nullptr ? "" : chosen->id;
}

std::optional<Step> step_of(const Scene& scene, const std::string& key) {
  if (key.starts_with(kFindingPrefix)) return std::nullopt;
  if (find_association(scene.picture, key) != kNowhere) return Step{ViewId::kAssociation, key};
  if (find_leak(scene.picture, key) != kNowhere) return Step{ViewId::kLeak, key};
  if (find_requirement(scene.picture, key) != nullptr) return Step{ViewId::kRequirement, key};
  if (key.rfind('#') != std::string::npos) return Step{ViewId::kPacket, key};
  return std::nullopt;
}

}  // namespace espy::tui
