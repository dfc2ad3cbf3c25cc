#include "capture/cutter.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace espy::capture {

namespace {

using namespace std::string_view_literals;

struct Signature {
  std::string_view octets;
  std::string_view name;
};

constexpr std::array kSignatures = {
    Signature{"snoop\0\0\0"sv, "a snoop capture"},
    Signature{"iptrace "sv, "an iptrace capture"},
    Signature{"GMBU"sv, "a Microsoft Network Monitor capture"},
    Signature{"RTSS"sv, "a Microsoft Network Monitor capture"},
    Signature{"TRSNIFF data"sv, "a Sniffer capture"},
    Signature{"XCP\0"sv, "a NetXRay capture"},
    Signature{"\xa1\xb2\x34\xcd"sv, "a variant of pcap that no tool reads"},
    Signature{"\xcd\x34\xb2\xa1"sv, "a variant of pcap that no tool reads"},
    Signature{"\xfd\x37zXZ\0"sv, "a file compressed with xz"},
    Signature{"BZh"sv, "a file compressed with bzip2"},
    Signature{"\x04\x22\x4d\x18"sv, "a file compressed with lz4"},
    Signature{"PK\x03\x04"sv, "a zip archive"},
    Signature{"\x7f"
              "ELF"sv,
              "a program"},
};

bool is_text(base::Bytes head) {
  return !head.empty() && std::all_of(head.begin(), head.end(), [](std::uint8_t octet) {
    return (octet >= 0x20 && octet != 0x7f) || octet == '\n' || octet == '\r' || octet == '\t';
  });
}

}  // namespace

std::string recognise(base::Bytes head) {
  if (head.empty()) return "it is empty";
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  for (const Signature& signature : kSignatures) {
    if (text.starts_with(signature.octets)) return "it is " + std::string(signature.name);
  }
  return is_text(head) ? "it is a text file" : "";
}

base::Result<Cutter> Cutter::make(base::Bytes head, std::uint32_t source) {
  if (is_pcap(head)) {
    auto pcap = PcapCutter::make(head, source);
    if (!pcap) return std::unexpected(std::move(pcap.error()));
    return Cutter(std::move(*pcap));
  }
  if (is_pcapng(head)) {
    auto pcapng = PcapngCutter::make(head, source);
    if (!pcapng) return std::unexpected(std::move(pcapng.error()));
    return Cutter(std::move(*pcapng));
  }
  const std::string what = recognise(head);
  return base::fail(what.empty() ? "this is not a capture file" : "this is not a capture file: " + what,
                    "espy reads pcap and pcapng, also compressed with gzip or zstd");
}

const Position& Cutter::position() const {
  return std::visit([](const auto& grammar) -> const Position& { return grammar.position(); }, grammar_);
}

const std::vector<InterfaceFacts>& Cutter::interfaces() const {
  return std::visit([](const auto& grammar) -> const std::vector<InterfaceFacts>& { return grammar.interfaces(); }, grammar_);
}

FileSecrets Cutter::secrets() const {
  const auto* pcapng = std::get_if<PcapngCutter>(&grammar_);
  return pcapng == nullptr ? FileSecrets() : pcapng->secrets();
}

Drops Cutter::drops() const {
  const auto* pcapng = std::get_if<PcapngCutter>(&grammar_);
  return pcapng == nullptr ? Drops{} : pcapng->drops();
}

bool Cutter::inside() const {
  const auto* pcapng = std::get_if<PcapngCutter>(&grammar_);
  return pcapng != nullptr && pcapng->inside();
}

std::string Cutter::format() const { return std::holds_alternative<PcapCutter>(grammar_) ? "pcap" : "pcapng"; }

}  // namespace espy::capture
