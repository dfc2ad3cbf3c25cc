// FileFeed: a capture file read once from its start to its end while the screen is there already, with a picture for every step of its
// time, so that the screen can go back to any of them.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "cli/closeup.h"
#include "cli/options.h"
#include "cli/packet_saver.h"
#include "cli/session.h"
#include "pipeline/picture_index.h"
#include "tui/feed.h"

namespace espy::cli {

class FileFeed final : public tui::Feed {
 public:
  static constexpr std::size_t kStepRows = 128;  // of the pictures before the last one, at most

  // Begins to read. `inputs` must outlive it.
  FileFeed(const Inputs& inputs, std::unique_ptr<Session> session);
  ~FileFeed() override;
  FileFeed(const FileFeed&) = delete;
  FileFeed& operator=(const FileFeed&) = delete;

  tui::Moment look(std::optional<base::Time> cursor) override;
  std::shared_ptr<const verdict::Picture> at(base::Time time) override;
  void look_closely(const tui::Period& period) override;
  bool live() const override { return false; }
  std::string name() const override;
  void set_interval(base::Duration) override {}
  base::Result<std::string> save_packets(const std::string& key) override;
  base::Result<std::string> save_report() override;
  std::string work() const override;
  std::optional<std::string> take_news() override;

 private:
  void read();
  void hear();
  std::unique_ptr<tui::Chronicle> make_chronicle(base::Time begin) const;
  void begin_saving();
  void begin_reading();
  void despair(std::string why);
  void take_closeup();

  const Inputs& inputs_;
  std::unique_ptr<Session> session_;
  std::size_t rows_;  // of the packet path
  std::atomic<bool> left_{false};
  pipeline::PictureIndex index_;
  tui::Moment shown_;
  std::unique_ptr<tui::Chronicle> chronicle_;  // of the screen's thread
  bool begun_ = false;                         // the chronicle knows where the file begins
  const Inputs again_;                         // the same files, to be read once more
  std::optional<PacketSelection> wanted_;      // to be saved once the file is read
  std::unique_ptr<PacketSaver> saver_;
  std::optional<tui::Period> in_sight_;  // where it is not shown finely enough
  std::unique_ptr<Closeup> reading_;     // at most one
  std::unique_ptr<Closeup> closeup_;     // the last one that is whole
  std::unique_ptr<tui::Chronicle> finer_;
  bool hopeless_ = false;  // nothing can be read at finer steps
  std::optional<std::string> news_;
  std::jthread thread_;
};

}  // namespace espy::cli
