// LinkWatch: hears from the kernel which interfaces went down or away, also those that were back before anybody looked. It opens none.
#pragma once

#include <string>
#include <vector>

#include "capture/input.h"

namespace espy::capture {

// What the kernel says of an interface at this moment.
struct LinkState {
  unsigned index = 0;  // 0: there is no such interface
  bool up = false;
  bool carrier = false;
};

LinkState look_at_link(const std::string& name);

// An interface was down, or its index is no more.
struct LinkNews {
  unsigned index = 0;
  bool gone = false;
};

class LinkWatch {
 public:
  LinkWatch();
  // To be waited for; -1 when the kernel does not tell, and one has to look.
  int descriptor() const { return descriptor_.number(); }
  // What happened since the last call.
  std::vector<LinkNews> read();

 private:
  Descriptor descriptor_;
};

}  // namespace espy::capture
