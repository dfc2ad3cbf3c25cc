// PictureWindow: pictures of a part of a file at equal steps, made while the file is read from its start; what comes after the part need
// not be read.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "pipeline/pipeline.h"
#include "verdict/picture.h"

namespace espy::pipeline {

using Pictures = std::vector<std::shared_ptr<const verdict::Picture>>;

// A part of a file, from `begin` to before `end`, in steps that are counted from its begin.
struct Part {
  base::Time begin, end;
  base::Duration step;

  // The end of the step that `time` falls into.
  base::Time step_end(base::Time time) const;
};

// Of pictures in the order of their moments the newest one that is not after the end of the step of `time`: it knows all frames up to
// `time`, and of those after it at most the ones of that step. Null: there is none.
std::shared_ptr<const verdict::Picture> find_picture(std::span<const std::shared_ptr<const verdict::Picture>> pictures, const Part& part,
                                                     base::Time time);

class PictureWindow final : public Stops {
 public:
  static constexpr std::size_t kLimit = 512;  // steps

  using Portray = std::function<verdict::Picture()>;
  // `portray` makes a picture of what was read so far; `over` says that nothing more is needed. Both are called on the packet path. The
  // first picture is of part.begin; steps without a frame have none.
  PictureWindow(const Part& part, Portray portray, std::function<void()> over);

  // At most kLimit steps that have all of `begin` to `end`.
  static Part part_of(base::Time begin, base::Time end);

  base::Time next() const override { return next_; }
  void reached(base::Time time) override;
  // The file has ended.
  void finish();
  // In the order of their moments. Once the run is over.
  Pictures take_pictures() { return std::move(pictures_); }

 private:
  void add();

  Part part_;
  Portray portray_;
  std::function<void()> over_;
  base::Time next_;
  Pictures pictures_;
};

}  // namespace espy::pipeline
