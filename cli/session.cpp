#include "cli/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <thread>

#include "capture/clock.h"
#include "cli/secrets.h"

namespace espy::cli {
namespace {

constexpr auto kProgressEvery = std::chrono::milliseconds(200);

std::atomic<capture::Source*> interrupted_source{nullptr};

extern "C" void stop_reading(int) {
  if (capture::Source* source = interrupted_source.load()) source->stop();
}

// While it lives, SIGINT and SIGTERM end the reading instead of the program.
class Interruption {
 public:
  explicit Interruption(capture::Source& source) {
    interrupted_source = &source;
    struct sigaction action {};
    action.sa_handler = stop_reading;
    sigaction(SIGINT, &action, &old_interrupt_);
    sigaction(SIGTERM, &action, &old_terminate_);
  }
  ~Interruption() {
    sigaction(SIGINT, &old_interrupt_, nullptr);
    sigaction(SIGTERM, &old_terminate_, nullptr);
    interrupted_source = nullptr;
  }
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

 private:
  struct sigaction old_interrupt_ {};
  struct sigaction old_terminate_ {};
};

// "espy: 42 % read" on standard error, wiped at the end; silent for what takes less than its first interval.
class ProgressLine {
 public:
  ProgressLine(const capture::Source& source, Progress progress)
      : source_(source), shown_(progress == Progress::kOnTerminal && isatty(STDERR_FILENO) == 1) {}
  ~ProgressLine() {
    if (drawn_) fmt::print(stderr, "\r\x1b[K");
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void update(std::uint64_t packets) {
    const auto now = std::chrono::steady_clock::now();
    if (!shown_ || now - last_ < kProgressEvery) return;
    last_ = now;
    const std::optional<double> share = source_.progress();
    const std::string part = share ? fmt::format("{:.0f} % read, ", *share * 100) : "";
    fmt::print(stderr, "\r\x1b[Kespy: {}{} packets", part, packets);
    std::fflush(stderr);
    drawn_ = true;
  }

 private:
  const capture::Source& source_;
  bool shown_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

template <std::size_t Size>
void add_port(std::array<std::uint16_t, Size>& ports, std::uint16_t port) {
  if (port == 0 || port == 4500 || std::ranges::find(ports, port) != ports.end()) return;
  const auto slot = std::ranges::find(ports, std::uint16_t{0});
  if (slot != ports.end()) *slot = port;
}

decode::Ports ports_of(const ipsec::Configuration& configuration) {
  decode::Ports ports;
  for (const std::uint16_t port : configuration.encapsulation_ports) add_port(ports.encapsulation, port);
  for (const std::uint16_t port : configuration.ike_ports) add_port(ports.ike, port);
  // An SA names both ends' ports; the one that is not 4500 is enough only where neither is.
  for (const ipsec::Association& association : configuration.associations) {
    const bool standard = association.encapsulation_source_port == 4500 || association.encapsulation_destination_port == 4500;
    if (association.encapsulation == ipsec::Encapsulation::kNone || standard) continue;
    add_port(ports.encapsulation, association.encapsulation_destination_port);
  }
  return ports;
}

bool is_regular(const std::string& path) {
  std::error_code ignored;
  return path != "-" && (std::filesystem::is_regular_file(path, ignored) || std::filesystem::is_directory(path, ignored));
}

bool can_read_twice(const Inputs& inputs) { return inputs.interfaces.empty() && std::ranges::all_of(inputs.captures, is_regular); }

std::vector<std::string> names_of(const std::vector<capture::SourceFacts>& facts) {
  std::vector<std::string> names;
  for (const capture::SourceFacts& each : facts) names.push_back(each.name);
  return names;
}

std::vector<base::Error> one(base::Error error) { return {std::move(error)}; }

// Linux cooked captures are of every interface at once.
bool is_cooked(base::LinkType type) { return type == base::LinkType::kLinuxSll || type == base::LinkType::kLinuxSll2; }

}  // namespace

unsigned job_count(const Inputs& inputs) { return inputs.jobs != 0 ? inputs.jobs : std::max(1U, std::thread::hardware_concurrency()); }

base::Result<std::unique_ptr<Session>, std::vector<base::Error>> Session::create(const Inputs& inputs, Details details) {
  config::Outcome outcome = read_configuration(inputs);
  if (!outcome.errors.empty()) return std::unexpected(std::move(outcome.errors));
  for (const config::LintFinding& finding : outcome.findings) {
    if (finding.code.starts_with("config.readable")) complain(fmt::format("warning: {}", finding.message));
  }
  if (can_read_twice(inputs)) add_capture_secrets(inputs, outcome);
  std::unique_ptr<Session> session(new Session(inputs, details));
  session->configured_ = capture::wall_clock();
  session->clear_interfaces_ = inputs.clear_interfaces;
  std::ranges::copy(outcome.configuration.clear_interfaces, std::back_inserter(session->clear_interfaces_));
  const auto from_file = [](const ipsec::Spd& spd) { return !spd.command_line; };
  session->file_policies_ = std::ranges::any_of(outcome.configuration.spds, from_file);
  session->redact_payload_ = outcome.configuration.redact_payload;
  session->limits_ = outcome.configuration.limits_in_force();
  session->ports_ = ports_of(outcome.configuration);
  session->world_ = std::make_shared<const ipsec::World>(outcome.configuration);
  if (const auto made = session->make_keys(); !made) return std::unexpected(one(made.error()));
  auto source = capture::open(capture_options(inputs));
  if (!source) return std::unexpected(one(source.error()));
  session->source_ = std::move(*source);
  session->facts_ = session->source_->facts();
  session->make_ledger();
  if (const auto found = session->find_clear_interfaces(); !found) return std::unexpected(one(found.error()));
  return session;
}

bool can_read_again(const Inputs& inputs) { return !inputs.captures_again.empty() || can_read_twice(inputs); }

Inputs inputs_again(const Inputs& inputs) {
  Inputs again = inputs;
  if (!again.captures_again.empty()) again.captures = again.captures_again;
  return again;
}

base::Result<std::unique_ptr<Session>> Session::again(const Session& first, const Inputs& inputs, Details details) {
  std::unique_ptr<Session> session(new Session(inputs, details));
  session->ports_ = first.ports_;
  session->limits_ = first.limits_;
  session->file_policies_ = first.file_policies_;
  session->clear_interfaces_ = first.clear_interfaces_;
  session->world_ = first.world_;
  session->keys_ = first.keys_;
  session->names_ = names_of(first.facts_);
  auto source = capture::open(capture_options(inputs));
  if (!source) return std::unexpected(source.error());
  session->source_ = std::move(*source);
  session->take_facts();
  session->make_ledger();
  if (const auto found = session->find_clear_interfaces(first.facts_); !found) return std::unexpected(found.error());
  return session;
}

base::Result<void> Session::make_keys() {
  crypto::Library library;
  if (!inputs_.crypto.empty()) {
    auto forced = crypto::Library::force(inputs_.crypto);
    if (!forced) return std::unexpected(forced.error());
    library = *forced;
  }
  if (world_->associations().empty()) return {};
  keys_ = std::make_shared<const verify::Keyring>(*world_, library);
  for (const std::string& complaint : keys_->complaints()) complain("warning: " + complaint);
  return {};
}

verify::LedgerOptions Session::ledger_options() const {
  return {.ports = ports_, .keys = keys_.get(), .details = details_ == Details::kKept, .limits = limits_};
}

void Session::make_ledger() {
  const std::vector<capture::SourceFacts> facts = source_->facts();
  const bool live = !inputs_.interfaces.empty();
  const bool one_interface = facts.size() == 1 && (live || is_classic(facts.front())) && facts.front().interfaces.size() == 1 &&
                             !is_cooked(facts.front().interfaces.front().link_type);
  verify::LedgerOptions options = ledger_options();
  options.one_interface = one_interface;
  ledger_ = std::make_unique<verify::Ledger>(*world_, options);
}

// --clear names interfaces, which a file may introduce anywhere: a first pass over the records finds them.
base::Result<void> Session::find_clear_interfaces() {
  if (clear_interfaces_.empty()) return {};
  if (!inputs_.interfaces.empty()) return find_clear_interfaces(source_->facts());
  if (!can_read_twice(inputs_)) return base::fail("--clear needs capture files that can be read twice", "save the capture to a file first");
  auto source = capture::open(capture_options(inputs_));
  if (!source) return std::unexpected(source.error());
  capture::Batch batch;
  while ((*source)->take(batch)) (*source)->cut(batch);
  return find_clear_interfaces((*source)->facts());
}

base::Result<void> Session::find_clear_interfaces(const std::vector<capture::SourceFacts>& facts) {
  for (const std::string& name : clear_interfaces_) {
    bool found = false;
    for (std::uint32_t index = 0; index < facts.size(); ++index) {
      for (std::uint32_t interface = 0; interface < facts[index].interfaces.size(); ++interface) {
        if (facts[index].interfaces[interface].name != name && facts[index].name != name) continue;
        ledger_->clear_interface(index, interface);
        found = true;
      }
    }
    if (!found) return base::fail(fmt::format("--clear {}: no interface or file of the capture has this name", name));
  }
  return {};
}

void Session::learn_ports(const verify::Ledger& ledger) {
  for (const std::uint16_t port : ledger.learned_ports()) add_port(ports_.encapsulation, port);
}

// A first pass finds what a tap must know from the first frame on: odd ports with ESP and, where no policy was given, the pairs of hosts
// that exchange AH/ESP, so that a leak is told at the frame that leaks.
base::Result<void> Session::look_ahead() {
  auto source = capture::open(capture_options(inputs_));
  if (!source) return std::unexpected(source.error());
  verify::LedgerOptions options = ledger_options();
  options.one_interface = true;
  verify::Ledger first_pass(*world_, options);
  pipeline::run(**source, *world_, first_pass, {.jobs = job_count(inputs_), .ports = ports_, .committed = {}});
  facts_ = (*source)->facts();
  if (!first_pass.learned_ports().empty()) {
    learn_ports(first_pass);
    make_ledger();
  }
  foresee(first_pass);
  return {};
}

void Session::foresee(const verify::Ledger& past) {
  for (const auto& [key, row] : past.associations().rows()) {
    if (row.verifies()) ledger_->expect_verifying(key);
  }
  if (!world_->inferring()) return;
  for (verify::StateId id = 0; id < past.states().size(); ++id) {
    const verify::RequirementState& state = past.states()[id];
    if (past.confirmed(state)) ledger_->expect_pair(state.seen_source, state.seen_destination);
  }
}

// Once more with the ports that the first reading found.
base::Result<void> Session::read_again() {
  learn_ports(*ledger_);
  auto source = capture::open(capture_options(inputs_));
  if (!source) return std::unexpected(source.error());
  {
    const std::lock_guard lock(replacing_);
    source_ = std::move(*source);
    if (stopped_) source_->stop();
  }
  make_ledger();
  if (const auto found = find_clear_interfaces(); !found) return found;
  return {};
}

void Session::stop() {
  const std::lock_guard lock(replacing_);
  stopped_ = true;
  source_->stop();
}

void Session::read(verify::Tap* tap, Progress progress, const std::function<void()>& committed) {
  ledger_->set_tap(tap);
  const Interruption interruption(*source_);
  ProgressLine line(*source_, progress);
  const auto after_batch = [&] {
    line.update(ledger_->tallies().packets.total);
    if (committed) committed();
  };
  pipeline::run(*source_, *world_, *ledger_, {.jobs = job_count(inputs_), .ports = ports_, .committed = after_batch});
  facts_ = source_->facts();
}

void Session::run(verify::Tap* tap, Progress progress, const std::function<void()>& committed) {
  const bool twice = can_read_twice(inputs_);
  if (tap != nullptr && twice) {
    if (const auto learned = look_ahead(); !learned) complain(learned.error());
  }
  read(tap, progress, committed);
  if (!twice) warn_of_unused_secrets(facts_);
  if (tap != nullptr || !twice || ledger_->learned_ports().empty()) return;
  if (const auto again = read_again(); !again) {
    complain(again.error());
    return;
  }
  read(nullptr, progress, committed);
}

void Session::pass(const std::function<void(const capture::Batch& batch)>& see) {
  const Interruption interruption(*source_);
  capture::Batch batch;
  const auto is_new = [this](const capture::Frame& frame) { return frame.interface >= facts_[frame.source].interfaces.size(); };
  while (source_->take(batch)) {
    source_->cut(batch);
    if (std::ranges::any_of(batch.frames, is_new)) facts_ = source_->facts();
    see(batch);
  }
  facts_ = source_->facts();
}

void Session::take_facts() {
  facts_ = source_->facts();
  for (std::size_t index = 0; index < std::min(facts_.size(), names_.size()); ++index) facts_[index].name = names_[index];
}

// So that a picture has what was told up to its moment; take_facts() has it all.
void Session::hear(const capture::DropsTold& told) {
  if (told.source >= facts_.size()) return;
  facts_[told.source].dropped_by_kernel = told.drops.by_kernel;
  facts_[told.source].dropped_by_interface = told.drops.by_interface;
}

void Session::watch_once(const Watch& watch) {
  ledger_->set_tap(watch.tap);
  take_facts();
  pipeline::run(*source_, *world_, *ledger_,
                {.jobs = job_count(inputs_),
                 .ports = ports_,
                 .stops = watch.stops,
                 .told = [this](const capture::DropsTold& told) { hear(told); },
                 .committed = watch.committed});
  take_facts();
}

void Session::watch(const Watch& watch) {
  watch_once(watch);
  if (stopped_ || !can_read_twice(inputs_) || ledger_->learned_ports().empty()) return;
  if (!read_again()) return;
  if (watch.begin_again) watch.begin_again();
  watch_once(watch);
}

std::optional<double> Session::progress() const {
  const std::lock_guard lock(replacing_);
  return source_->progress();
}

}  // namespace espy::cli
