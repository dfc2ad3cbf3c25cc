#include "capture/live_ring.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "capture/filter.h"

namespace espy::capture {

namespace {

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

// Settings that an interface refuses are no reason to give up; pcap_activate() judges.
void prepare(pcap_t* handle, const Options& options, int milliseconds) {
  pcap_set_snaplen(handle, static_cast<int>(options.snapshot_length));
  pcap_set_promisc(handle, options.promiscuous ? 1 : 0);
  pcap_set_timeout(handle, milliseconds);
  pcap_set_buffer_size(handle, static_cast<int>(std::min<std::uint32_t>(options.buffer_size, std::numeric_limits<int>::max())));
  pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO);
}

base::Result<void> set_direction(pcap_t* handle, const std::string& interface, base::Direction direction) {
  if (direction == base::Direction::kUnknown) return {};
  const pcap_direction_t only = direction == base::Direction::kIn ? PCAP_D_IN : PCAP_D_OUT;
  if (pcap_setdirection(handle, only) == 0) return {};
  return base::fail(fmt::format("'{}' does not tell which way packets go: {}", interface, pcap_geterr(handle)));
}

base::Result<void> install_filter(pcap_t* handle, const std::string& expression) {
  if (expression.empty()) return {};
  bpf_program program{};
  if (pcap_compile(handle, &program, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return base::fail(fmt::format("the filter '{}' cannot be used: {}", expression, pcap_geterr(handle)), "see pcap-filter(7)");
  }
  const int code = pcap_setfilter(handle, &program);
  pcap_freecode(&program);
  if (code != 0) return base::fail(fmt::format("the filter '{}' cannot be installed: {}", expression, pcap_geterr(handle)));
  return {};
}

struct Delivery {
  pcap_t* handle;
  RingReader* reader;
  std::int64_t tick;
};

extern "C" void deliver(u_char* context, const pcap_pkthdr* header, const u_char* data) {
  const auto* delivery = reinterpret_cast<const Delivery*>(context);
  const RingFrame frame{.data = base::Bytes(data, header->caplen),
                        .original_size = std::max(header->len, header->caplen),
                        .time = {std::int64_t{header->ts.tv_sec} * 1'000'000'000 + std::int64_t{header->ts.tv_usec} * delivery->tick}};
  if (!delivery->reader->accept(frame)) pcap_breakloop(delivery->handle);
}

}  // namespace

void Ring::Close::operator()(pcap* handle) const { pcap_close(handle); }

Ring::Ring(Handle handle) : handle_(std::move(handle)), link_type_(from_dlt(pcap_datalink(handle_.get()))) {
  if (pcap_get_tstamp_precision(handle_.get()) == PCAP_TSTAMP_PRECISION_NANO) tick_ = 1;
}

base::Result<Ring> Ring::open(const std::string& interface, const Options& options, int milliseconds) {
  std::array<char, PCAP_ERRBUF_SIZE> trouble{};
  Handle handle(pcap_create(interface.c_str(), trouble.data()));
  if (handle == nullptr) return base::fail(fmt::format("cannot capture on '{}': {}", interface, trouble.data()));
  prepare(handle.get(), options, milliseconds);
  if (const int code = pcap_activate(handle.get()); code < 0) return cannot_capture(interface, code, handle.get());
  // Of all interfaces at once, the newer of two cooked formats tells which one a frame is of.
  if (interface == "any") pcap_set_datalink(handle.get(), DLT_LINUX_SLL2);
  if (pcap_setnonblock(handle.get(), 1, trouble.data()) != 0) {
    return base::fail(fmt::format("cannot capture on '{}': {}", interface, trouble.data()));
  }
  if (auto set = set_direction(handle.get(), interface, options.direction); !set) return std::unexpected(std::move(set.error()));
  if (auto installed = install_filter(handle.get(), options.filter); !installed) return std::unexpected(std::move(installed.error()));
  return Ring(std::move(handle));
}

int Ring::descriptor() const { return pcap_get_selectable_fd(handle_.get()); }

bool Ring::read(std::uint64_t limit, RingReader& reader) {
  constexpr std::uint64_t kMost = 1 << 20;
  Delivery delivery{.handle = handle_.get(), .reader = &reader, .tick = tick_};
  const int count = static_cast<int>(std::min(limit, kMost));
  const int code = pcap_dispatch(handle_.get(), count, deliver, reinterpret_cast<u_char*>(&delivery));
  return code >= 0 || code == PCAP_ERROR_BREAK;
}

std::string Ring::trouble() const { return pcap_geterr(handle_.get()); }

RingDrops Ring::drops() {
  pcap_stat statistics{};
  if (pcap_stats(handle_.get(), &statistics) != 0) return {};
  return {.by_kernel = statistics.ps_drop, .by_interface = statistics.ps_ifdrop};
}

}  // namespace espy::capture
