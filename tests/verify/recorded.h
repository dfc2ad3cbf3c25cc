// recorded: the captures of tests/pcaps with their configurations, to be changed before they are sent to a Scene. Their ICVs were made by
// real kernels or by hand outside espy, as each case's README says.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "capture/source.h"
#include "config/reader.h"
#include "tests/verify/frames.h"

namespace espy::verify::testing {

struct RecordedFrame {
  Octets octets;
  std::int64_t at = 0;  // milliseconds since the first
};

struct Recorded {
  ipsec::Configuration configuration;
  std::vector<RecordedFrame> frames;  // Ethernet
};

inline std::vector<RecordedFrame> frames_of(const std::string& path) {
  capture::Options options;
  options.files = {path};
  const auto source = capture::open(options);
  std::vector<RecordedFrame> frames;
  if (!source) return frames;
  capture::Batch batch;
  std::int64_t start = 0;
  while ((*source)->take(batch)) {
    (*source)->cut(batch);
    for (const capture::Frame& frame : batch.frames) {
      const std::int64_t at = frame.time.nanoseconds / 1'000'000;
      if (frames.empty()) start = at;
      EXPECT_EQ(frame.link_type, base::LinkType::kEthernet);
      frames.push_back({{frame.data.begin(), frame.data.end()}, at - start});
    }
  }
  return frames;
}

inline Recorded recorded(const std::string& name) {
  const std::string folder = std::string(ESPY_SOURCE_DIR) + "/tests/pcaps/" + name + '/';
  std::vector<std::string> files;
  for (const char* file : {"xfrm-policy.txt", "xfrm-state.txt", "keys.toml", "setkey.conf"}) {
    if (std::filesystem::exists(folder + file)) files.push_back(folder + file);
  }
  config::Outcome read = config::read(files, {});
  EXPECT_TRUE(read.errors.empty()) << name;
  Recorded made{std::move(read.configuration), frames_of(folder + "wire.pcap")};
  EXPECT_FALSE(made.frames.empty()) << name;
  return made;
}

// A key of the same size that is another one.
inline ipsec::Key other_key(const ipsec::Key& key) {
  std::vector<std::uint8_t> octets(key.secret().begin(), key.secret().end());
  if (!octets.empty()) octets[0] ^= 0x55;
  return ipsec::Key(std::move(octets));
}

// Where things stand in an Ethernet frame that holds IPv4 without options.
inline constexpr std::size_t kProtocolAt = 23, kSourceAt = 26, kDestinationAt = 30, kSecurityAt = 34;

inline bool is_ipv4(const Octets& frame, std::uint8_t protocol) {
  return frame.size() > kSecurityAt && frame[12] == 8 && frame[13] == 0 && frame[kProtocolAt] == protocol;
}

// The frames that carry `protocol` in IPv4.
inline std::vector<RecordedFrame> only(const std::vector<RecordedFrame>& frames, std::uint8_t protocol) {
  std::vector<RecordedFrame> some;
  for (const RecordedFrame& frame : frames) {
    if (is_ipv4(frame.octets, protocol)) some.push_back(frame);
  }
  return some;
}

// Of those, what travels to the host whose address ends in `last`.
inline std::vector<RecordedFrame> towards(const std::vector<RecordedFrame>& frames, std::uint8_t last) {
  std::vector<RecordedFrame> some;
  for (const RecordedFrame& frame : frames) {
    if (frame.octets[kDestinationAt + 3] == last) some.push_back(frame);
  }
  return some;
}

inline RecordedFrame damaged(RecordedFrame frame) {
  frame.octets.back() ^= 1;
  return frame;
}

inline verdict::Summary after(const ipsec::Configuration& configuration, const std::vector<RecordedFrame>& frames) {
  Scene scene(configuration);
  for (const RecordedFrame& frame : frames) scene.send(frame.octets, {.at = frame.at, .link = base::LinkType::kEthernet});
  return scene.finish();
}

}  // namespace espy::verify::testing
