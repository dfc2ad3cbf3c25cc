// PacketWriter: the packets that verify and dump write to capture files (-w), all of them or those of some kinds (--write), one after the
// other as they settle.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "capture/rotating_writer.h"
#include "cli/options.h"
#include "cli/session.h"
#include "verify/hold.h"

namespace espy::cli {

// kUnknown: AH or ESP of an SA that no configuration lists.
enum class Wanted : std::uint8_t { kAll, kLeaked, kForged, kUnknown };

struct WriteOptions {
  std::string path;            // "-": standard output; empty: nothing is written
  std::vector<Wanted> wanted;  // of --write, each packet with a comment; empty: all as they came
  capture::RotationOptions rotation;
};

void add_write(CLI::App& command, WriteOptions& options);

// Finds what no single option can: details without -w, a file that is to be read, a terminal.
base::Result<void> check(const WriteOptions& options, const Inputs& inputs);

class PacketWriter : public verify::Tap {
 public:
  // Makes the first file. The session must outlive it.
  static base::Result<std::unique_ptr<PacketWriter>> create(const WriteOptions& options, const Session& session);

  // Whether it takes every packet as it comes, so that none needs to be judged.
  bool takes_all() const { return options_.wanted.empty(); }
  void write(const capture::Frame& frame, std::string_view comment = {});
  void settled(const verify::SettledFrame& frame) override;
  // Between two batches: others can read what was written so far.
  void flush() { writer_.flush(); }
  // Nothing more will be written: it failed, or the last file is complete.
  bool over() const { return writer_.over(); }
  base::Result<void> close() { return writer_.close(); }
  // "86 packets written to FILE"
  std::string closing_line() const;

 private:
  PacketWriter(const WriteOptions& options, const Session& session, capture::RotatingWriter writer)
      : options_(options), session_(session), writer_(std::move(writer)) {}
  bool is_wanted(const verify::Outcome& outcome) const;
  std::string_view interface_name(std::uint32_t source, std::uint32_t interface) const;

  const WriteOptions& options_;
  const Session& session_;
  capture::RotatingWriter writer_;
  std::string comment_;
};

}  // namespace espy::cli
