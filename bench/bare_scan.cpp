// bare_scan: the least that a program can do to say what of a capture is ESP, what leaks, and whether sequence numbers repeat. espy's speed
// without keys is given as a share of its speed.
#include "bench/limit_inspect.h"
#include "bench/limit_ledger.h"

namespace espy::bench {

namespace {

class Scan final : public Work {
 public:
  explicit Scan(const BarePolicies& policies) : policies_(policies) {}
  void inspect(Batch& batch, unsigned) override { inspect_batch(batch, policies_); }
  void commit(Batch& batch) override { ledger_.commit(batch.observations(), batch.frames().size()); }
  const BareLedger& ledger() const { return ledger_; }

 private:
  const BarePolicies& policies_;
  BareLedger ledger_;
};

}  // namespace

}  // namespace espy::bench

int main(int count, char** words) {
  using namespace espy::bench;
  const LimitArguments arguments = read_limit_arguments(count, words);
  const BareConfiguration configuration(arguments.configuration);
  Scan scan(configuration.policies);
  Line(open_capture(arguments.capture), arguments.jobs, scan).run();
  print_counts(scan.ledger());
  return 0;
}
