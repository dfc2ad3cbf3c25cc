#include "tui/leak_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/packet_view.h"
#include "report/sentence.h"
#include "tui/detail_view.h"
#include "tui/overview_panes.h"
#include "tui/text.h"
#include "tui/wireshark.h"
#include "tui/words.h"
#include "verdict/catalogue.h"

namespace espy::tui {
namespace {

using verdict::Leak;

constexpr std::string_view kGone = "this flow is not in the picture any more";
constexpr std::int64_t kActiveNanoseconds = 10'000'000'000;

const Leak* subject_of(const Scene& scene) {
  const std::size_t index = find_leak(scene.picture, leak_subject(scene));
  return index == kNowhere ? nullptr : &scene.picture.summary.leaks[index];
}

std::string_view code_of(verdict::LeakReason reason) {
  switch (reason) {
    case verdict::LeakReason::kPlaintext: return "leak.plaintext";
    case verdict::LeakReason::kIntegrityOnly: return "leak.integrity-only";
    case verdict::LeakReason::kNullEncryption: return "leak.null-encryption";
    case verdict::LeakReason::kMissingAh: return "leak.missing-ah";
    case verdict::LeakReason::kDiscard: return "policy.discard-violated";
    case verdict::LeakReason::kIcmpQuote: return "leak.icmp-quote";
    case verdict::LeakReason::kBeforeNat: return "leak.before-nat";
  }
  return "leak.plaintext";
}

std::string guess_words(const Leak& leak) {
  if (leak.application.empty()) return "not recognised";
  if (leak.application_by == "content") return fmt::format("{}: its packets look like it", leak.application);
  return fmt::format("{}: only the port says so", leak.application);
}

std::string activity(const Scene& scene, const Leak& leak) {
  if (!scene.picture.now.known() || !leak.last.known()) return "";
  const base::Duration since = scene.picture.now - leak.last;
  if (!scene.picture.live) return "";
  const std::string ago = fmt::format("last packet {} ago", span_text(since));
  return since.nanoseconds < kActiveNanoseconds ? fmt::format(", still active ({})", ago) : fmt::format(", quiet now ({})", ago);
}

std::vector<Fact> flow_facts(const Scene& scene, const Leak& leak) {
  return {{"flow", flow_words(leak), {.role = Role::kLeak, .bold = true}},
          {"how", std::string(reason_words(leak.reason))},
          {"packets", fmt::format("{}, {} octets", leak.packets, size_text(leak.bytes))},
          {"first", fmt::format("{}{}", clock_text(leak.first, scene.display.utc, 6),
                                leak.first_frame.frame == 0 ? "" : fmt::format(", frame {}", leak.first_frame.frame))},
          {"last", clock_text(leak.last, scene.display.utc, 6)},
          {"looks like", guess_words(leak)}};
}

// What went under protection between the same ends of the policy at the same time: a bypass, or an outage.
std::string circumstance(const verdict::RequirementSummary& requirement) {
  const std::uint64_t carried = covered(requirement);
  if (carried == 0) return "Nothing of this requirement was protected: IPsec is not in force here, or not for this traffic.";
  return fmt::format("{} of the same requirement were protected: this flow went past a policy that is in force.",
                     counted(carried, "other packet"));
}

class LeakView final : public DetailView {
 public:
  std::pair<State, std::string> headline(const Scene& scene) const override {
    const Leak* leak = subject_of(scene);
    if (leak == nullptr) return {State::kNone, std::string(kGone)};
    const auto* requirement = find_requirement(scene.picture, leak->requirement);
    const std::string demand = requirement == nullptr ? "protection" : report::demand_words(*requirement);
    const std::string application = leak->application.empty() ? "" : leak->application + ", ";
    return {State::kLeak, fmt::format("{}{} {}{}; {} demands {}", application, counted(leak->packets, "packet"), reason_words(leak->reason),
                                      activity(scene, *leak), leak->requirement, demand)};
  }

  std::optional<Step> open(const Scene& scene, Pane, const std::string& key) const override { return step_of(scene, key); }

  std::string wireshark_filter(const Scene& scene, Pane, const std::string&) const override {
    return wireshark_filter_of(scene, Pane::kLeaks, leak_subject(scene));
  }

