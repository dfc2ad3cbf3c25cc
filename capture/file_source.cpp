#include <algorithm>
#include <atomic>
#include <utility>

#include <fmt/format.h>

#include "capture/sources.h"
#include "capture/track.h"

namespace espy::capture {

namespace {

class FileSource final : public Source {
 public:
  FileSource(OpenFile file, Opening& opening, std::unique_ptr<Filter> filter, const Options& options)
      : file_(std::move(file)),
        filter_(std::move(filter)),
        quota_(options.count),
        track_(std::move(opening.cutter), opening.name, opening.format, *filter_, quota_),
        ended_(quota_.left() == 0) {}

  bool take(Batch& batch) override {
    if (ended_ || stopped_) return false;
    const std::uint64_t ticket = next_.fetch_add(1);
    const std::uint64_t offset = offset_of(ticket);
    if (offset >= size()) return false;
    prepare(batch);
    batch.ticket = ticket;
    batch.offset = offset;
    batch.end = batch.begin + read_at(file_.descriptor, offset, std::span(batch.buffer).subspan(batch.begin, expected(ticket)));
    return true;
  }

  void cut(Batch& batch) override {
    const std::size_t brought = batch.end - batch.begin;
    const std::uint64_t offset = batch.offset;
    const std::size_t wanted = expected(batch.ticket);
    track_.cut(batch);
    if (brought < wanted) track_.spoil(fmt::format("the file cannot be read beyond offset {}", offset + brought));
    if (!track_.alive()) ended_ = true;
  }

  // A stopped source has not seen the file's end.
  std::vector<SourceFacts> facts() const override { return {stopped_ ? track_.facts() : track_.final_facts({})}; }

  std::optional<double> progress() const override {
    const auto taken = static_cast<double>(offset_of(next_.load()));
    return ended_ ? 1.0 : std::min(1.0, taken / static_cast<double>(size()));
  }

  void stop() noexcept override { stopped_ = true; }

 private:
  std::uint64_t size() const { return *file_.size; }
  static std::uint64_t offset_of(std::uint64_t ticket) { return ticket == 0 ? 0 : kFirstBlockSize + (ticket - 1) * kBlockSize; }
  std::size_t expected(std::uint64_t ticket) const {
    return static_cast<std::size_t>(std::min<std::uint64_t>(block_size(ticket), size() - offset_of(ticket)));
  }

  OpenFile file_;
  std::unique_ptr<Filter> filter_;
  Quota quota_;
  Track track_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<bool> ended_;
  std::atomic<bool> stopped_{false};
};

}  // namespace

base::Result<std::unique_ptr<Source>> make_file_source(Opening opening, std::unique_ptr<Filter> filter, const Options& options) {
  auto file = open_file(opening.name);
  if (!file) return std::unexpected(std::move(file.error()));
  if (!file->size) return std::unexpected(base::Error{.message = "it is no longer a regular file", .advice = {}, .file = opening.name});
  return std::make_unique<FileSource>(std::move(*file), opening, std::move(filter), options);
}

}  // namespace espy::capture
