#!/usr/bin/env python3
"""Makes tests/pcaps/demo, what `espy watch --demo` shows: one minute at a gateway with four requirements, sealed by Scapy.

usage: make_demo_case.py        (needs python3-scapy and python3-cryptography)

  hq-dc2       a tunnel with AES-GCM whose keys are given; it is rekeyed at half time, and from second 40 on a client of the database
               speaks past it in clear, and somebody pings
  db           two hosts in transport mode with AES-GCM; some packets come late, one comes again
  hq-branch07  a tunnel with AES-CBC and HMAC-SHA-256 whose keys are not given; twelve numbers are lost
  hq-branch09  a tunnel that carries nothing

What is expected is counted here while the packets are made.
"""

import collections
import json
import pathlib
import random
import struct

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.ipsec import ESP, SecurityAssociation
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import PcapNgWriter

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "pcaps/demo"
START = 1795294526.0
SECONDS = 60
REKEY, LEAK = 30.0, 40.0
HQ, DC2, BRANCH07, BRANCH09 = "192.0.2.1", "198.51.100.1", "203.0.113.7", "203.0.113.9"
DB = ("192.0.2.21", "192.0.2.22")
MACS = ("02:00:00:00:00:01", "02:00:00:00:00:02")
PRNG = random.Random(20261121)


def key(spi, size):
    return bytes((spi * 7 + index * 13) % 256 for index in range(size))


class Association:
    def __init__(self, spi, ends, tunnel=True, cipher="AES-GCM"):
        self.spi, self.ends, self.tunnel, self.gcm = spi, ends, tunnel, cipher == "AES-GCM"
        self.keys = {"crypt_algo": cipher, "crypt_key": key(spi, 20 if self.gcm else 16)}
        if not self.gcm:
            self.keys |= {"auth_algo": "SHA2-256-128", "auth_key": key(spi + 1, 32)}
        header = {"tunnel_header": IP(src=ends[0], dst=ends[1])} if tunnel else {}
        self.sa = SecurityAssociation(ESP, spi=spi, **self.keys, **header)

    def seal(self, inner):
        iv = bytes(PRNG.randrange(256) for _ in range(8 if self.gcm else 16))
        return bytes(self.sa.encrypt(IP(bytes(inner)), iv=iv))

    def row(self):
        return f"esp 0x{self.spi:08x} {self.ends[0]} > {self.ends[1]}"


class Capture:
    def __init__(self):
        self.packets = []
        self.counts = collections.Counter()
        self.rows = collections.Counter()

    def add(self, at, octets, way):
        self.packets.append((START + at, octets, way))
        self.counts["total"] += 1

    def protect(self, at, association, inner, way, packet_class="protected"):
        self.keep(at, association, association.seal(inner), way, packet_class)

    def keep(self, at, association, octets, way, packet_class="protected"):
        self.add(at, octets, way)
        self.counts[packet_class] += 1
        self.rows[association.row()] += 1

    def leak(self, at, packet, way):
        self.add(at, bytes(packet), way)
        self.counts["leaked"] += 1

    def write(self):
        FOLDER.mkdir(parents=True, exist_ok=True)
        with PcapNgWriter(str(FOLDER / "wire.pcapng")) as writer:
            for at, octets, way in sorted(self.packets, key=lambda packet: packet[0]):
                frame = Ether(src=MACS[way], dst=MACS[1 - way], type=0x0800) / Raw(octets)
                frame.time = at
                writer.write(frame)


def startup():
    """PostgreSQL's startup message, protocol 3.0."""
    words = b"user\0billing\0database\0invoices\0application_name\0psql\0\0"
    return struct.pack(">II", 8 + len(words), 0x00030000) + words


def message(kind, body):
    return kind + struct.pack(">I", 4 + len(body)) + body


def database(capture, dc2):
    """A client and its server, inside the tunnel; after LEAK another connection past it."""
    client, server = "10.1.0.14", "10.2.0.9"
    for number in range(SECONDS * 5):
        at = number / 5 + 0.01
        sas = dc2[at >= REKEY]
        inner = IP(src=client, dst=server, id=number) / TCP(sport=49828, dport=5432, seq=number * 60, flags="PA")
        inner /= Raw(startup() if number == 0 else message(b"Q", b"select amount from invoices where id = $1\0"))
        capture.protect(at, sas[0], inner, 0)
        back = IP(src=server, dst=client, id=number) / TCP(sport=5432, dport=49828, ack=number * 60, flags="PA") / Raw(message(b"D", struct.pack(">HI", 1, 34) + bytes(34)))
        capture.protect(at + 0.004, sas[1], back, 1)
    for number in range(31):
        way = number % 2 if number < 20 else 0
        ends = (client, server) if way == 0 else (server, client)
        ports = (49822, 5432) if way == 0 else (5432, 49822)
        payload = startup() if number == 2 else message(b"Q", b"select name, iban from payee\0") if number % 3 == 0 and number else b""
        flags = "S" if number == 0 else "SA" if number == 1 else "PA" if payload else "A"
        capture.leak(LEAK + number * 0.4, IP(src=ends[0], dst=ends[1], id=7000 + number) /
                     TCP(sport=ports[0], dport=ports[1], seq=number * 20, ack=1, flags=flags) / Raw(payload), way)
    for number in range(4):
        capture.leak(LEAK + 5 + number, IP(src=client, dst=server, id=8000 + number) / ICMP(id=77, seq=number + 1) / Raw(b"abcdefgh" * 7), 0)


