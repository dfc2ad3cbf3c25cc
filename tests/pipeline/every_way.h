// every_way: one capture through the pipeline with any number of workers, and frame by frame, each inspected as a whole and none observed.
// The report must be the same octet for octet.
#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "fuzz/small_batches.h"
#include "fuzz/whole_frames.h"
#include "pipeline/pipeline.h"
#include "report/report.h"
#include "verify/summary.h"

namespace espy::pipeline::testing {

enum class Keys : std::uint8_t { kUsed, kUnused };

inline std::string json(verify::Ledger& ledger) {
  std::ostringstream out;
  report::write_json(verify::summarize(ledger, {}), "0", out);
  return out.str();
}

// 0 workers: as whole frames.
inline std::string report_of(const ipsec::Configuration& configuration, const std::vector<base::Frame>& frames, unsigned jobs,
                             Keys use = Keys::kUsed) {
  const ipsec::World world(configuration);
  const verify::Keyring keys(world, crypto::Library());
  verify::Ledger ledger(world, {.ports = {}, .keys = use == Keys::kUsed ? &keys : nullptr});
  if (jobs == 0) {
    fuzz::commit_whole(frames, {}, ledger);
  } else {
    fuzz::SmallBatches source(frames);
    run(source, world, ledger, {.jobs = jobs, .ports = {}, .committed = {}});
  }
  return json(ledger);
}

// Returns the report.
inline std::string expect_one_report(const ipsec::Configuration& configuration, const std::vector<base::Frame>& frames,
                                     const std::string& what, Keys use = Keys::kUsed) {
  std::string expected = report_of(configuration, frames, 0, use);
  EXPECT_GT(expected.size(), 500U) << what;
  for (const unsigned jobs : {1U, 2U, 3U, 8U}) EXPECT_EQ(report_of(configuration, frames, jobs, use), expected) << what << ' ' << jobs;
  return expected;
}

}  // namespace espy::pipeline::testing
