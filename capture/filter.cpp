#include "capture/filter.h"

#include <pcap/pcap.h>

#include <utility>

#include <fmt/format.h>

namespace espy::capture {

namespace {

struct CloseHandle {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};

}  // namespace

struct Filter::Program {
  bpf_program code{};
  Program() = default;
  ~Program() { pcap_freecode(&code); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
};

int to_dlt(base::LinkType type) {
  if (type == base::LinkType::kRaw || type == base::LinkType::kRawOld12 || type == base::LinkType::kRawOld14) return DLT_RAW;
  return static_cast<int>(type);
}

base::LinkType from_dlt(int dlt) {
  if (dlt == DLT_RAW) return base::LinkType::kRaw;
  return static_cast<base::LinkType>(dlt);
}

Filter::Filter(std::string expression, std::uint32_t snapshot_length)
    : expression_(std::move(expression)), snapshot_length_(snapshot_length) {}

Filter::~Filter() = default;

base::Result<bool> Filter::compile(base::LinkType type) {
  if (empty() || find(type) != nullptr) return true;
  const std::unique_ptr<pcap_t, CloseHandle> handle(pcap_open_dead(to_dlt(type), static_cast<int>(snapshot_length_)));
  if (handle == nullptr) return base::fail("libpcap cannot compile a filter: out of memory");
  auto program = std::make_unique<Program>();
  if (pcap_compile(handle.get(), &program->code, expression_.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return base::fail(
        fmt::format("the filter '{}' cannot be used on link type {}: {}", expression_, base::to_string(type), pcap_geterr(handle.get())),
        "see pcap-filter(7)");
  }
  programs_.emplace(type, std::move(program));
  return true;
}

Filter::Program* Filter::find(base::LinkType type) {
  if (last_ != nullptr && last_type_ == type) return last_;
  const auto found = programs_.find(type);
  if (found == programs_.end()) return nullptr;
  last_type_ = type;
  last_ = found->second.get();
  return last_;
}

bool Filter::run(const Frame& frame) {
  Program* program = find(frame.link_type);
  if (program == nullptr) return false;
  pcap_pkthdr header{};
  header.caplen = static_cast<bpf_u_int32>(frame.data.size());
  header.len = frame.original_size;
  return pcap_offline_filter(&program->code, &header, frame.data.data()) != 0;
}

}  // namespace espy::capture
