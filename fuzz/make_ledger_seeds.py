#!/usr/bin/env python3
"""Makes the seeds of ledger_fuzz whose packets its keys open, from captures of tests/pcaps and from octets put together here.

usage: make_ledger_seeds.py        (writes fuzz/corpus/ledger/keyed-*)
"""

import pathlib
import struct
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEEDS = ROOT / "fuzz/corpus/ledger"

POLICIES, ASSOCIATIONS, TAP, KEYS, KEYED, EXTENDED = 1, 2, 4, 32, 64, 128
ETHERNET, RAW = 0, 1
FRAMES = 10

# The case whose packets are taken, what the first octet of its seed chooses, and how many of its packets are left out: the numbers of
# esn-wrap-gcm wrap in the midst of those taken.
CASES = {
    "aes-cbc": (POLICIES | TAP | KEYS | KEYED, 0),
    "ipcomp": (KEYS | KEYED, 0),
    "ah-outside-esp": (POLICIES | KEYS | KEYED, 0),
    "ah-hmac-md5": (TAP | KEYS | KEYED | EXTENDED, 0),
    "esn-wrap-gcm": (TAP | KEYS | EXTENDED, 28),
    "nested": (POLICIES | KEYS | KEYED, 0),
    "tcp": (KEYS | KEYED, 0),
}


def frames_of(path):
    octets = path.read_bytes()
    offset = 24
    while offset < len(octets):
        size = struct.unpack_from("<I", octets, offset + 8)[0]
        yield octets[offset + 16:offset + 16 + size]
        offset += 16 + size


def is_secured(frame):
    if frame[12:14] == b"\x86\xdd":
        return frame[20] in (50, 51)
    return frame[12:14] == b"\x08\x00" and frame[23] in (50, 51, 6)


def entry(frame, link):
    return bytes([link, 0, 1, 0]) + struct.pack(">H", len(frame)) + frame


def checksum(octets):
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def ipv4(source, destination, protocol, payload):
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0, bytes(source), bytes(destination))
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + payload


def esp(spi, sequence, content, next_header):
    pad = -(len(content) + 2) % 4
    return struct.pack(">II", spi, sequence) + content + bytes(range(1, pad + 1)) + bytes([pad, next_header])


def null_frames():
    """NULL without ICV: what is inside stands there as it is."""
    a, b, left, right = (10, 0, 0, 1), (10, 0, 0, 2), (10, 1, 0, 7), (10, 2, 0, 9)
    tcp = struct.pack(">HHIIBBHHH", 40000, 23, 1, 0, 0x50, 0x18, 1024, 0, 0) + b"login: "
    udp = struct.pack(">HHHH", 1000, 53, 12, 0) + b"data"
    echo = b"\x08\x00" + struct.pack(">H", checksum(b"\x08\x00\x00\x00\x00\x01\x00\x01")) + b"\x00\x01\x00\x01"
    deflate = zlib.compressobj(wbits=-15)
    compressed = b"\x06\x00\x00\x02" + deflate.compress(tcp + bytes(64)) + deflate.flush()
    contents = [(tcp, 6), (udp, 17), (echo, 1), (ipv4(left, right, 6, tcp), 4), (b"", 59),
                (compressed, 108), (esp(0x400, 9, tcp, 6), 50)]
    for sequence, (content, next_header) in enumerate(contents, 1):
        yield ipv4(a, b, 50, esp(0x400, sequence, content, next_header))
        yield ipv4(b, a, 50, esp(0x400, sequence, content, next_header))
    tunnel = ipv4(left, right, 17, udp)
    yield ipv4((192, 0, 2, 1), (192, 0, 2, 2), 50, esp(0x401, 1, tunnel, 4))
    yield tunnel


def main():
    for case, (choice, skipped) in CASES.items():
        frames = [frame for frame in frames_of(ROOT / f"tests/pcaps/algorithm-{case}/wire.pcap") if is_secured(frame)]
        seed = bytes([choice]) + b"".join(entry(frame, ETHERNET) for frame in frames[skipped:skipped + FRAMES])
        (SEEDS / f"keyed-{case}").write_bytes(seed)
    plain = b"".join(entry(frame, RAW) for frame in null_frames())
    (SEEDS / "keyed-null").write_bytes(bytes([POLICIES | TAP | KEYS | KEYED]) + plain)
    (SEEDS / "keyed-null-inferred").write_bytes(bytes([KEYS | KEYED]) + plain)


main()
