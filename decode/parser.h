// Parser: one walk over one frame, a step a header, from the outside in. Each step reads one header, notes it in the Packet and names
// the next; a loop with a budget runs them, so that depth costs no stack. Lives for one frame, on the stack. The steps are in
// link.cpp, ethernet.cpp, internet.cpp, security.cpp, esp_content.cpp, upper.cpp, encapsulation.cpp and tunnel.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "decode/esp_content.h"
#include "decode/packet.h"
#include "decode/reader.h"

namespace espy::decode {

// What the octets at the reader's position are to be read as.
enum class Step : std::uint8_t { kStop, kEthernet, kEtherType, kLlc, kPppoe, kPpp, kMpls, kInternet, kIpv4, kIpv6, kProtocol };

class Parser {
 public:
  Parser(Reader reader, const Ports& ports, Packet& packet) : reader_(reader), ports_(ports), packet_(packet) {}

  // The first step of a link type, its own header passed.
  Step link(base::LinkType type);
  // The first step of a content that was made readable; the reader spans it and what is before it.
  Step content(const OpenedContent& content);
  // Runs the steps to the end and leaves the trouble in the packet.
  void run(Step step);

 private:
  enum class Guess : std::uint8_t { kNo, kYes, kCut };

  Step advance(Step step);
  Step malformed();
  Step too_deep();

  // link.cpp
  void set_source(const std::array<std::uint8_t, 6>& address);
  Step linux_cooked();
  Step linux_cooked_2();
  Step null_family(std::size_t header_size);
  Step hdlc();
  Step ppp_with_direction();
  Step nflog();
  Step nflog_payload(std::uint8_t family, std::size_t size);
  void nflog_fact(std::uint16_t type, Header<8> attribute);
  Step non_ip();

  // ethernet.cpp
  bool outermost() const { return packet_.layer_count == 0 && carrier_ == Carrier::kLink; }
  Step ethernet();
  Step ether_type();
  Step vlan();
  Step llc();
  Step pppoe();
  Step ppp();
  Step mpls();
  Step below_mpls();

  // internet.cpp
  Step internet();
  Step ipv4();
  Step ipv6();
  Step fragment_or_whole(std::uint32_t offset, bool more);
  Step protocol();
  Step extension_header();
  void route();
  Step fragment_header();
  Layer* open_layer();

  // security.cpp
  Step authentication_header();
  Step esp(Encapsulation encapsulation);
  Step wrapped_esp(Encapsulation encapsulation);
  Step ipcomp();
  SecurityHeader* open_security(SecurityProtocol protocol, Encapsulation encapsulation);

  // upper.cpp
  Step upper();
  bool ports();
  Step after_ports(std::size_t header_size);
  Step tcp();
  Step udp();
  Step dccp();
  Step icmp();
  Step icmpv6();
  Step quote(std::size_t size);

  // esp_content.cpp
  Step beet();

  // encapsulation.cpp
  Step udp_payload(std::size_t size);
  Step nat_traversal(std::size_t size);
  Step isakmp_port(std::size_t size);
  Step behind_marker(std::size_t size);
  Step old_marker(std::size_t size);
  Step isakmp();
  static Guess looks_like_isakmp(Reader reader, std::size_t size);

  // tunnel.cpp
  Carrier tunnel_carrier() const;
  Step ip_in_ip();
  Step gre();
  Step gre_payload(std::uint16_t type);
  Step vxlan();
  Step geneve();
  Step gtp();
  Step guessed(const Reader& inner, Step step, Carrier carrier);
  Step not_reached(const Reader& inner);
  static Guess looks_like(Reader reader, Step step);
  static Guess looks_like_ethernet(Reader reader);
  static Guess looks_like_ipv4(Reader reader);
  static Guess looks_like_ipv6(Reader reader);
  static Guess missing(const Reader& reader);

  Reader reader_;
  const Ports& ports_;
  Packet& packet_;
  Layer* layer_ = nullptr;            // the innermost so far
  std::size_t end_ = 0;               // where its payload ends on the wire
  Carrier carrier_ = Carrier::kLink;  // how the next layer comes to be
  bool quoted_ = false;               // inside the packet that an ICMP error quotes
  std::uint16_t ether_type_ = 0;      // for kEtherType
  std::uint8_t protocol_ = 0;         // for kProtocol
};

}  // namespace espy::decode
