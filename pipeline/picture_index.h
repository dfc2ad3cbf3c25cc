// PictureIndex: pictures of a file at equal steps of its time, made while it is read. Their number is bounded: when there are too many the
// step grows to what the rest of the file seems to need, and those in between go.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "pipeline/picture_window.h"
#include "pipeline/pipeline.h"
#include "verdict/picture.h"

namespace espy::pipeline {

class PictureIndex final : public Stops {
 public:
  static constexpr std::size_t kLimit = 512;

  using Portray = std::function<verdict::Picture()>;
  // `portray` makes a picture of what was read so far. It is called on the packet path.
  explicit PictureIndex(Portray portray) : portray_(std::move(portray)) {}

  base::Time next() const override { return next_; }
  void reached(base::Time time) override;
  // The file has ended, or was left.
  void finish(bool complete);
  // The file is read once more.
  void begin_again();

  // What has come since the last call, for a chronicle; `again` is set when all before it no longer counts.
  struct News {
    std::vector<std::shared_ptr<const verdict::Picture>> pictures;
    bool again = false;
    base::Time begin;     // of the file; kNever: no frame yet
    base::Duration step;  // between pictures
  };
  News take_news();
  // The picture of `time`: it knows all up to then, and no later step; nullopt: the newest. Null: there is none yet.
  std::shared_ptr<const verdict::Picture> at(std::optional<base::Time> time) const;

 private:
  void add(base::Time now, bool complete);
  void thin(const verdict::Picture& newest);

  Portray portray_;
  base::Time next_ = base::kNever;  // of the packet path
  mutable std::mutex mutex_;        // guards what follows
  base::Time begin_ = base::kNever;
  base::Duration step_ = base::milliseconds(1);
  std::vector<std::shared_ptr<const verdict::Picture>> pictures_;
  std::vector<std::shared_ptr<const verdict::Picture>> news_;
  bool again_ = false;
};

}  // namespace espy::pipeline
