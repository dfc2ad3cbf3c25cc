#include "cli/secrets.h"

#include <fmt/format.h>

#include <algorithm>

namespace espy::cli {
namespace {

constexpr std::size_t kMostWarnings = 5;

std::vector<capture::SourceFacts> read_through(const Inputs& inputs) {
  capture::Options options = capture_options(inputs);
  options.filter.clear();
  options.count.reset();
  auto source = capture::open(options);
  if (!source) return {};
  // Of all formats, only pcapng has a place for keys.
  const auto is_pcapng = [](const capture::SourceFacts& facts) { return facts.format.starts_with("pcapng"); };
  if (std::ranges::none_of((*source)->facts(), is_pcapng)) return {};
  capture::Batch batch;
  while ((*source)->take(batch)) (*source)->cut(batch);
  return (*source)->facts();
}

void warn(const std::vector<base::Error>& errors) {
  for (std::size_t index = 0; index < std::min(errors.size(), kMostWarnings); ++index) {
    complain(fmt::format("warning: {}", base::to_string(errors[index])));
  }
  if (errors.size() > kMostWarnings) complain(fmt::format("warning: and {} more of this kind", errors.size() - kMostWarnings));
}

void add(const capture::SourceFacts& facts, config::Outcome& outcome) {
  config::Outcome found;
  const std::string name = fmt::format("{} (secrets)", facts.name);
  for (const auto& secrets : facts.secrets) config::read_text(config::Format::kEspSa, name, secrets->text(), found);
  warn(found.errors);
  if (facts.secrets_left_out != 0) {
    complain(fmt::format("warning: {}: {} blocks of keys are too large or too many and were left out", facts.name, facts.secrets_left_out));
  }
  auto& associations = found.configuration.associations;
  if (associations.empty()) return;
  complain(fmt::format("note: {} carries the keys of {} SAs, which are used", facts.name, associations.size()));
  std::ranges::move(associations, std::back_inserter(outcome.configuration.associations));
}

}  // namespace

void add_capture_secrets(const Inputs& inputs, config::Outcome& outcome) {
  for (const capture::SourceFacts& facts : read_through(inputs)) add(facts, outcome);
}

void warn_of_unused_secrets(const std::vector<capture::SourceFacts>& facts) {
  for (const capture::SourceFacts& each : facts) {
    if (each.secrets.empty()) continue;
    complain(fmt::format("warning: {} carries keys, which come too late in a stream; save the capture to a file and read that", each.name));
  }
}

}  // namespace espy::cli
