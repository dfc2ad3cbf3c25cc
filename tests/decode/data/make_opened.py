#!/usr/bin/python3
"""Makes opened.txt: frames with ESP, AH and IPComp headers and the contents that a key, or inflating, makes readable in them.

usage: make_opened.py > opened.txt

ESP here encrypts nothing, so that each content is readable where it stands; what IPComp compressed is appended to the frame, inflated.
A line: name, link type, frame, what is appended to it (or -), contents in the order of opening (index:next header:offset:size, …), the frame
as it would have been without the last header opened and those before it.
The hosts are those of frames.txt: A and B outside, C and D inside.
"""

import zlib

from scapy.all import ICMP, IP, TCP, UDP, Ether, IPv6, Raw, conf
from scapy.layers.inet6 import IPv6ExtHdrDestOpt, PadN

conf.verb = 0
ICV = bytes(range(0xe0, 0xec))
A, B, C, D, A6, B6 = "192.0.2.1", "192.0.2.2", "10.1.0.1", "10.2.0.2", "2001:db8::1", "2001:db8::2"
TCP_SEGMENT = TCP(sport=40000, dport=23, seq=1000, flags="PA") / Raw(b"login: ")
DATAGRAM = UDP(sport=40001, dport=5900) / Raw(b"RFB")
ETHERNET, RAW = 1, 101


def packed(layer, source, destination):
    """Octets with checksums that need an IP header around them."""
    version = IPv6 if ":" in source else IP
    whole = bytes(version(src=source, dst=destination) / layer)
    return whole[40 if ":" in source else 20:]


def esp(content, next_header, spi=0x201, sequence=7, tfc=0):
    content += bytes(tfc)
    padding = bytes(range(1, 1 + -(len(content) + 2) % 4))
    return spi.to_bytes(4, "big") + sequence.to_bytes(4, "big") + content + padding + bytes([len(padding), next_header]) + ICV


def ah(content, next_header, spi=0x301, sequence=9):
    return bytes([next_header, 4, 0, 0]) + spi.to_bytes(4, "big") + sequence.to_bytes(4, "big") + ICV + content


def ipcomp(content, next_header, cpi=2):
    return bytes([next_header, 0]) + cpi.to_bytes(2, "big") + deflated(content)


def deflated(content):
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(content) + stream.flush()


def ipv4(payload, protocol, source=A, destination=B):
    return bytes(IP(src=source, dst=destination, proto=protocol, id=1) / Raw(payload))


def ipv6(payload, protocol, source=A6, destination=B6):
    return bytes(IPv6(src=source, dst=destination, nh=protocol) / Raw(payload))


def frame(packet):
    return bytes(Ether(src="02:00:00:00:00:0a", dst="02:00:00:00:00:0b", type=0x0800 if packet[0] >> 4 == 4 else 0x86dd)) + packet


def case(name, packet, inner, *contents, link=ETHERNET, appended=b""):
    """A content: index, next header, and the octets, which are searched for behind the content before."""
    octets = frame(packet) if link == ETHERNET else packet
    words, at = [], 14 if link == ETHERNET else 0
    for index, next_header, content in contents:
        at = (octets + appended).index(content, at)
        words.append(f"{index}:{next_header}:{at}:{len(content)}")
        if content != appended:
            at += 1
    print(name, link, octets.hex(), appended.hex() or "-", ",".join(words), (frame(inner) if link == ETHERNET else inner).hex())


def transport():
    tcp = packed(TCP_SEGMENT, A, B)
    case("transport-tcp", ipv4(esp(tcp, 6), 50), ipv4(tcp, 6), (0, 6, tcp))
    case("transport-raw", ipv4(esp(tcp, 6), 50), ipv4(tcp, 6), (0, 6, tcp), link=RAW)
    ping = packed(ICMP(id=5, seq=1) / Raw(b"espy espy"), A, B)
    case("transport-icmp", ipv4(esp(ping, 1), 50), ipv4(ping, 1), (0, 1, ping))
    udp6 = packed(DATAGRAM, A6, B6)
    case("transport6-udp", ipv6(esp(udp6, 17), 50), ipv6(udp6, 17), (0, 17, udp6))
    options = bytes(IPv6ExtHdrDestOpt(nh=17, options=[PadN(optdata=b"\x00\x00\x00\x00")])) + udp6
    case("transport6-options", ipv6(esp(options, 60), 50), ipv6(options, 60), (0, 60, options))
    dummy = b"\xd5" * 30
    case("dummy", ipv4(esp(dummy, 59), 50), ipv4(dummy, 59), (0, 59, dummy))
    aggregate = b"\x00\x00\x00\x00" + ipv4(tcp, 6, C, D)
    case("aggfrag", ipv4(esp(aggregate, 144), 50), ipv4(aggregate, 144), (0, 144, aggregate))
    beet = bytes([6, 1, 4, 0]) + b"\x01\x01\x01\x01" + b"\x94\x04\x00\x00\x01\x01\x01\x00" + tcp
    case("beet-options", ipv4(esp(beet, 94), 50), ipv4(tcp, 6), (0, 94, beet))
    udp = lambda payload, source, destination: ipv4(bytes(UDP(sport=source, dport=destination, chksum=0) / Raw(payload)), 17)
    case("udp-transport", udp(esp(tcp, 6), 4500, 1027), ipv4(tcp, 6), (0, 6, tcp))
    wesp = bytes([6, 12, 12, 0]) + esp(tcp, 6)
    case("wesp-transport", ipv4(wesp, 141), ipv4(tcp, 6), (0, 6, tcp))
    inside = ipv4(tcp, 6, C, D)
    case("udp-tunnel", udp(esp(inside, 4), 4500, 4500), inside, (0, 4, inside))
    short = tcp[:12]
    case("short-tcp", ipv4(esp(short, 6), 50), ipv4(short, 6), (0, 6, short))


