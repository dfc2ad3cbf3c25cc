// SetkeyAssociation: the operands of setkey.conf's add, update, delete, deleteall, get and getspi.
#pragma once

#include <optional>

#include "config/setkey_policy.h"

namespace espy::config {

enum class SetkeyProtocol : std::uint8_t { kIpsec, kTcpMd5 };

// Source, destination and protocol of an SA.
struct SetkeyEnds {
  SetkeyProtocol kind = SetkeyProtocol::kIpsec;
  ipsec::Association association;  // its SPI and algorithms still open
};

// Each adds its errors to `document` and returns nullopt after one.
std::optional<SetkeyEnds> read_setkey_ends(Document& document, SetkeyCursor& cursor);
std::optional<base::Spi> read_setkey_spi(Document& document, SetkeyCursor& cursor);

// Extensions and algorithms up to the end of the statement.
bool read_setkey_options(Document& document, SetkeyCursor& cursor, SetkeyEnds& ends);

// Skips -4, -6 and -n, which concern names only.
void skip_setkey_flags(SetkeyCursor& cursor);

}  // namespace espy::config
