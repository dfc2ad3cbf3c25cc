#include "tui/packet_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "report/packet_view.h"
#include "tui/detail_view.h"
#include "tui/text.h"
#include "tui/wireshark.h"

namespace espy::tui {
namespace {

constexpr std::string_view kGone = "this packet is not kept any more";

// "leak key#2" taken apart, and the samples that it is one of.
struct Subject {
  std::string owner;
  std::size_t index = 0;
  const verdict::PacketSamples* samples = nullptr;
  bool is_leak = false;

  const verdict::PacketSample* sample() const { return samples != nullptr && index < samples->size() ? (*samples)[index].get() : nullptr; }
};

const verdict::PacketSamples* samples_at(const std::vector<verdict::PacketSamples>& all, std::size_t index) {
  return index < all.size() ? &all[index] : nullptr;
}

// Where the step names none: the first packet of the worst leak, or of the worst SA.
std::string key_of(const Scene& scene) {
  if (!scene.subject.empty()) return scene.subject;
  const std::string owner = scene.picture.summary.leaks.empty() ? association_subject(scene) : leak_subject(scene);
  return owner.empty() ? "" : owner + "#0";
}

Subject subject_of(const Scene& scene) {
  Subject subject;
  const std::string key = key_of(scene);
  const std::size_t mark = key.rfind('#');
  if (mark == std::string::npos) return subject;
  subject.owner = key.substr(0, mark);
  if (std::from_chars(key.data() + mark + 1, key.data() + key.size(), subject.index).ec != std::errc{}) return subject;
  const std::size_t leak = find_leak(scene.picture, subject.owner);
  subject.is_leak = leak != kNowhere;
  subject.samples = subject.is_leak ? samples_at(scene.picture.leak_samples, leak)
                                    : samples_at(scene.picture.association_samples, find_association(scene.picture, subject.owner));
  return subject;
}

State state_of(verdict::Class packet_class) {
  switch (packet_class) {
    case verdict::Class::kLeaked:
    case verdict::Class::kForged: return State::kLeak;
    case verdict::Class::kProtected: return State::kOk;
    case verdict::Class::kUnverified:
    case verdict::Class::kUndecodable: return State::kWarn;
    default: return State::kNote;
  }
}

std::string layer_key(std::size_t index) { return fmt::format("layer {}", index); }

class PacketView final : public DetailView {
 public:
  std::pair<State, std::string> headline(const Scene& scene) const override {
    const Subject subject = subject_of(scene);
    const verdict::PacketSample* sample = subject.sample();
    if (sample == nullptr) return {State::kNone, std::string(kGone)};
    return {state_of(sample->packet_class), fmt::format("frame {}: {}", sample->frame.frame, sample->rule)};
  }

  std::string_view headline_word(const Scene& scene) const override {
    const verdict::PacketSample* sample = subject_of(scene).sample();
    return sample != nullptr && sample->packet_class == verdict::Class::kForged ? "FAIL" : word(headline(scene).first);
  }

  std::string wireshark_filter(const Scene& scene, Pane, const std::string&) const override {
    const verdict::PacketSample* sample = subject_of(scene).sample();
    return sample == nullptr ? "" : fmt::format("frame.number=={}", sample->frame.frame);
  }

  std::optional<Step> beside(const Scene& scene, bool forward) const override {
    const Subject subject = subject_of(scene);
    if (subject.sample() == nullptr) return std::nullopt;
    if (forward ? subject.index + 1 >= subject.samples->size() : subject.index == 0) return std::nullopt;
    return Step{ViewId::kPacket, fmt::format("{}#{}", subject.owner, forward ? subject.index + 1 : subject.index - 1)};
  }

 protected:
  std::vector<Line> body(const Scene& scene, int width) const override {
    Writer writer(scene.display, width);
    const Subject subject = subject_of(scene);
    const verdict::PacketSample* sample = subject.sample();
    if (sample == nullptr) {
      writer.text(kGone);
      return writer.take();
    }
    writer.title(fmt::format("Packet {} of {} kept", subject.index + 1, subject.samples->size()), "e next, E previous");
    write_decision(scene, *sample, writer);
    const std::vector<report::PacketLayer> layers = report::packet_layers(*sample);
    const std::size_t chosen = chosen_layer(scene, layers.size());
    write_layers(layers, writer);
    const report::PacketLayer none{};
    const report::PacketLayer& layer = chosen < layers.size() ? layers[chosen] : none;
    write_run(fmt::format("Octets, {} of {} kept", sample->octets.size(), sample->original_size), sample->octets, layer, false, writer);
    if (!sample->inner.empty()) write_run(fmt::format("Inside, {} octets", sample->inner.size()), sample->inner, layer, true, writer);
    return writer.take();
  }

 private:
  static void write_decision(const Scene& scene, const verdict::PacketSample& sample, Writer& writer) {
    writer.facts({{"time", date_text(sample.time, scene.display.utc, 6)},
                  {"frame", std::to_string(sample.frame.frame) + source_words(scene, sample)},
                  {"length", fmt::format("{} octets", sample.original_size)},
                  {"class", std::string(verdict::name(sample.packet_class)), style_of(state_of(sample.packet_class))},
                  {"requirement", sample.requirement.empty() ? "none" : sample.requirement}});
    writer.title("Why");
    writer.item(state_of(sample.packet_class), "", "", sample.rule);
  }

  static std::string source_words(const Scene& scene, const verdict::PacketSample& sample) {
    const auto& sources = scene.picture.summary.sources;
    if (sources.size() < 2 || sample.frame.source >= sources.size()) return "";
    return fmt::format(" of {}", sources[sample.frame.source].name);
  }

  std::size_t chosen_layer(const Scene& scene, std::size_t layers) const {
    const std::string key = selected(scene);
    for (std::size_t index = 0; index < layers; ++index) {
      if (layer_key(index) == key) return index;
    }
    return 0;
  }

  static void write_layers(const std::vector<report::PacketLayer>& layers, Writer& writer) {
    writer.title("Layers", "the selected one's octets are marked below");
    for (std::size_t index = 0; index < layers.size(); ++index) {
      const report::PacketLayer& layer = layers[index];
      const std::string name = layer.inner ? "in " + layer.name : layer.name;
      writer.item(State::kNote, layer_key(index), fmt::format("{:<10}", name), layer.fields);
    }
  }

  static void write_run(const std::string& title, const std::vector<std::uint8_t>& octets, const report::PacketLayer& layer, bool inner,
                        Writer& writer) {
    writer.title(title, layer.inner == inner && layer.size > 0
                            ? fmt::format("{}: {}..{}", layer.name, layer.offset, layer.offset + layer.size - 1)
                            : "");
    write_octets(octets, octets.size(), layer.offset, layer.inner == inner ? layer.size : 0, writer);
  }
};

}  // namespace

const View& packet_view() {
  static const PacketView made;
  return made;
}

}  // namespace espy::tui
