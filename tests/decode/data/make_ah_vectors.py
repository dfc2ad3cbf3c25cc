#!/usr/bin/python3
"""Makes ah-vectors.txt: packets with AH and the octets that their ICV covers, none of it computed by espy.

usage: make_ah_vectors.py CAPTURES > ah-vectors.txt     CAPTURES holds the laboratory's folders (ah-only/wire.pcap, ah-only/truth.json …)
       make_ah_vectors.py --check ah-vectors.txt

Two kinds of packets. Those of a real Linux kernel (6.1), muted by Scapy's zero_mutable_fields() and proven: a HMAC over the muted octets
with the laboratory's key must give the ICV that the kernel sent. And those that Scapy's SecurityAssociation made, for what no capture has:
every class of IPv4 option, IPv6 extension headers, nested AH. Where Scapy's muting stops short of RFC 4302 (IPv4 source routes, Home
Address, segment routing) the expected header is Scapy's of the packet as its receiver sees it, written out by hand.

A line: name, AH header's index among the security headers, ICV size, old header (0 or 1), content that was opened before
(index:next header:offset:size or -), frame from its IP header on, covered header, key's hash, key, ESN high half or -.
"""

import hashlib
import hmac
import json
import pathlib
import sys

from scapy.all import ICMP, IP, IPOption, TCP, UDP, Ether, IPv6, Raw, conf, rdpcap
from scapy.layers.inet import IPOption_LSRR, IPOption_RR, IPOption_Router_Alert, IPOption_SSRR, IPOption_Security, IPOption_Timestamp
from scapy.layers.inet6 import (HAO, HBHOptUnknown, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, Pad1, PadN,
                                RouterAlert)
from scapy.layers.ipsec import AH, ESP, SecurityAssociation, zero_mutable_fields

conf.verb = 0
KEY = bytes(range(1, 33))
SPI, SEQUENCE, ICV_SIZE = 0x301, 9, 16
LABORATORY = [  # folder, capture, how many frames, which first
    ("ah-only", "wire.pcap", 3, 0),
    ("ah-esn", "wire.pcap", 2, 0),
    ("ah-tunnel", "wire.pcap", 2, 0),
    ("ah-routed-ttl-dscp", "wire.pcap", 2, 0),
    ("ah-routed-ttl-dscp", "wire-b.pcap", 2, 0),
    ("classic-ah-md5-esp-aescbc", "wire.pcap", 2, 0),
    ("classic6-ah-sha256-esp-aescbc", "wire.pcap", 3, 0),
]


def icv_of(name, key, covered, size):
    return hmac.new(key, covered, name).digest()[:size]


def covered_header(packet, sending=False, icv_size=ICV_SIZE):
    """The muted header up to the end of AH, and what follows it. Padding behind the ICV is covered as it was sent, which Scapy cannot know of
    a packet that it reads: Linux leaves there what its buffer held."""
    muted = bytes(zero_mutable_fields(packet.copy(), sending=sending))
    end = len(muted) - len(packet[AH].payload)
    padding = packet[AH].icv[icv_size:]
    return muted[:end - len(padding)] + padding, muted[end:]


def line(name, index, icv_size, old, opened, frame, header, hash_name, key, esn="-"):
    print(name, index, icv_size, old, opened, frame.hex(), header.hex(), hash_name, key.hex(), esn)


def laboratory(folder):
    for name, capture, count, first in LABORATORY:
        truth = json.loads((folder / name / "truth.json").read_text())
        keys = {int(sa["spi"], 16): sa for sa in truth["sas"] if sa["proto"] == "ah"}
        packets = [packet for packet in rdpcap(str(folder / name / capture)) if AH in packet]
        options = [packet for packet in packets if IP in packet and packet[IP].options]
        chosen = packets[first:first + count] + options[:2]
        for number, packet in enumerate(chosen):
            internet = packet[IPv6] if IPv6 in packet and packet[IPv6].underlayer == packet.getlayer(Ether) else packet[IP]
            raw = bytes(internet)
            frame = internet.__class__(raw[:internet.len if IP in packet and internet is packet[IP] else internet.plen + 40])
            sa = keys[frame[AH].spi]
            hash_name, size = sa["auth"][5:-1], sa["auth_trunc"] // 8
            header, following = covered_header(frame, icv_size=size)
            esn = high_half(truth, sa, header + following, hash_name, frame[AH].icv[:size])
            proven(name, sa, hash_name, header + following, esn, raw, size)
            line(f"{name}/{capture}/{number}", 0, size, 0, "-", bytes(frame), header, hash_name, key_of(sa), esn)


