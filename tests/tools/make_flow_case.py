#!/usr/bin/env python3
"""Makes tests/pcaps/opened-flows: many packets of few TCP and UDP flows inside ESP, sealed by Scapy, which is what espy deals with by flow.

usage: make_flow_case.py        (needs python3-scapy and python3-cryptography)

Two hosts in transport mode with AES-GCM, two gateways in tunnel mode with AES-CBC and HMAC-SHA-256. Between the packets stand damaged ones,
one that came late, one replayed, the decrypted copies that an endpoint shows, and plaintext of the gateways' networks. What is expected is
counted here while the packets are made.
"""

import collections
import json
import pathlib

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.ipsec import ESP, SecurityAssociation
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import PcapWriter

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "pcaps/opened-flows"
ROUNDS = 40
HOSTS = ("10.0.0.1", "10.0.0.2")
GATEWAYS = ("192.0.2.1", "198.51.100.1")
KEYS = {0x1000: bytes(range(20)), 0x1001: bytes(range(20, 40)), 0x2000: bytes(range(40, 56)), 0x2001: bytes(range(56, 72))}
AUTHENTICATION = {0x2000: bytes(range(72, 104)), 0x2001: bytes(range(104, 136))}
MACS = {"in": ("02:00:00:00:00:01", "02:00:00:00:00:02"), "out": ("02:00:00:00:00:02", "02:00:00:00:00:01")}


def association(spi):
    if spi < 0x2000:
        return SecurityAssociation(ESP, spi=spi, crypt_algo="AES-GCM", crypt_key=KEYS[spi])
    ends = GATEWAYS if spi == 0x2000 else GATEWAYS[::-1]
    return SecurityAssociation(ESP, spi=spi, crypt_algo="AES-CBC", crypt_key=KEYS[spi], auth_algo="SHA2-256-128",
                               auth_key=AUTHENTICATION[spi], tunnel_header=IP(src=ends[0], dst=ends[1]))


class Capture:
    def __init__(self):
        self.writer = PcapWriter(str(FOLDER / "wire.pcap"), linktype=1, sync=False)
        self.now = 1795294526.0
        self.counts = collections.Counter()
        self.by_spi = collections.defaultdict(collections.Counter)
        self.sas = {spi: association(spi) for spi in KEYS}

    def write(self, packet, way):
        source, destination = MACS[way]
        frame = Ether(src=source, dst=destination, type=0x0800) / Raw(bytes(packet))
        frame.time = self.now = self.now + 0.002
        self.writer.write(frame)
        self.counts["total"] += 1

    def sealed(self, spi, inner):
        return bytes(self.sas[spi].encrypt(IP(bytes(inner)), iv=None))

    def protected(self, spi, octets, way, damaged=False):
        if damaged:
            octets = octets[:-1] + bytes([octets[-1] ^ 1])
        self.write(octets, way)
        self.counts["forged" if damaged else "protected"] += 1
        self.by_spi[spi]["bad" if damaged else "good"] += 1

    def clear(self, inner, way, what):
        self.write(bytes(inner), way)
        self.counts[what] += 1


def flows(ends, number):
    forwards, backwards = ends, ends[::-1]
    size = 20 + number * 7 % 90
    yield 0, IP(src=forwards[0], dst=forwards[1], id=number) / UDP(sport=5000, dport=9) / Raw(b"\x55" * size)
    yield 1, IP(src=backwards[0], dst=backwards[1], id=number) / UDP(sport=9, dport=5000) / Raw(b"\x66" * size)
    yield 0, IP(src=forwards[0], dst=forwards[1], id=1000 + number) / TCP(sport=40000, dport=80, seq=number * 100, flags="PA") / Raw(b"x" * size)
    yield 1, IP(src=backwards[0], dst=backwards[1], id=1000 + number) / TCP(sport=80, dport=40000, ack=number, flags="A")


