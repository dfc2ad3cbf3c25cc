// Scenario: one kind of capture that make_capture makes, with the configuration that goes with it. The same options give the same octets.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/capture_writer.h"

namespace espy::bench {

struct ScenarioOptions {
  std::uint64_t seed = 1;
  std::uint32_t associations = 0;  // 0 is the kind's own number
  std::uint32_t policies = 0;
  bool keys = false;  // many_associations: sealed packets, and a configuration that opens them
};

class Scenario {
 public:
  virtual ~Scenario() = default;
  virtual std::string configuration() const = 0;
  virtual void add_frame(CaptureWriter& writer) = 0;
};

struct ScenarioKind {
  std::string_view name;
  std::unique_ptr<Scenario> (*make)(const ScenarioOptions& options);
  std::string_view what;
};
const std::vector<ScenarioKind>& scenario_kinds();

std::unique_ptr<Scenario> make_scan(const ScenarioOptions& options);
std::unique_ptr<Scenario> make_many_policies(const ScenarioOptions& options);
std::unique_ptr<Scenario> make_mix(const ScenarioOptions& options);
std::unique_ptr<Scenario> make_leaks(const ScenarioOptions& options);
std::unique_ptr<Scenario> make_open(const ScenarioOptions& options);
std::unique_ptr<Scenario> make_open_one(const ScenarioOptions& options);
std::unique_ptr<Scenario> make_open_small(const ScenarioOptions& options);
std::unique_ptr<Scenario> make_open_cbc(const ScenarioOptions& options);
std::unique_ptr<Scenario> make_many_associations(const ScenarioOptions& options);

}  // namespace espy::bench
