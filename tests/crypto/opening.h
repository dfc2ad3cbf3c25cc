// What the tests of crypto share: octets from hexadecimal text, and one packet opened by one back-end.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "crypto/library.h"

namespace espy::crypto {

using Octets = std::vector<std::uint8_t>;

// Anything that is no hexadecimal digit separates.
inline Octets hex(std::string_view text) {
  Octets octets;
  int high = -1;
  for (const char letter : text) {
    const std::size_t digit = std::string_view("0123456789abcdef0123456789ABCDEF").find(letter);
    if (digit == std::string_view::npos) continue;
    const int value = static_cast<int>(digit % 16);
    if (high >= 0) octets.push_back(static_cast<std::uint8_t>(high * 16 + value));
    high = high >= 0 ? -1 : value;
  }
  EXPECT_EQ(high, -1) << "an odd number of digits: " << text;
  return octets;
}

inline std::string to_hex(base::Bytes octets) {
  std::string text;
  for (const std::uint8_t octet : octets) {
    text += "0123456789abcdef"[octet >> 4];
    text += "0123456789abcdef"[octet & 15];
  }
  return text;
}

inline Octets text_octets(std::string_view text) { return {text.begin(), text.end()}; }

inline Octets operator+(Octets left, const Octets& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

inline ipsec::Key key(std::string_view text) { return ipsec::Key(hex(text)); }

struct Opened {
  Check check = Check::kBad;
  bool opened = false;
  std::string plaintext = {};  // hexadecimal; empty where nothing was opened
  bool operator==(const Opened&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Opened& opened) {
  return out << (opened.check == Check::kGood  ? "good"
                 : opened.check == Check::kBad ? "bad"
                                               : "none")
             << (opened.opened ? " opened " : " ") << opened.plaintext;
}

// A packet as a Job has it.
struct Given {
  Octets header = {};
  Octets packet = {};
  Octets icv = {};
  std::uint32_t esn_high = 0;
  bool decrypt = true;
};

inline Opened open(const Transform& transform, const Given& given) {
  const Layout& layout = transform.layout();
  const bool esp = transform.protocol() == ipsec::Protocol::kEsp;
  Octets plaintext(esp && layout.fits(given.packet.size()) ? layout.payload_size(given.packet.size()) : 0);
  Job job{.transform = &transform,
          .header = given.header,
          .packet = given.packet,
          .icv = given.icv,
          .esn_high = given.esn_high,
          .plaintext = esp && given.decrypt ? plaintext.data() : nullptr};
  static Opener opener;  // of all tests, so that contexts are used again
  opener.open({&job, 1});
  return {.check = job.check, .opened = job.opened, .plaintext = job.opened ? to_hex(job.content()) : ""};
}

inline std::vector<const Backend*> backends_for(const Parameters& parameters) {
  std::vector<const Backend*> found;
  for (const Backend* const backend : backends()) {
    if (backend->supports(parameters)) found.push_back(backend);
  }
  return found;
}

// Every back-end that has the algorithms must answer so; there must be one.
inline void expect_everywhere(const Parameters& parameters, const Given& given, const Opened& expected) {
  const auto found = backends_for(parameters);
  EXPECT_FALSE(found.empty());
  for (const Backend* const backend : found) {
    const auto transform = backend->prepare(parameters);
    ASSERT_TRUE(transform) << backend->name() << ": " << transform.error().message;
    EXPECT_EQ(open(**transform, given), expected) << backend->name();
  }
}

}  // namespace espy::crypto