def key_of(sa):
    return bytes.fromhex(sa["auth_key"][2:])


def wire_icv(raw, size):
    """The ICV by its place: AH stands behind the IP header of these packets."""
    at = (raw[0] & 15) * 4 if raw[0] >> 4 == 4 else 40
    return raw[at + 12:at + 12 + size]


def high_half(truth, sa, covered, hash_name, icv):
    if not sa["esn"]:
        return "-"
    for high in range(0, 64):
        if icv_of(hash_name, key_of(sa), covered + high.to_bytes(4, "big"), len(icv)) == icv:
            return str(high)
    sys.exit("no high half of the sequence number verifies")


def proven(name, sa, hash_name, covered, esn, raw, size):
    tail = b"" if esn == "-" else int(esn).to_bytes(4, "big")
    if icv_of(hash_name, key_of(sa), covered + tail, size) != wire_icv(raw, size):
        sys.exit(f"{name}: the kernel's ICV is not the HMAC of the muted octets")


def secured(packet, spi=SPI):
    association = SecurityAssociation(AH, spi=spi, seq_num=SEQUENCE, auth_algo="SHA2-256-128", auth_key=KEY)
    return association.encrypt(packet)


def scapy_case(name, packet, changed=None, expected=None):
    """`changed` alters the sent packet as a router would; `expected` is the packet at its receiver where Scapy does not go there itself."""
    if expected is not None:
        sent = place_ah(packet)
        header, _ = covered_header(place_ah(expected))
    else:
        sent = secured(packet)
        header, following = covered_header(sent.__class__(bytes(sent)), sending=True)
        if sent[AH].icv[:ICV_SIZE] != icv_of("sha256", KEY, header + following, ICV_SIZE):
            sys.exit(f"{name}: Scapy disagrees with itself")
    if changed:
        changed(sent)
    line(name, 0, ICV_SIZE, 0, "-", bytes(sent), header, "sha256", KEY)


def place_ah(packet):
    """AH with an ICV of eleven-s: for what Scapy cannot sign."""
    sent = secured(packet)
    sent[AH].icv = b"\x11" * len(sent[AH].icv)
    return sent.__class__(bytes(sent))


def ipv4(options, **fields):
    return IP(src="192.0.2.1", dst="192.0.2.2", id=0x1234, ttl=64, options=options, **fields) / UDP(sport=40001, dport=5900) / Raw(b"espy ah vector")


def ipv6(*headers, source="2001:db8::1", destination="2001:db8::2"):
    packet = IPv6(src=source, dst=destination, tc=0x2e, fl=0x12345, hlim=64)
    for header in headers:
        packet = packet / header
    return packet / UDP(sport=40001, dport=5900) / Raw(b"espy ah vector")


def router(packet):
    if IP in packet:
        packet[IP].ttl, packet[IP].tos = 61, 0xb9
        del packet[IP].chksum
    else:
        packet[IPv6].hlim, packet[IPv6].tc, packet[IPv6].fl = 61, 0, 0x54321


def ipv4_cases():
    scapy_case("ipv4-plain", ipv4([]), router)
    scapy_case("ipv4-flags-tos", ipv4([], flags="DF", tos=0xb8), router)
    scapy_case("ipv4-security", ipv4([IPOption_Security()]), router)
    scapy_case("ipv4-router-alert", ipv4([IPOption_Router_Alert()]), router)
    scapy_case("ipv4-record-route", ipv4([IPOption_RR(routers=["0.0.0.0", "0.0.0.0"])]), router)
    scapy_case("ipv4-timestamp", ipv4([IPOption_Timestamp(length=8, pointer=9, oflw=0, flg=0, timestamp=1)]), router)
    scapy_case("ipv4-nop-unknown-end", ipv4([IPOption(b"\x01"), IPOption(b"\x5e\x04\xaa\xbb"), IPOption(b"\x00")]), router)
    scapy_case("ipv4-immutable-all", ipv4([IPOption(b"\x85\x04\x01\x02"), IPOption(b"\x86\x06\x01\x02\x03\x04"), IPOption(b"\x95\x06\xe0\x00\x00\x01")]), router)
    scapy_case("ipv4-stream-id-traceroute", ipv4([IPOption(b"\x88\x04\x12\x34"), IPOption(b"\x52\x04\x12\x34")]), router)
    for name, option in (("loose", IPOption_LSRR), ("strict", IPOption_SSRR)):
        route = option(pointer=4, routers=["198.51.100.7", "192.0.2.2"])
        sent, there = ipv4([route]), ipv4([route])
        sent[IP].dst = "198.51.100.1"
        scapy_case(f"ipv4-{name}-route", sent, router, expected=there)
        used = option(pointer=12, routers=["198.51.100.1", "198.51.100.7"])
        scapy_case(f"ipv4-{name}-route-used", ipv4([used]), router, expected=ipv4([used]))