def databases(capture, sas):
    """Transport mode: some late, one again."""
    late, replayed = [], None
    for number in range(SECONDS * 8):
        at = number / 8 + 0.02
        inner = IP(src=DB[0], dst=DB[1], id=number) / UDP(sport=7400, dport=7400) / Raw(bytes([number % 256]) * (30 + number * 11 % 60))
        octets = sas[0].seal(inner)
        if number in (100, 101):
            late.append(octets)
            continue
        capture.keep(at, sas[0], octets, 0)
        if number == 102:
            for position, one in enumerate(late):
                capture.keep(at + 0.001 * (position + 1), sas[0], one, 0)
        if number == 50:
            replayed = octets
        if number == 400:
            capture.keep(at + 0.03, sas[0], replayed, 0)
        back = IP(src=DB[1], dst=DB[0], id=number) / UDP(sport=7400, dport=7400) / Raw(b"ok")
        capture.protect(at + 0.002, sas[1], back, 1)


def branch(capture, sas):
    """Voice between two telephones; twelve packets are lost at 25 s."""
    for number in range(SECONDS * 4):
        at = number / 4 + 0.03
        for way, (source, destination) in enumerate((("10.1.0.40", "10.7.0.40"), ("10.7.0.40", "10.1.0.40"))):
            inner = IP(src=source, dst=destination, id=number, tos=0xb8) / UDP(sport=16384, dport=16384) / Raw(bytes(40))
            octets = sas[way].seal(inner)
            if way == 1 and 100 <= number < 112:
                continue
            capture.keep(at + 0.001 * way, sas[way], octets, way, "unverified")


def main():
    dc2 = [(Association(0x9b01c2d4, (HQ, DC2)), Association(0x7be0413c, (DC2, HQ))),
           (Association(0xc3a91f02, (HQ, DC2)), Association(0x0d77be41, (DC2, HQ)))]
    db = (Association(0x4410, DB, tunnel=False), Association(0x4411, DB[::-1], tunnel=False))
    branch07 = (Association(0x70001, (HQ, BRANCH07), cipher="AES-CBC"), Association(0x70002, (BRANCH07, HQ), cipher="AES-CBC"))
    capture = Capture()
    database(capture, dc2)
    databases(capture, db)
    branch(capture, branch07)
    capture.write()
    write_configuration([*dc2[0], *dc2[1], *db])
    write_case(capture, branch07)


def write_configuration(associations):
    lines = ["# The gateway hq and what it should protect. The keys of hq-branch07 are not here.", ""]
    for name, to, gateway in (("hq-dc2", "10.2.0.0/16", DC2), ("hq-branch07", "10.7.0.0/16", BRANCH07), ("hq-branch09", "10.9.0.0/16", BRANCH09)):
        lines += ["[[protect]]", f'name = "{name}"', 'from = "10.1.0.0/16"', f'to = "{to}"', f'via = ["{HQ}", "{gateway}"]', ""]
    lines += ["[[protect]]", 'name = "db"', f'from = "{DB[0]}"', f'to = "{DB[1]}"', 'mode = "transport"', ""]
    for one in associations:
        lines += ["[[sa]]", f'source = "{one.ends[0]}"', f'destination = "{one.ends[1]}"', f"spi = {one.spi:#x}",
                  f'mode = "{"tunnel" if one.tunnel else "transport"}"', 'encryption = "aes-gcm"',
                  f'encryption_key = "0x{one.keys["crypt_key"].hex()}"', "icv_bits = 128", "replay_window = 64", ""]
    (FOLDER / "espy.toml").write_text("\n".join(lines))


def write_case(capture, branch07):
    expect = {"verdict": "violated", "packets.total": capture.counts["total"]}
    for name in ("protected", "unverified", "leaked"):
        expect[f"packets.{name}"] = capture.counts[name]
    expect["packets.forged"] = expect["packets.undecodable"] = expect["packets.unrelated"] = 0
    expect[f"associations[{branch07[1].row()}].sequence.lost"] = 12
    expect[f"associations[esp 0x00004410 {DB[0]} > {DB[1]}].sequence.reordered"] = 2
    expect[f"associations[esp 0x00004410 {DB[0]} > {DB[1]}].sequence.replayed"] = 1
    case = {"command": ["verify", "-c", "espy.toml", "wire.pcapng"], "exit_status": 1, "rules": ["V14", "V27"],
            "expect": expect, "associations": dict(capture.rows),
            "leaks": {"tcp 10.1.0.14:49822 > 10.2.0.9:5432 plaintext": 21, "tcp 10.2.0.9:5432 > 10.1.0.14:49822 plaintext": 10,
                      "icmp 10.1.0.14 > 10.2.0.9 plaintext": 4},
            "findings": ["leak.plaintext", "leak.window", "sa.gap", "sa.replay", "policy.unseen"], "absent_findings": ["sa.icv-bad"]}
    (FOLDER / "case.json").write_text(json.dumps(case, indent=2) + "\n")


main()
