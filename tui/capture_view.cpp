#include "tui/capture_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "tui/detail_view.h"
#include "tui/overview.h"
#include "tui/overview_panes.h"
#include "tui/text.h"

namespace espy::tui {
namespace {

using verdict::Picture;
using verdict::Summary;

struct Losses {
  std::uint64_t kernel = 0, interface = 0, truncated = 0, down = 0, damaged = 0;
  std::uint64_t lost() const { return kernel + interface; }
};

Losses losses_of(const Picture& picture) {
  Losses losses;
  for (const auto& capture : picture.captures) {
    losses.kernel += capture.dropped_by_kernel;
    losses.interface += capture.dropped_by_interface;
    losses.down += capture.up ? 0 : 1;
  }
  for (const auto& source : picture.summary.sources) {
    losses.truncated += source.truncated;
    losses.damaged += source.damaged ? 1 : 0;
    if (!picture.captures.empty()) continue;
    losses.kernel += source.dropped_by_kernel.value_or(0);
    losses.interface += source.dropped_by_interface.value_or(0);
  }
  return losses;
}

std::string drop_words(const std::optional<std::uint64_t>& count) { return count ? count_text(*count) : "?"; }

Style alarm(std::uint64_t count) { return count > 0 ? Style{.role = Role::kWarn, .bold = true} : Style{}; }

Table interface_table(const Picture& picture) {
  Table table({{"NAME", 10, 40},
               {"STATE", 5},
               {"PACKETS", 8, 10, 1, Align::kRight},
               {"BYTES", 6, 0, 2, Align::kRight},
               {"KERNEL LOST", 11, 0, 0, Align::kRight},
               {"NIC LOST", 8, 0, 3, Align::kRight},
               {"NOTE", 12, 60, 4}});
  for (const auto& capture : picture.captures) {
    const bool good = capture.up && capture.dropped() == 0;
    table.add({"",
               good ? State::kOk : State::kWarn,
               {{capture.name},
                {capture.up ? "up" : "down", capture.up ? Style{} : Style{.role = Role::kWarn, .bold = true}},
                {count_text(capture.packets)},
                {size_text(capture.bytes)},
                {count_text(capture.dropped_by_kernel), alarm(capture.dropped_by_kernel)},
                {count_text(capture.dropped_by_interface), alarm(capture.dropped_by_interface)},
                {capture.note}}});
  }
  return table;
}

Table source_table(const Scene& scene) {
  Table table({{"NAME", 10, 60},
               {"FORMAT", 6, 10, 3},
               {"LINK", 7, 12, 2},
               {"PACKETS", 7, 10, 1, Align::kRight},
               {"BYTES", 5, 0, 4, Align::kRight},
               {"CUT", 5, 0, 0, Align::kRight},
               {"KERNEL LOST", 11, 0, 5, Align::kRight},
               {"NIC LOST", 8, 0, 6, Align::kRight}});
  for (const auto& source : scene.picture.summary.sources) {
    const bool good =
        !source.damaged && source.truncated == 0 && source.dropped_by_kernel.value_or(0) + source.dropped_by_interface.value_or(0) == 0;
    table.add({"",
               good ? State::kOk : State::kWarn,
               {{source.name},
                {source.format},
                {fmt::format("{}", fmt::join(source.link_types, ","))},
                {count_text(source.packets)},
                {size_text(source.bytes)},
                {count_text(source.truncated), alarm(source.truncated)},
                {drop_words(source.dropped_by_kernel), alarm(source.dropped_by_kernel.value_or(0))},
                {drop_words(source.dropped_by_interface), alarm(source.dropped_by_interface.value_or(0))}}});
  }
  return table;
}

void write_table(const Scene& scene, const Table& table, std::string_view title, std::string_view right, Writer& writer) {
  if (table.empty()) return;
  writer.title(title, right);
  writer.add(table.head(writer.width(), scene.columns_skipped));
  writer.add(table.lines(scene.display, writer.width(), scene.columns_skipped));
}

void write_damage(const Summary& summary, Writer& writer) {
  for (const auto& source : summary.sources) {
    if (source.damaged) writer.text(fmt::format("{}: {}", source.name, source.damage), {.role = Role::kWarn}, 3);
  }
}

std::vector<Fact> class_facts(const Summary& summary) {
  std::vector<Fact> facts;
  for (std::size_t index = 0; index < verdict::kClassCount; ++index) {
    const auto packet_class = static_cast<verdict::Class>(index);
    const std::uint64_t count = summary.packets.by_class[index];
    const bool bad = packet_class == verdict::Class::kLeaked || packet_class == verdict::Class::kForged;
    std::string value = std::to_string(count);
    if (count > 0) value += fmt::format(" {}%", percent_text(count, summary.packets.total));
    facts.push_back({std::string(verdict::name(packet_class)), std::move(value),
                     bad && count > 0 ? Style{.role = Role::kLeak, .bold = true} : Style{}});
  }
  return facts;
}

std::vector<Fact> kind_facts(const verdict::PacketCounts& packets) {
  std::vector<Fact> facts;
  const auto add = [&](std::string_view label, std::uint64_t count) {
    if (count > 0) facts.push_back({std::string(label), std::to_string(count)});
  };
  add("ESP", packets.esp);
  add("ESP in UDP", packets.esp_in_udp);
  add("ESP in TCP", packets.esp_in_tcp);
  add("AH", packets.ah);
  add("IPComp", packets.ipcomp);
  add("IKE", packets.ike);
  add("keep-alive", packets.keepalive);
  add("fragments", packets.fragments);
  add("dummy", packets.dummy);
  add("not IP", packets.non_ip);
  return facts;
}

std::vector<Fact> run_facts(const Picture& picture) {
  const Summary& summary = picture.summary;
  std::vector<Fact> facts{{"filter", summary.filter.value_or("none")},
                          {"policy", std::string(verdict::name(summary.policy_source))},
                          {"seen from", std::string(verdict::name(summary.vantage))},
                          {"SAs", fmt::format("{} configured, {} with keys", picture.configured_associations, picture.keyed_associations)},
                          {"memory", picture.memory_size == 0 ? "not measured" : size_text(picture.memory_size)}};
  if (picture.progress) facts.push_back({"read", fmt::format("{:.0f} %", *picture.progress * 100)});
  return facts;
}

// What a limit bounds, in the order of the view.
struct Bounded {
  std::string_view key, words;
};
constexpr std::array kBounded{
    Bounded{"flows", "flows that leaked"},
    Bounded{"protected_flows", "flows inside AH and opened ESP"},
    Bounded{"associations", "SAs that were seen"},
    Bounded{"pairs", "pairs of hosts that no policy names"},
    Bounded{"held", "frames that wait for others"},
    Bounded{"fragments", "MiB of fragments"},
    Bounded{"streams", "connections that may carry ESP in TCP"},
    Bounded{"findings", "findings"},
    Bounded{"samples", "flows whose packets are kept"},
    Bounded{"events", "events of the log"},
};

std::vector<verdict::LimitUse> limits_of(const Scene& scene) {
  std::vector<verdict::LimitUse> limits = scene.picture.limits;
  const Chronicle& chronicle = scene.chronicle;
  limits.push_back(
      {.key = "events", .used = chronicle.events().size(), .limit = chronicle.event_limit(), .left_out = chronicle.events_left_out()});
  return limits;
}

Table limit_table(const Scene& scene) {
  Table table({{"LIMIT", 15},
               {"NOW", 7, 0, 1, Align::kRight},
               {"AT MOST", 8, 0, 0, Align::kRight},
               {"NOT KEPT", 8, 0, 0, Align::kRight},
               {"OF WHAT", 12, 60, 2}});
  const std::vector<verdict::LimitUse> limits = limits_of(scene);
  for (const auto& [key, words] : kBounded) {
    const auto limit = std::ranges::find(limits, key, &verdict::LimitUse::key);
    if (limit == limits.end()) continue;
    table.add({"",
               limit->left_out > 0 ? State::kWarn : State::kNote,
               {{std::string(key)},
                {count_text(limit->used)},
                {count_text(limit->limit)},
                {count_text(limit->left_out), alarm(limit->left_out)},
                {std::string(words)}}});
  }
  return table;
}

std::pair<State, std::string> health(const Picture& picture) {
  const Losses losses = losses_of(picture);
  const std::uint64_t total = picture.summary.packets.total;
  if (losses.down > 0) return {State::kWarn, fmt::format("{} down: nothing is seen there", counted(losses.down, "interface"))};
  if (losses.damaged > 0)
    return {State::kWarn, fmt::format("{} damaged: what follows the damage was not read", counted(losses.damaged, "file"))};
  if (losses.lost() > 0)
    return {State::kWarn, fmt::format("{} lost by the capture, {} by the kernel, {} by the interface: a leak may have been among them",
                                      counted(losses.lost(), "packet"), losses.kernel, losses.interface)};
  if (losses.truncated > 0)
    return {State::kWarn, fmt::format("{} cut short: their ICVs cannot be checked", counted(losses.truncated, "packet"))};
  if (total == 0) return {State::kNone, "no packet was seen yet"};
  return {State::kOk, fmt::format("{} read, none known to be lost", counted(total, "packet"))};
}

class CaptureView final : public DetailView {
 public:
  // The verdict; how the capture stands is said first thing below.
  std::pair<State, std::string> headline(const Scene& scene) const override { return verdict_headline(scene); }

