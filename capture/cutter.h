// Cutter: the record grammar of one capture file, whichever it is, chosen by the file's first octets.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "capture/pcap_format.h"
#include "capture/pcapng_format.h"

namespace espy::capture {

class Cutter {
 public:
  // As many octets of a file as make() needs.
  static constexpr std::size_t kHeadSize = 28;

  // Errors: `head` does not begin a pcap or pcapng file; the sentence says what it is, where that can be recognised.
  static base::Result<Cutter> make(base::Bytes head, std::uint32_t source);

  Progress cut(base::Bytes bytes, Frames& frames) {
    if (auto* pcap = std::get_if<PcapCutter>(&grammar_)) return pcap->cut(bytes, frames);
    return std::get_if<PcapngCutter>(&grammar_)->cut(bytes, frames);
  }
  const Position& position() const;
  const std::vector<InterfaceFacts>& interfaces() const;
  Drops drops() const;
  // As PcapngCutter::take_told.
  void take_told(std::vector<DropsTold>& told) {
    if (auto* pcapng = std::get_if<PcapngCutter>(&grammar_)) pcapng->take_told(told);
  }
  FileSecrets secrets() const;
  // The octets consumed so far end inside a block.
  bool inside() const;
  std::string format() const;  // "pcap" or "pcapng"

 private:
  explicit Cutter(std::variant<PcapCutter, PcapngCutter> grammar) : grammar_(std::move(grammar)) {}

  std::variant<PcapCutter, PcapngCutter> grammar_;
};

// What a file that is not a capture seems to be: "it is a text file", "it is a snoop capture"; empty when nothing is known.
std::string recognise(base::Bytes head);

}  // namespace espy::capture
