// XfrmState: one entry of `ip xfrm state`, taken line by line.
#pragma once

#include "config/xfrm_words.h"

namespace espy::config {

class XfrmState {
 public:
  // `header`: "src ADDRESS dst ADDRESS".
  XfrmState(Document& document, const XfrmLine& header);
  void take(const XfrmLine& line);
  // Adds the SA to the document, or counts it when it is larval.
  void finish();

 private:
  void take_protocol(const XfrmLine& line);
  void take_replay_window(const XfrmLine& line);
  void take_compression(const XfrmLine& line);
  void take_encryption(const XfrmLine& line);
  void take_integrity(const XfrmLine& line);
  void take_encapsulation(const XfrmLine& line);
  void take_sequence_high(const XfrmLine& line);
  ipsec::Key take_key(const XfrmLine& line);

  Document& document_;
  Word place_;
  ipsec::Association association_;
  bool usable_ = true;  // the entry is an SA of AH, ESP or IPComp whose text could be read
  bool has_algorithm_ = false;
  std::uint32_t esn_high_ = 0;
  bool has_esn_high_ = false;
};

}  // namespace espy::config
