// PacketSaver: all packets of one leak or SA of capture files, found by reading them once more beside whatever else goes on, into a pcapng
// file that has its name once it is whole. Calls are from one thread; none but the
// destructor waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "capture/pcapng_writer.h"
#include "cli/packet_selection.h"
#include "cli/session.h"

namespace espy::cli {

class PacketSaver final : private verify::Tap {
 public:
  // Begins. `first` has read the whole of the files and lives on, as `inputs`, which say where they can be read once more, do.
  PacketSaver(const Session& first, const Inputs& inputs, PacketSelection selection);
  // Gives up what is not whole, and waits for that.
  ~PacketSaver() override { stop(); }
  PacketSaver(const PacketSaver&) = delete;
  PacketSaver& operator=(const PacketSaver&) = delete;

  // Gives it up: the outcome comes soon.
  void stop();
  // "saving packets: 42% read, 31 found"
  std::string words() const;
  // Once it is over: "saved espy-packets-1.pcapng: 31 packets", or why not.
  std::optional<base::Result<std::string>> take_outcome();

 private:
  void settled(const verify::SettledFrame& frame) override;
  base::Result<std::string> save();
  base::Result<std::string> read();
  std::string counts() const;

  const Session& first_;
  const Inputs& inputs_;
  PacketSelection selection_;
  std::atomic<std::uint64_t> own_{0}, answers_{0};
  std::atomic<bool> left_{false};
  std::unique_ptr<Session> session_;
  std::optional<capture::PcapngWriter> writer_;
  std::string comment_;
  mutable std::mutex mutex_;
  Session* reading_ = nullptr;                        // guarded by mutex_
  std::optional<base::Result<std::string>> outcome_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace espy::cli