def tunnel():
    tcp = packed(TCP_SEGMENT, C, D)
    inside, inside6 = ipv4(tcp, 6, C, D), ipv6(packed(DATAGRAM, A6, B6), 17)
    case("tunnel", ipv4(esp(inside, 4), 50), inside, (0, 4, inside))
    case("tunnel-6in4", ipv4(esp(inside6, 41), 50), inside6, (0, 41, inside6))
    case("tunnel-4in6", ipv6(esp(inside, 4), 50), inside, (0, 4, inside))
    padded = inside + bytes(100)
    case("tunnel-tfc", ipv4(esp(inside, 4, tfc=100), 50), inside, (0, 4, padded))
    large = inside[:-3]
    case("tunnel-too-large", ipv4(esp(large, 4), 50), large, (0, 4, large))
    wrong = b"\x55" + inside[1:]
    case("tunnel-no-ip", ipv4(esp(wrong, 4), 50), ipv4(wrong, 4), (0, 4, wrong))
    quote = packed(ICMP(type=3, code=1) / Raw(ipv4(tcp, 6, D, C)[:28]), C, D)
    error = ipv4(quote, 1, C, D)
    case("tunnel-quote", ipv4(esp(error, 4), 50), error, (0, 4, error))


def nested():
    tcp = packed(TCP_SEGMENT, A, B)
    inner_ah = ah(tcp, 6)
    case("ah-in-esp", ipv4(esp(inner_ah, 51), 50), ipv4(inner_ah, 51), (0, 51, inner_ah))
    case("esp-in-ah", ipv4(ah(esp(tcp, 6), 50), 51), ipv4(tcp, 6), (1, 6, tcp))
    inner_esp = esp(tcp, 6, spi=0x202)
    case("esp-in-esp", ipv4(esp(inner_esp, 50), 50), ipv4(inner_esp, 50), (0, 50, inner_esp))
    case("esp-in-esp-opened", ipv4(esp(inner_esp, 50), 50), ipv4(tcp, 6), (0, 50, inner_esp), (1, 6, tcp))
    inside = ipv4(tcp, 6, C, D)
    case("ah-and-tunnel", ipv4(ah(esp(inside, 4), 50), 51), inside, (1, 4, inside))
    through = ah(inside, 4)
    case("ah-tunnel-in-esp", ipv4(esp(through, 51), 50), ipv4(through, 51), (0, 51, through))
    secured = ipv4(esp(tcp, 6, spi=0x202), 50, C, D)
    case("esp-in-tunnel", ipv4(esp(secured, 4), 50), secured, (0, 4, secured))
    case("esp-in-tunnel-opened", ipv4(esp(secured, 4), 50), ipv4(tcp, 6, C, D), (0, 4, secured), (1, 6, tcp))
    deep = b"".join([ah(b"", 51)] * 8) + ah(tcp, 6)
    case("too-deep", ipv4(esp(deep, 51), 50), ipv4(deep, 51), (0, 51, deep))


def compressed():
    tcp = packed(TCP_SEGMENT, A, B)
    inside = ipv4(tcp, 6, C, D)
    in_esp, tunnel_in_esp = ipcomp(tcp, 6), ipcomp(inside, 4)
    case("ipcomp-in-esp", ipv4(esp(in_esp, 108), 50), ipv4(in_esp, 108), (0, 108, in_esp))
    case("ipcomp-in-esp-opened", ipv4(esp(in_esp, 108), 50), ipv4(tcp, 6), (0, 108, in_esp), (1, 6, tcp), appended=tcp)
    case("ipcomp-tunnel", ipv4(esp(tunnel_in_esp, 108), 50), inside, (0, 108, tunnel_in_esp), (1, 4, inside), appended=inside)
    case("ipcomp-alone", ipv4(ipcomp(inside, 4), 108), inside, (0, 4, inside), appended=inside)
    case("ipcomp-transport", ipv4(ipcomp(tcp, 6), 108), ipv4(tcp, 6), (0, 6, tcp), appended=tcp)


def main():
    print("# Made by make_opened.py, which says what the columns are.")
    for group in (transport, tunnel, nested, compressed):
        group()


main()
