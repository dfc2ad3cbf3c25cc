#include "capture/live_link.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <span>

namespace espy::capture {

namespace {

constexpr std::size_t kMessages = std::size_t{32} * 1024;

// The value that stands at `offset`, or zeros where it would go beyond the end.
template <class Value>
Value value_at(std::span<const std::uint8_t> octets, std::size_t offset) {
  Value value{};
  if (offset <= octets.size() && sizeof value <= octets.size() - offset) std::memcpy(&value, octets.data() + offset, sizeof value);
  return value;
}

// A bridge tells of its ports in a family of its own, although nothing happened to them.
void read_message(const nlmsghdr& header, const ifinfomsg& link, std::vector<LinkNews>& news) {
  if (link.ifi_family != AF_UNSPEC) return;
  const bool gone = header.nlmsg_type == RTM_DELLINK;
  const bool down = header.nlmsg_type == RTM_NEWLINK && (link.ifi_flags & IFF_UP) == 0;
  if (gone || down) news.push_back({.index = static_cast<unsigned>(link.ifi_index), .gone = gone});
}

void read_messages(std::span<const std::uint8_t> octets, std::vector<LinkNews>& news) {
  while (octets.size() >= sizeof(nlmsghdr)) {
    const auto header = value_at<nlmsghdr>(octets, 0);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > octets.size()) return;
    read_message(header, value_at<ifinfomsg>(octets.first(header.nlmsg_len), NLMSG_HDRLEN), news);
    octets = octets.subspan(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), octets.size()));
  }
}

}  // namespace

LinkState look_at_link(const std::string& name) {
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  if (name.size() >= sizeof request.ifr_name) return {};
  std::copy(name.begin(), name.end(), std::begin(request.ifr_name));
  if (::ioctl(socket.number(), SIOCGIFINDEX, &request) != 0) return {};
  LinkState state{.index = static_cast<unsigned>(request.ifr_ifindex)};
  if (::ioctl(socket.number(), SIOCGIFFLAGS, &request) != 0) return {};
  const auto flags = static_cast<std::uint16_t>(request.ifr_flags);
  state.up = (flags & IFF_UP) != 0;
  state.carrier = (flags & IFF_RUNNING) != 0;
  return state;
}

LinkWatch::LinkWatch() : descriptor_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)) {
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (::bind(descriptor_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) descriptor_ = Descriptor();
}

std::vector<LinkNews> LinkWatch::read() {
  std::vector<LinkNews> news;
  std::vector<std::uint8_t> octets(kMessages);
  while (descriptor_.number() >= 0) {
    const ssize_t size = ::recv(descriptor_.number(), octets.data(), octets.size(), 0);
    if (size < 0 && (errno == EINTR || errno == ENOBUFS)) continue;
    if (size <= 0) break;
    read_messages(std::span(octets).first(static_cast<std::size_t>(size)), news);
  }
  return news;
}

}  // namespace espy::capture
