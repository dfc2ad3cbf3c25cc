// Writing: what the writers of all targets share: the text, the notes on what cannot be said, and the words of SAs and policies.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/writer.h"

namespace espy::config {

// Collects the notes. Equal sentences are told once, with the first place and how many more there are.
class WriteNotes {
 public:
  void add(const ipsec::Origin& origin, std::string sentence);
  std::vector<std::string> take() const;
  bool empty() const { return notes_.empty(); }

 private:
  struct Note {
    ipsec::Origin first;
    std::string sentence;
    std::size_t more = 0;
  };
  std::vector<Note> notes_;
  std::unordered_map<std::string, std::size_t> index_;
};

// One text in the making.
struct Writing {
  const ipsec::Configuration& configuration;
  Keys keys = Keys::kHidden;
  std::string_view target;  // as notes call it: "setkey"
  ipsec::SecretText text = {};
  WriteNotes notes = {};

  // False, for a check to answer.
  bool left_out(const ipsec::Association& association, std::string_view why);
  void left_out(const ipsec::Policy& policy, std::string_view why);
};

void write_setkey(Writing& writing);
void write_xfrm(Writing& writing);
void write_esp_sa(Writing& writing, bool old_columns);
void write_tcpdump_keys(Writing& writing);
void write_toml(Writing& writing);

// "0x" and the digits.
void append_hex(ipsec::SecretText& text, const ipsec::Key& key);

// `text` for a comment or a name: what is not printable ASCII becomes '?'.
std::string printable(std::string_view text);

// What an SA can have besides its ends and algorithms.
enum class Trait : std::uint8_t { kMode, kReqid, kUdp, kTcp, kReplayWindow, kEsn, kEsnHigh, kTfcPadding, kAlign4 };

// Notes every trait of `association` that the target cannot say, and a mark, which no Configuration keeps whole.
void note_lost_traits(Writing& writing, const ipsec::Association& association, std::initializer_list<Trait> sayable);

bool has_keys(const ipsec::Association& association);

// False, with a note, when the keys that the SA needs are hidden: in the listing, or because they are not to be shown.
bool keys_at_hand(Writing& writing, const ipsec::Association& association);

// The ICV's size in bits: as said, else as the RFC of the algorithm has it; 0 where there is no ICV or none is known.
std::uint16_t icv_bits_of(const ipsec::Association& association);

// Notes where the size was not said and systems differ, which is so for HMAC-SHA-2.
void note_guessed_icv(Writing& writing, const ipsec::Association& association, std::uint16_t written);

// The policies that a file of one host can hold: those of the first Spd; the others are noted.
const std::vector<ipsec::Policy>& policies_of_one_host(Writing& writing);

// Why no policy of a kernel can say `policy` whatever the format; empty when one can.
std::string_view unlike_kernel(const ipsec::Policy& policy);

// "any" was said, or one port alone.
bool any_or_one(const ipsec::PortRange& range);

}  // namespace espy::config
