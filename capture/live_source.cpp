#include <pcap/pcap.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <ctime>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "capture/sources.h"
#include "capture/track.h"

namespace espy::capture {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{100};
constexpr int kKernelMilliseconds = 50;  // after which the kernel hands over a block that is not full
constexpr int kKernelBuffer = 16 * 1024 * 1024;
constexpr std::size_t kMaxFramesInBatch = 4096;

struct CloseHandle {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};
using Handle = std::unique_ptr<pcap_t, CloseHandle>;

std::string interface_names() {
  std::array<char, PCAP_ERRBUF_SIZE> trouble{};
  pcap_if_t* list = nullptr;
  if (pcap_findalldevs(&list, trouble.data()) != 0) return "";
  std::string names;
  for (const pcap_if_t* entry = list; entry != nullptr; entry = entry->next) {
    if ((entry->flags & PCAP_IF_UP) != 0) names += (names.empty() ? "" : ", ") + std::string(entry->name);
  }
  pcap_freealldevs(list);
  return names;
}

std::unexpected<base::Error> cannot_capture(const std::string& name, int code, pcap_t* handle) {
  if (code == PCAP_ERROR_NO_SUCH_DEVICE) {
    return base::fail(fmt::format("there is no interface '{}'", name), "there are: " + interface_names());
  }
  if (code == PCAP_ERROR_PERM_DENIED || code == PCAP_ERROR_PROMISC_PERM_DENIED) {
    return base::fail(fmt::format("you may not capture on '{}'", name),
                      "run espy as root, or give its program file the capability: setcap cap_net_raw+ep");
  }
  if (code == PCAP_ERROR_IFACE_NOT_UP) {
    return base::fail(fmt::format("the interface '{}' is not up", name), fmt::format("ip link set {} up", name));
  }
  const std::string detail = handle == nullptr ? "" : pcap_geterr(handle);
  return base::fail(fmt::format("cannot capture on '{}': {}", name, detail.empty() ? pcap_statustostr(code) : detail));
}

class LiveSource final : public Source {
 public:
  LiveSource(Handle handle, const Options& options)
      : handle_(std::move(handle)), quota_(options.count), link_type_(from_dlt(pcap_datalink(handle_.get()))) {
    facts_.name = options.interfaces.front();
    facts_.format = "live";
    facts_.interfaces.push_back({.name = options.interfaces.front(), .link_type = link_type_, .filter = {}});
    if (pcap_get_tstamp_precision(handle_.get()) == PCAP_TSTAMP_PRECISION_NANO) tick_ = 1;
    if (options.duration) end_ = Clock::now() + std::chrono::nanoseconds(options.duration->nanoseconds);
  }

  bool take(Batch& batch) override {
    const std::lock_guard lock(mutex_);
    if (over()) return false;
    prepare(batch);
    gather(batch);
    batch.ticket = next_++;
    batch.now = now_ = batch.frames.empty() ? std::max(now_, wall_clock()) : batch.frames.back().time;
    return true;
  }

  // libpcap hands over frames, not octets: take() has made them already.
  void cut(Batch&) override {}

  std::vector<SourceFacts> facts() const override {
    SourceFacts facts = facts_;
    pcap_stat statistics{};
    if (pcap_stats(handle_.get(), &statistics) == 0) {
      facts.dropped_by_kernel = statistics.ps_drop;
      facts.dropped_by_interface = statistics.ps_ifdrop;
    }
    return {facts};
  }

  std::optional<double> progress() const override { return std::nullopt; }
  void stop() noexcept override { stopped_ = true; }

 private:
  bool over() const { return stopped_ || failed_ || quota_.left() == 0 || (end_ && Clock::now() >= *end_); }

  void gather(Batch& batch) {
    Clock::time_point deadline = Clock::now() + kTick;
    if (end_) deadline = std::min(deadline, *end_);
    while (!stopped_ && quota_.left() != 0 && batch.frames.size() < kMaxFramesInBatch) {
      if (pending_ == nullptr && !next_packet(deadline)) return;
      if (!append(batch)) return;
      pending_ = nullptr;
      quota_.use(1);
    }
  }

  // Sets pending_; false at the deadline or when the interface fails.
  bool next_packet(Clock::time_point deadline) {
    for (;;) {
      const int code = pcap_next_ex(handle_.get(), &pending_, &pending_data_);
      if (code == 1) return true;
      pending_ = nullptr;
      if (code < 0) return fail();
      if (stopped_ || Clock::now() >= deadline) return false;
      wait(deadline);
    }
  }