 protected:
  std::vector<Line> body(const Scene& scene, int width) const override {
    Writer writer(scene.display, width);
    const Summary& summary = scene.picture.summary;
    const auto [state, sentence] = health(scene.picture);
    writer.title("Health");
    writer.item(state, "", "", sentence);
    if (scene.picture.live) write_table(scene, interface_table(scene.picture), "Interfaces", "since the start", writer);
    write_table(scene, source_table(scene), scene.picture.live ? "Sources" : "Files", "? is not told", writer);
    write_damage(summary, writer);
    writer.title("Run");
    writer.facts(run_facts(scene.picture));
    writer.title("Packets by class", std::to_string(summary.packets.total));
    writer.facts(class_facts(summary), Density::kFigures);
    const std::vector<Fact> kinds = kind_facts(summary.packets);
    if (!kinds.empty()) writer.title("What they were");
    writer.facts(kinds, Density::kFigures);
    write_exemptions(summary, writer);
    write_table(scene, limit_table(scene), "Limits of memory", "[limits] of espy's TOML", writer);
    write_assumptions(summary, writer);
    write_findings(scene, "", "", writer);
    return writer.take();
  }

 private:
  static void write_exemptions(const Summary& summary, Writer& writer) {
    if (summary.exemptions.empty()) return;
    writer.title("Exempt, by name", std::to_string(summary.exemptions.size()));
    std::vector<Fact> facts;
    for (const auto& exemption : summary.exemptions) writer.line(fmt::format("{:>9}  {}", count_text(exemption.packets), exemption.name));
  }

  static void write_assumptions(const Summary& summary, Writer& writer) {
    if (summary.assumptions.empty()) return;
    writer.title("Taken for granted");
    for (const std::string& assumption : summary.assumptions) writer.text(assumption);
  }
};

}  // namespace

const View& capture_view() {
  static const CaptureView made;
  return made;
}

}  // namespace espy::tui
