#include <algorithm>

#include <fmt/format.h>

#include "config/writing.h"

namespace espy::config {

namespace {

struct TargetRow {
  Target target;
  std::string_view name;
  std::string_view called;  // in notes and errors
  bool only_keys;           // a file that holds nothing but SAs with their keys
};
constexpr TargetRow kTargets[] = {
    {Target::kSetkey, "setkey", "setkey", false},      {Target::kXfrm, "xfrm", "ip xfrm", false},
    {Target::kEspSa, "esp-sa", "esp_sa", true},        {Target::kOldEspSa, "esp-sa-8", "esp_sa with 8 columns", true},
    {Target::kTcpdump, "tcpdump", "tcpdump -E", true}, {Target::kToml, "toml", "TOML", false}};

const TargetRow& row(Target target) { return *std::ranges::find(kTargets, target, &TargetRow::target); }

void write_text(Writing& writing, Target target) {
  switch (target) {
    case Target::kSetkey: return write_setkey(writing);
    case Target::kXfrm: return write_xfrm(writing);
    case Target::kEspSa: return write_esp_sa(writing, false);
    case Target::kOldEspSa: return write_esp_sa(writing, true);
    case Target::kTcpdump: return write_tcpdump_keys(writing);
    case Target::kToml: return write_toml(writing);
  }
}

bool any_keys(const ipsec::Configuration& configuration) { return std::ranges::any_of(configuration.associations, has_keys); }

std::unexpected<base::Error> nothing_to_say(const Writing& writing) {
  const bool keys_missing = writing.keys == Keys::kHidden && any_keys(writing.configuration);
  if (keys_missing) {
    return base::fail(fmt::format("without keys there is nothing to write for {}", writing.target),
                      "give --show-keys, and -o FILE so that they do not appear on the screen");
  }
  if (writing.notes.empty()) return base::fail(fmt::format("this configuration holds nothing that {} can say", writing.target));
  return base::fail(fmt::format("nothing of this configuration can be said: {}", writing.notes.take().front()));
}

}  // namespace

std::string_view name(Target target) { return row(target).name; }

std::optional<Target> find_target(std::string_view name) {
  const auto found = std::ranges::find(kTargets, name, &TargetRow::name);
  if (found == std::end(kTargets)) return std::nullopt;
  return found->target;
}

std::vector<std::string_view> target_names() {
  std::vector<std::string_view> names;
  for (const TargetRow& each : kTargets) names.push_back(each.name);
  return names;
}

base::Result<Written> write(const ipsec::Configuration& configuration, Target target, const WriteOptions& options) {
  if (row(target).only_keys && options.keys == Keys::kHidden && any_keys(configuration)) {
    return base::fail(fmt::format("{} is a list of keys and of no use without them", row(target).called),
                      "give --show-keys, and -o FILE so that they do not appear on the screen");
  }
  Writing writing{.configuration = configuration, .keys = options.keys, .target = row(target).called};
  write_text(writing, target);
  if (writing.text.empty()) return nothing_to_say(writing);
  return Written{.text = std::move(writing.text), .notes = writing.notes.take()};
}

}  // namespace espy::config
