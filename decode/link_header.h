// link_header: the link header of a frame in front of another packet than the one it came with.
#pragma once

#include "base/address.h"
#include "base/bytes.h"
#include "base/link.h"
#include "decode/octet_writer.h"

namespace espy::decode {

// Writes `header`, which stood before the first IP header of a frame of that type, for a packet of `family`. The type of what was written:
// kRaw, and nothing, where the header's own type cannot be kept. False in `room`: there was too little.
struct WrittenLink {
  base::LinkType type = base::LinkType::kRaw;
  bool room = true;
};
WrittenLink write_link_header(base::LinkType type, base::Bytes header, base::Family family, OctetWriter& out);

}  // namespace espy::decode
