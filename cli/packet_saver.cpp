#include "cli/packet_saver.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/new_file.h"
#include "cli/packet_comment.h"
#include "tui/text.h"

namespace espy::cli {
namespace {

constexpr std::string_view kStem = "espy-packets";
constexpr std::string_view kEnding = "pcapng";

}  // namespace

PacketSaver::PacketSaver(const Session& first, const Inputs& inputs, PacketSelection selection)
    : first_(first), inputs_(inputs), selection_(std::move(selection)), thread_([this] {
        auto outcome = save();
        const std::lock_guard lock(mutex_);
        outcome_ = std::move(outcome);
      }) {}

void PacketSaver::stop() {
  left_ = true;
  const std::lock_guard lock(mutex_);
  if (reading_ != nullptr) reading_->stop();
}

void PacketSaver::settled(const verify::SettledFrame& frame) {
  const PacketSelection::Part part = selection_.part(frame, session_->ledger());
  if (part == PacketSelection::Part::kNone) return;
  describe_packet(session_->ledger(), *frame.outcome, comment_);
  const bool written = writer_->write({.data = frame.data,
                                       .original_size = frame.facts.original_size,
                                       .time = frame.facts.time,
                                       .source = frame.facts.source,
                                       .interface = frame.facts.interface,
                                       .link_type = frame.packet->link_type,
                                       .direction = frame.packet->direction,
                                       .interface_name = interface_name_of(first_.facts(), frame.facts.source, frame.facts.interface),
                                       .comment = comment_});
  if (!written) return session_->stop();
  ++(part == PacketSelection::Part::kOwn ? own_ : answers_);
}

base::Result<std::string> PacketSaver::save() {
  auto session = Session::again(first_, inputs_, Details::kNone);
  if (!session) return std::unexpected(session.error());
  session_ = std::move(*session);
  session_->foresee(first_.ledger());
  const auto unnamed = make_new_file(kStem, "unfinished");
  if (!unnamed) return unnamed;
  auto writer = capture::PcapngWriter::create(*unnamed);
  if (!writer) return std::unexpected(writer.error());
  writer_.emplace(std::move(*writer));
  const auto counted = read();
  if (!counted) {
    ::unlink(unnamed->c_str());
    return counted;
  }
  const auto name = name_new_file(*unnamed, kStem, kEnding);
  return name ? base::Result<std::string>(fmt::format("saved {}: {}", *name, *counted)) : name;
}

base::Result<std::string> PacketSaver::read() {
  {
    const std::lock_guard lock(mutex_);
    reading_ = session_.get();
    if (left_) session_->stop();
  }
  session_->watch_once({.tap = this, .stops = nullptr, .committed = {}, .begin_again = {}});
  {
    const std::lock_guard lock(mutex_);
    reading_ = nullptr;
  }
  if (left_) return base::fail("gave up; nothing was saved");
  if (const auto closed = writer_->close(); !closed) return std::unexpected(closed.error());
  if (own_ + answers_ == 0) return base::fail("the files have no packet of this any more");
  return counts();
}

std::string PacketSaver::counts() const {
  std::string text = tui::counted(own_, "packet");
  if (answers_ > 0) text += fmt::format(" and {} of the other direction", answers_.load());
  return text;
}

std::string PacketSaver::words() const {
  const std::lock_guard lock(mutex_);
  const double share = reading_ == nullptr ? 0 : reading_->progress().value_or(0);
  return fmt::format("saving packets: {:.0f}% read, {} found", share * 100, own_ + answers_);
}

std::optional<base::Result<std::string>> PacketSaver::take_outcome() {
  const std::lock_guard lock(mutex_);
  return std::exchange(outcome_, std::nullopt);
}

}  // namespace espy::cli