  void wait(Clock::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd entry{.fd = pcap_get_selectable_fd(handle_.get()), .events = POLLIN, .revents = 0};
    ::poll(&entry, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, kTick.count())));
  }

  bool fail() {
    failed_ = true;
    facts_.damaged = true;
    facts_.damage = fmt::format("the capture ended early: {}", pcap_geterr(handle_.get()));
    return false;
  }

  // False when the frame does not fit any more; it waits for the next batch.
  bool append(Batch& batch) {
    const std::size_t size = pending_->caplen;
    const bool fits = size <= batch.buffer.size() - batch.end;
    if (!fits && !batch.frames.empty()) return false;
    if (!fits) batch.buffer.resize(batch.end + size);
    std::uint8_t* copy = batch.buffer.data() + batch.end;
    if (size != 0) std::memcpy(copy, pending_data_, size);
    batch.end += size;
    batch.frames.push_back({.data = base::Bytes(copy, size),
                            .original_size = std::max(pending_->len, pending_->caplen),
                            .time = {std::int64_t{pending_->ts.tv_sec} * 1'000'000'000 + std::int64_t{pending_->ts.tv_usec} * tick_},
                            .number = facts_.packets + 1,
                            .source = 0,
                            .interface = 0,
                            .link_type = link_type_,
                            .direction = base::Direction::kUnknown});
    count(batch.frames.back());
    return true;
  }

  void count(const Frame& frame) {
    if (facts_.packets++ == 0) facts_.first = facts_.last = frame.time;
    facts_.bytes += frame.original_size;
    facts_.truncated += frame.data.size() < frame.original_size ? 1 : 0;
    facts_.first = std::min(facts_.first, frame.time);
    facts_.last = std::max(facts_.last, frame.time);
  }

  // On the clock that the kernel stamps frames with.
  static base::Time wall_clock() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return {std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec};
  }

  Handle handle_;
  Quota quota_;
  base::LinkType link_type_;
  std::int64_t tick_ = 1000;  // nanoseconds in a unit of tv_usec
  std::optional<Clock::time_point> end_;
  SourceFacts facts_;
  std::mutex mutex_;
  std::uint64_t next_ = 0;
  base::Time now_;
  pcap_pkthdr* pending_ = nullptr;  // libpcap's, valid until its next call
  const u_char* pending_data_ = nullptr;
  bool failed_ = false;
  std::atomic<bool> stopped_{false};
};

// Settings that an interface refuses are no reason to give up; pcap_activate() judges.
base::Result<Handle> activate(const Options& options) {
  std::array<char, PCAP_ERRBUF_SIZE> trouble{};
  Handle handle(pcap_create(options.interfaces.front().c_str(), trouble.data()));
  if (handle == nullptr) return base::fail(fmt::format("cannot capture on '{}': {}", options.interfaces.front(), trouble.data()));
  pcap_set_snaplen(handle.get(), static_cast<int>(options.snapshot_length));
  pcap_set_promisc(handle.get(), 1);
  pcap_set_timeout(handle.get(), kKernelMilliseconds);
  pcap_set_buffer_size(handle.get(), kKernelBuffer);
  pcap_set_tstamp_precision(handle.get(), PCAP_TSTAMP_PRECISION_NANO);
  if (const int code = pcap_activate(handle.get()); code < 0) return cannot_capture(options.interfaces.front(), code, handle.get());
  if (options.interfaces.front() == "any") pcap_set_datalink(handle.get(), DLT_LINUX_SLL2);
  if (pcap_setnonblock(handle.get(), 1, trouble.data()) != 0) {
    return base::fail(fmt::format("cannot capture on '{}': {}", options.interfaces.front(), trouble.data()));
  }
  return handle;
}

base::Result<bool> install_filter(pcap_t* handle, const std::string& expression) {
  if (expression.empty()) return true;
  bpf_program program{};
  if (pcap_compile(handle, &program, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return base::fail(fmt::format("the filter '{}' cannot be used: {}", expression, pcap_geterr(handle)), "see pcap-filter(7)");
  }
  const int code = pcap_setfilter(handle, &program);
  pcap_freecode(&program);
  if (code != 0) return base::fail(fmt::format("the filter '{}' cannot be installed: {}", expression, pcap_geterr(handle)));
  return true;
}

}  // namespace

base::Result<std::unique_ptr<Source>> make_live_source(const Options& options) {
  auto handle = activate(options);
  if (!handle) return std::unexpected(std::move(handle.error()));
  if (auto installed = install_filter(handle->get(), options.filter); !installed) return std::unexpected(std::move(installed.error()));
  return std::make_unique<LiveSource>(std::move(*handle), options);
}

}  // namespace espy::capture