  std::optional<Step> beside(const Scene& scene, bool forward) const override {
    const auto rows = leak_rows(scene, "", Narrowing::kNone);
    const auto here = std::ranges::find(rows, leak_subject(scene), &LeakRow::key);
    if (here == rows.end() || (forward ? here + 1 == rows.end() : here == rows.begin())) return std::nullopt;
    return Step{ViewId::kLeak, (forward ? here + 1 : here - 1)->key};
  }

 protected:
  std::vector<Line> body(const Scene& scene, int width) const override {
    Writer writer(scene.display, width);
    const std::size_t index = find_leak(scene.picture, leak_subject(scene));
    if (index == kNowhere) {
      writer.text(kGone);
      return writer.take();
    }
    const Leak& leak = scene.picture.summary.leaks[index];
    writer.title("Flow", fmt::format("leak {} of {}", index + 1, scene.picture.summary.leaks.size()));
    writer.facts(flow_facts(scene, leak));
    write_policy(scene, leak, writer);
    const bool sampled = index < scene.picture.leak_samples.size() && !scene.picture.leak_samples[index].empty();
    if (sampled) write_first_octets(scene.picture.leak_samples[index], writer);
    write_advice(scene, leak, writer);
    if (sampled) {
      const verdict::PacketSamples& samples = scene.picture.leak_samples[index];
      writer.title("Packets", fmt::format("the first {} of {}", samples.size(), leak.packets));
      write_samples(scene, samples, leak_subject(scene), writer);
    }
    if (scene.display.layout.wide(width)) write_surroundings(scene, leak, writer);
    writer.title("To find it elsewhere");
    writer.text(wireshark_filter_of(leak), {}, 1);
    return writer.take();
  }

 private:
  // Whether the same requirement's traffic was protected before, during and after.
  static void write_surroundings(const Scene& scene, const Leak& leak, Writer& writer) {
    Series series = scene.chronicle.requirement(leak.requirement, scene.display.span);
    if (series.slices.empty()) return;
    series = part_of(padded(std::move(series), slices_of(scene)), leak.first, scene.display.zoom);
    writer.title(fmt::format("Packets/s of {} around it", leak.requirement), span_words(scene));
    writer.add(rate_graph(series, scene.display, {.width = writer.width(), .height = 7, .cursor = leak.first}));
  }

  static void write_policy(const Scene& scene, const Leak& leak, Writer& writer) {
    const auto* requirement = find_requirement(scene.picture, leak.requirement);
    if (requirement == nullptr) return;
    writer.title("Violated policy", requirement->origins.empty() ? "" : short_origin(requirement->origins.front()));
    writer.item(State::kLeak, requirement->id, requirement->id,
                fmt::format("{} must be {}{}", requirement->name, report::demand_words(*requirement),
                            requirement->origins.empty() ? "" : ", says " + report::origin_words(*requirement)));
    writer.text(circumstance(*requirement), {}, 3);
  }

  static void write_first_octets(const verdict::PacketSamples& samples, Writer& writer) {
    constexpr std::size_t kShown = 64;
    for (const auto& sample : samples) {
      for (const report::PacketLayer& layer : report::packet_layers(*sample)) {
        if (!layer.is_payload || layer.inner) continue;
        const auto begin = sample->octets.begin() + static_cast<std::ptrdiff_t>(layer.offset);
        writer.title(fmt::format("First octets, frame {}", sample->frame.frame), layer.fields);
        write_octets({begin, begin + static_cast<std::ptrdiff_t>(layer.size)}, kShown, 0, 0, writer);
        return;
      }
    }
  }

  static void write_advice(const Scene& scene, const Leak& leak, Writer& writer) {
    const std::string_view code = code_of(leak.reason);
    const auto& findings = scene.picture.summary.findings;
    const auto finding = std::ranges::find_if(
        findings, [&](const verdict::Finding& each) { return each.code == code && each.requirement == leak.requirement; });
    const verdict::CatalogueEntry* entry = verdict::find(code);
    std::string advice = finding != findings.end() ? finding->advice : "";
    if (advice.empty() && entry != nullptr) advice = entry->advice;
    writer.title("What to do", code);
    writer.text(advice);
  }
};

}  // namespace

const View& leak_view() {
  static const LeakView made;
  return made;
}

}  // namespace espy::tui