def ipv6_cases():
    scapy_case("ipv6-plain", ipv6(), router)
    mutable, fixed = HBHOptUnknown(otype=0x3e, optdata=b"\xaa\xbb\xcc\xdd"), HBHOptUnknown(otype=0x1e, optdata=b"\x01\x02\x03\x04")
    scapy_case("ipv6-hop-by-hop", ipv6(IPv6ExtHdrHopByHop(options=[RouterAlert(), mutable, fixed, Pad1(), PadN(optdata=b"\x00")])), router)
    scapy_case("ipv6-destination", ipv6(IPv6ExtHdrDestOpt(options=[mutable, fixed])), router)
    scapy_case("ipv6-both-options", ipv6(IPv6ExtHdrHopByHop(options=[mutable]), IPv6ExtHdrDestOpt(options=[fixed])), router)
    via = ["2001:db8::7", "2001:db8::8", "2001:db8::2"]
    scapy_case("ipv6-routing-0", ipv6(IPv6ExtHdrRouting(type=0, segleft=3, addresses=via), destination="2001:db8::6"), router)
    half_way = IPv6ExtHdrRouting(type=0, segleft=1, addresses=["2001:db8::6", "2001:db8::7", "2001:db8::2"])
    there = IPv6ExtHdrRouting(type=0, segleft=0, addresses=["2001:db8::6", "2001:db8::7", "2001:db8::8"])
    scapy_case("ipv6-routing-0-half-way", ipv6(half_way, destination="2001:db8::8"), router, expected=ipv6(there))
    scapy_case("ipv6-routing-2", ipv6(IPv6ExtHdrRouting(type=2, segleft=1, addresses=["2001:db8::2"]), destination="2001:db8::c0"), router)
    scapy_case("ipv6-routing-done", ipv6(there), router, expected=ipv6(there))
    segments = b"\x00\x04\x04%c\x01\x00\x00\x00" + bytes.fromhex("20010db8000000000000000000000002" "20010db8000000000000000000000007")
    segment_routing("ipv6-routing-4", segments, "2001:db8::7")
    home = ipv6(IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\x00\x00"), HAO(hoa="2001:db8::1")]), source="2001:db8::c0")
    swapped = ipv6(IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\x00\x00"), HAO(hoa="2001:db8::c0")]))
    scapy_case("ipv6-home-address", home, router, expected=swapped)
    atomic()


def segment_routing(name, octets, destination):
    """RFC 8754's header as raw octets behind the IPv6 header, before AH."""
    template = place_ah(ipv6(destination=destination))
    ah = bytes(template[AH])
    for_wire = octets.replace(b"%c", b"\x01")
    at_end = octets.replace(b"%c", b"\x00")
    build = lambda route, final: bytes(IPv6(src="2001:db8::1", dst=final, tc=0x2e, fl=0x12345, hlim=64, nh=43, plen=40 + len(ah))) + b"\x33" + route[1:] + ah
    header = bytearray(build(at_end, "2001:db8::2")[:-len(template[AH].payload)])
    header[0:4], header[7] = b"\x60\x00\x00\x00", 0
    header[-len(template[AH].icv):] = bytes(len(template[AH].icv))
    line(name, 0, ICV_SIZE, 0, "-", build(for_wire, destination), bytes(header), "sha256", KEY)


def atomic():
    """A Fragment header that cuts nothing is no part of what AH covers."""
    sent = secured(ipv6())
    header, _ = covered_header(sent.__class__(bytes(sent)), sending=True)
    ah = bytes(sent[AH])
    fragment = bytes(IPv6ExtHdrFragment(nh=51, id=77))
    frame = bytes(IPv6(src="2001:db8::1", dst="2001:db8::2", tc=0x2e, fl=0x12345, hlim=64, nh=44, plen=8 + len(ah))) + fragment + ah
    line("ipv6-atomic-fragment", 0, ICV_SIZE, 0, "-", frame, header, "sha256", KEY)


def nested_cases():
    inner = secured(ipv4([], flags="DF"), spi=0x302)
    inner_header, _ = covered_header(inner.__class__(bytes(inner)))
    outer = secured(inner.__class__(bytes(inner)), spi=0x301)
    outer_header, _ = covered_header(outer.__class__(bytes(outer)))
    line("ipv4-nested-outer", 0, ICV_SIZE, 0, "-", bytes(outer), outer_header, "sha256", KEY)
    line("ipv4-nested-inner", 1, ICV_SIZE, 0, "-", bytes(outer), inner_header, "sha256", KEY)
    inner6 = secured(ipv6(IPv6ExtHdrHopByHop(options=[RouterAlert()])), spi=0x302)
    header6, _ = covered_header(inner6.__class__(bytes(inner6)), sending=True)
    ah = bytes(inner6[AH])
    esp = bytes(ESP(spi=0x201, seq=7)) + ah + b"\x01\x02\x02\x33" + bytes(16)
    hop = bytes(inner6)[40:48]
    frame = bytes(IPv6(src="2001:db8::1", dst="2001:db8::2", tc=0x2e, fl=0x12345, hlim=64, nh=0, plen=8 + len(esp))) + b"\x32" + hop[1:] + esp
    line("ipv6-in-esp", 1, ICV_SIZE, 0, f"0:51:56:{len(ah)}", frame, header6, "sha256", KEY)
    tunnel = IP(src="198.51.100.1", dst="198.51.100.2", ttl=9) / inner.__class__(bytes(inner))
    header, _ = covered_header(inner.__class__(bytes(inner)))
    line("ipv4-in-ipip", 0, ICV_SIZE, 0, "-", bytes(tunnel), header, "sha256", KEY)


def old_case():
    """RFC 1826 section 3.1, by hand: next header, length in words of the ICV alone, reserved, SPI, sixteen octets of ICV."""
    payload = bytes(UDP(sport=40001, dport=5900) / Raw(b"espy ah vector"))
    ah = b"\x11\x04\x00\x00" + (0x301).to_bytes(4, "big")
    sent = IP(src="192.0.2.1", dst="192.0.2.2", id=0x1234, ttl=61, tos=8, proto=51) / Raw(ah + b"\x11" * 16 + payload)
    there = IP(src="192.0.2.1", dst="192.0.2.2", id=0x1234, ttl=0, tos=0, proto=51, chksum=0, len=len(sent))
    line("ipv4-old-header", 0, ICV_SIZE, 1, "-", bytes(sent), bytes(there) + ah + bytes(16), "sha256", KEY)


def check(path):
    """The kernel's packets of the file once more, without Scapy: HMAC over the header of the line and the frame's own rest."""
    count = 0
    for words in (text.split() for text in pathlib.Path(path).read_text().splitlines() if text and text[0] != "#"):
        name, _, size, _, _, frame, header, hash_name, key, esn = words
        if "/" not in name:
            continue
        raw, header, tail = bytes.fromhex(frame), bytes.fromhex(header), b"" if esn == "-" else int(esn).to_bytes(4, "big")
        if icv_of(hash_name, bytes.fromhex(key), header + raw[len(header):] + tail, int(size)) != wire_icv(raw, int(size)):
            sys.exit(f"{name}: the ICV does not verify")
        count += 1
    print(f"{count} ICVs of kernels verify")


def main():
    if sys.argv[1:2] == ["--check"]:
        return check(sys.argv[2])
    print("# Made by make_ah_vectors.py, which says what the columns are.")
    laboratory(pathlib.Path(sys.argv[1]))
    ipv4_cases()
    ipv6_cases()
    nested_cases()
    old_case()


main()
