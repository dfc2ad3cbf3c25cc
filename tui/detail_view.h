// detail_view: what the views of one thing have in common: one pane whose lines scroll, and the findings, samples and rates that they show.
#pragma once

#include <string>
#include <vector>

#include "tui/block.h"
#include "tui/rows.h"

namespace espy::tui {

class DetailView : public View {
 public:
  std::vector<Pane> panes(const Scene&) const override { return {Pane::kMain}; }
  std::vector<Item> items(const Scene& scene, Pane) const override { return items_of(body(scene, kItemsWidth)); }
  Drawn draw(const Scene& scene, Canvas& canvas, Area area) const override;
  std::optional<Step> open(const Scene&, Pane, const std::string&) const override { return std::nullopt; }
  std::vector<std::string> columns() const override { return {}; }
  std::string wireshark_filter(const Scene&, Pane, const std::string&) const override { return {}; }

 protected:
  static constexpr int kItemsWidth = 80;
  virtual std::vector<Line> body(const Scene& scene, int width) const = 0;
  // Key of the item that is selected, or of the first.
  std::string selected(const Scene& scene) const;
};

// Findings of a requirement (id), of an SA (association_key), or of the capture as a whole where both are empty. Their keys begin "finding
// ".
void write_findings(const Scene& scene, std::string_view requirement, std::string_view association, Writer& writer);
// Keys are "<subject>#<index>", steps to the packet view.
void write_samples(const Scene& scene, const verdict::PacketSamples& samples, const std::string& subject, Writer& writer);
// A graph of `series` under a title, where there is room for one.
void write_rates(const Scene& scene, Series series, Writer& writer);
// Lines of octets, the `size` from `marked` on in reverse.
void write_octets(const std::vector<std::uint8_t>& octets, std::size_t limit, std::size_t marked, std::size_t size, Writer& writer);
// What forbids them: "the octets of packets are not shown: --redact-payload".
std::string redaction_words(const Display& display);

// "protected 57, leaked 48": what there is none of is left out.
std::string class_words(const verdict::ClassCounts& counts);
std::string period_words(const Scene& scene, base::Time first, base::Time last);
// What the view is of: the step's subject, or where it names none (--view) the worst there is: "" without any.
std::string leak_subject(const Scene& scene);
std::string association_subject(const Scene& scene);
std::string requirement_subject(const Scene& scene);

// Where a key that is a requirement's, an SA's, a leak's or a packet's leads.
std::optional<Step> step_of(const Scene& scene, const std::string& key);

}  // namespace espy::tui