def main():
    capture = Capture()
    late = replayed = None
    for number in range(ROUNDS):
        for way, inner in flows(HOSTS, number):
            capture.protected(0x1000 + way, capture.sealed(0x1000 + way, inner), "in" if way else "out", damaged=number == 20 and way == 0)
        for way, inner in flows(("10.1.0.5", "10.2.0.7"), number):
            octets = capture.sealed(0x2000 + way, inner)
            if number == 10 and way == 0 and late is None:
                late = octets  # sent on in the next round
                continue
            if number == 5 and way == 0 and replayed is None:
                replayed = octets
            capture.protected(0x2000 + way, octets, "in" if way else "out", damaged=number == 25 and way == 1)
            if number > 2 and way == 1 and number not in (25,):
                capture.clear(inner, "in", "decapsulated")
        if number == 11:
            capture.protected(0x2000, late, "out")
        if number == 30:
            capture.protected(0x2000, replayed, "out")
        if number in (12, 22, 32):
            capture.clear(IP(src="10.1.0.9", dst="10.2.0.9", id=number) / UDP(sport=7000, dport=7001) / Raw(b"plain" * 9), "out", "leaked")
    capture.writer.close()
    write_configuration()
    write_case(capture)


def write_configuration():
    lines = ["#!/usr/sbin/setkey -f"]
    for spi in (0x1000, 0x1001):
        ends = HOSTS if spi == 0x1000 else HOSTS[::-1]
        lines.append(f"add {ends[0]} {ends[1]} esp {spi:#x} -m transport -E aes-gcm-16 0x{KEYS[spi].hex()};")
    for spi in (0x2000, 0x2001):
        ends = GATEWAYS if spi == 0x2000 else GATEWAYS[::-1]
        lines.append(f"add {ends[0]} {ends[1]} esp {spi:#x} -m tunnel -E aes-cbc 0x{KEYS[spi].hex()} -A hmac-sha256 0x{AUTHENTICATION[spi].hex()};")
    tunnel = f"{GATEWAYS[0]}-{GATEWAYS[1]}"
    back = f"{GATEWAYS[1]}-{GATEWAYS[0]}"
    lines += [f"spdadd {HOSTS[0]} {HOSTS[1]} any -P out ipsec esp/transport//require;",
              f"spdadd {HOSTS[1]} {HOSTS[0]} any -P in ipsec esp/transport//require;",
              f"spdadd 10.1.0.0/16 10.2.0.0/16 any -P out ipsec esp/tunnel/{tunnel}/require;",
              f"spdadd 10.2.0.0/16 10.1.0.0/16 any -P in ipsec esp/tunnel/{back}/require;"]
    (FOLDER / "setkey.conf").write_text("\n".join(lines) + "\n")


def write_case(capture):
    expect = {"verdict": "violated", "packets.total": capture.counts["total"]}
    for name in ("protected", "forged", "leaked", "decapsulated"):
        expect[f"packets.{name}"] = capture.counts[name]
    expect["packets.unverified"] = expect["packets.undecodable"] = 0
    rows = {}
    for spi, ends in ((0x1000, HOSTS), (0x1001, HOSTS[::-1]), (0x2000, GATEWAYS), (0x2001, GATEWAYS[::-1])):
        row = f"esp 0x{spi:08x} {ends[0]} > {ends[1]}"
        counts = capture.by_spi[spi]
        rows[row] = counts["good"] + counts["bad"]
        expect[f"associations[{row}].integrity_checks.good"] = counts["good"]
        expect[f"associations[{row}].integrity_checks.bad"] = counts["bad"]
        expect[f"associations[{row}].decryption.opened"] = counts["good"]
    row = f"esp 0x00002000 {GATEWAYS[0]} > {GATEWAYS[1]}"
    expect[f"associations[{row}].sequence.reordered"] = 1
    expect[f"associations[{row}].sequence.replayed"] = 1
    case = {"command": ["verify", "--unfiltered", "-c", "setkey.conf", "wire.pcap"], "exit_status": 1, "rules": ["V14", "V15", "V16", "V20"],
            "expect": expect, "associations": rows, "leaks": {"udp 10.1.0.9:7000 > 10.2.0.9:7001 plaintext": capture.counts["leaked"]},
            "findings": ["leak.plaintext", "sa.icv-bad", "sa.replay"], "absent_findings": ["policy.inner-mismatch", "sa.padding-bad", "sa.iv-reuse"]}
    (FOLDER / "case.json").write_text(json.dumps(case, indent=2) + "\n")


main()
