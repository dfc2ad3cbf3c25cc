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

class LinkWatch {
 public:
  LinkWatch();
  // To be waited for; -1 when the kernel does not tell, and one has to look.
  int descriptor() const { return descriptor_.number(); }
  // The interfaces, by index, that were down or gone at some time since the last call.
  std::vector<unsigned> read();

 private:
  Descriptor descriptor_;
};

}  // namespace espy::capture
