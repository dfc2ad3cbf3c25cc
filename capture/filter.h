// Filter: one BPF expression, compiled by libpcap once for each link type that turns up. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/link.h"
#include "base/result.h"
#include "capture/source.h"

namespace espy::capture {

// The DLT_ value of this system for a LINKTYPE_ value of a file, and the other way round.
int to_dlt(base::LinkType type);
base::LinkType from_dlt(int dlt);

class Filter {
 public:
  // An empty expression matches every frame.
  Filter(std::string expression, std::uint32_t snapshot_length);
  ~Filter();
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  bool empty() const { return expression_.empty(); }
  // Compiles for a link type; libpcap's sentence when it cannot.
  base::Result<bool> compile(base::LinkType type);
  bool compiled(base::LinkType type) { return empty() || find(type) != nullptr; }
  // `frame`'s link type must have been compiled; if not, nothing matches.
  bool matches(const Frame& frame) { return empty() || run(frame); }

 private:
  struct Program;
  Program* find(base::LinkType type);
  bool run(const Frame& frame);

  std::string expression_;
  std::uint32_t snapshot_length_;
  std::map<base::LinkType, std::unique_ptr<Program>> programs_;
  base::LinkType last_type_ = base::LinkType::kNull;
  Program* last_ = nullptr;
};

}  // namespace espy::capture
