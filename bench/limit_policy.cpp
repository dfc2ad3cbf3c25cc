#include "bench/limit_policy.h"

#include <arpa/inet.h>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

namespace espy::bench {

namespace {

constexpr std::uint8_t kTcpNumber = 6;

struct End {
  BareAddress address;
  BareAddress mask;
  std::uint16_t port = 0;
  bool ipv6 = false;
};

std::uint64_t upper_bits(unsigned count) { return count == 0 ? 0 : count >= 64 ? ~0ULL : ~0ULL << (64 - count); }

BareAddress mask_of(unsigned length) { return {upper_bits(length), length > 64 ? upper_bits(length - 64) : 0}; }

// ADDRESS[/LENGTH][[PORT]]
End read_end(std::string text) {
  End end;
  if (const auto bracket = text.find('['); bracket != std::string::npos) {
    end.port = static_cast<std::uint16_t>(std::atoi(text.c_str() + bracket + 1));
    text.resize(bracket);
  }
  end.ipv6 = text.find(':') != std::string::npos;
  unsigned length = end.ipv6 ? 128 : 32;
  if (const auto slash = text.find('/'); slash != std::string::npos) {
    length = static_cast<unsigned>(std::atoi(text.c_str() + slash + 1));
    text.resize(slash);
  }
  std::array<std::uint8_t, 16> octets{};
  ::inet_pton(end.ipv6 ? AF_INET6 : AF_INET, text.c_str(), octets.data());
  end.address = {load64(octets.data()), load64(octets.data() + 8)};
  end.mask = mask_of(length);
  return end;
}

std::vector<std::uint8_t> read_key(const std::string& text) {
  std::vector<std::uint8_t> key;
  for (std::size_t index = 2; index + 1 < text.size(); index += 2)
    key.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(index, 2), nullptr, 16)));
  return key;
}

BareAddress operator&(const BareAddress& one, const BareAddress& other) { return {one.high & other.high, one.low & other.low}; }

}  // namespace

bool BarePolicies::Shape::operator==(const Shape& other) const {
  return source_mask.high == other.source_mask.high && source_mask.low == other.source_mask.low &&
         destination_mask.high == other.destination_mask.high && destination_mask.low == other.destination_mask.low &&
         with_port == other.with_port && ipv6 == other.ipv6;
}

bool BarePolicies::covers(const BareFrame& frame, std::uint16_t port) const {
  for (const Shape& shape : shapes_) {
    if (shape.ipv6 != frame.ipv6 || (shape.with_port && frame.protocol != kTcpNumber)) continue;
    if (holds(hash(shape, frame.source, frame.destination, shape.with_port ? port : 0))) return true;
  }
  return false;
}

std::uint64_t BarePolicies::hash(const Shape& shape, const BareAddress& source, const BareAddress& destination, std::uint64_t rest) {
  const std::uint64_t lengths = shape.source_mask.high ^ std::rotl(shape.destination_mask.high, 16) ^ shape.source_mask.low;
  return hash_ends(source & shape.source_mask, destination & shape.destination_mask, rest ^ lengths << 17);
}

void BarePolicies::add(const Selector& selector) {
  bool known = false;
  for (const Shape& shape : shapes_) known = known || shape == selector.shape;
  if (!known) shapes_.push_back(selector.shape);
  insert(hash(selector.shape, selector.source, selector.destination, selector.port));
}

bool BarePolicies::holds(std::uint64_t key) const {
  for (std::size_t place = key % keys_.size();; place = (place + 1) % keys_.size()) {
    if (keys_[place] == key) return true;
    if (keys_[place] == 0) return false;
  }
}

void BarePolicies::insert(std::uint64_t key) {
  if (holds(key)) return;
  if (++used_ * 4 > keys_.size()) {
    const std::vector<std::uint64_t> before = std::exchange(keys_, std::vector<std::uint64_t>(keys_.size() * 4));
    used_ = 1;
    for (const std::uint64_t old : before)
      if (old != 0) insert(old);
  }
  std::size_t place = key % keys_.size();
  while (keys_[place] != 0) place = (place + 1) % keys_.size();
  keys_[place] = key;
}

BareConfiguration::BareConfiguration(const char* path) {
  std::ifstream file(path);
  if (!file) {
    std::perror(path);
    std::exit(2);
  }
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with(';')) line.pop_back();
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    if (words.size() > 4 && words[0] == "spdadd") add_policy(words);
    if (words.size() > 8 && words[0] == "add") add_association(words);
  }
}

// spdadd SOURCE DESTINATION PROTOCOL -P ...
void BareConfiguration::add_policy(const std::vector<std::string>& words) {
  const End source = read_end(words[1]);
  const End destination = read_end(words[2]);
  policies.add(
      {{source.mask, destination.mask, destination.port != 0, source.ipv6}, source.address, destination.address, destination.port});
}

// add SOURCE DESTINATION esp SPI -m transport -E ALGORITHM KEY [-A ALGORITHM KEY]
void BareConfiguration::add_association(const std::vector<std::string>& words) {
  BareFrame frame;
  frame.source = read_end(words[1]).address;
  frame.destination = read_end(words[2]).address;
  const auto spi = static_cast<std::uint32_t>(std::stoul(words[4], nullptr, 16));
  const bool integrity = words.size() > 12 && words[10] == "-A";
  associations.push_back({hash_association(frame, spi), read_key(words[9]), integrity ? read_key(words[12]) : std::vector<std::uint8_t>{}});
}

}  // namespace espy::bench
