#!/usr/bin/env python3
"""ESP in TCP: which SA `espy dump` names for each segment, against the payloads that tshark shows, cut as RFC 9329 section 3 says.

usage: stream_test.py ESPY
"""

import collections
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

from checks import Checks, skip

CASE = pathlib.Path(__file__).resolve().parents[1] / "pcaps" / "algorithm-tcp"
ENDS = (("10.0.0.1", 50000, 0x1000), ("10.0.0.2", 4500, 0x2000))  # with the SPI of what each sends
SYN, ACK = 0x02, 0x10
PREFIX = b"IKETCP"
FIELDS = ["frame.number", "frame.time_epoch", "ip.src", "ip.dst", "tcp.seq", "tcp.len", "tcp.payload"]


def message(content):
    return struct.pack(">H", len(content) + 2) + content


def esp(spi, number, size=120):
    return message(struct.pack(">II", spi, number) + bytes((number * 37 + index) % 251 | 1 for index in range(size)))


def ike():
    return message(bytes(4) + bytes(range(1, 17)) + bytes([33, 0x20, 34, 8]) + struct.pack(">II", 0, 28))


def checksum(octets):
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Talk:
    """Segments of one connection, a hundredth of a second apart."""

    def __init__(self):
        self.records = []
        self.sequence = [1000, 5000]

    def send(self, way, payload=b"", flags=ACK):
        source, target = ENDS[way], ENDS[1 - way]
        tcp = struct.pack(">HHIIBBHHH", source[1], target[1], self.sequence[way], self.sequence[1 - way], 0x50, flags, 65535, 0, 0) + payload
        addresses = b"".join(bytes(map(int, end[0].split("."))) for end in (source, target))
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), len(self.records), 0, 64, 6, 0) + addresses
        head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
        self.records.append(bytes(12) + b"\x08\x00" + head + tcp)
        self.sequence[way] += len(payload) + (1 if flags & SYN else 0)
        return self

    def open(self):
        return self.send(0, flags=SYN).send(1, flags=SYN | ACK).send(0)

    def write(self, path, first=0):
        octets = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
        for index, record in enumerate(self.records[first:]):
            octets += struct.pack("<IIII", 1_700_000_000 + index // 100, index % 100 * 10_000, len(record), len(record)) + record
        path.write_bytes(octets)
        return path


def usual():
    talk = Talk().open().send(0, PREFIX + ike()).send(1).send(1, ike())
    for number in range(1, 30, 3):
        for way, (_, _, spi) in enumerate(ENDS):
            stream = b"".join(esp(spi, number + more) for more in range(3))
            # One, a part of the next, and the rest with one more.
            for begin, end in ((0, 130), (130, 200), (200, len(stream))):
                talk.send(way, stream[begin:end])
        talk.send(0)
    return talk


def answer_before_proof():
    """The only message of the server came before the client's prefix."""
    talk = Talk().open().send(1, esp(0x2000, 1)).send(0, PREFIX)
    for number in range(1, 8):
        talk.send(0, esp(0x1000, number)).send(1)
    return talk


def answers_by_turns():
    """Joined late: neither side is known before its third message."""
    talk = Talk()
    for number in range(1, 10):
        talk.send(0, esp(0x1000, number)).send(1, esp(0x2000, number, 200))
        talk.send(0, esp(0x1000, 100 + number))
    return talk


def run(*words, status=0):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, check=False)
    if status is not None and done.returncode != status:
        raise RuntimeError(f"{words}: status {done.returncode}: {done.stderr}")
    return done.stdout


Segment = collections.namedtuple("Segment", "frame time source target sequence size payload")


def segments(path):
    words = ["tshark", "-r", path, "-d", "tcp.port==4500,data", "-o", "tcp.desegment_tcp_streams:FALSE", "-T", "fields", "-E", "separator=|"]
    for line in run(*words, *(word for field in FIELDS for word in ("-e", field))).splitlines():
        frame, time, source, target, sequence, size, payload = line.split("|")
        yield Segment(int(frame), time, source, target, int(sequence), int(size), bytes.fromhex(payload))


def ended(path):
    """SPIs of the messages that end in each frame; IKE is None."""
    held = collections.defaultdict(bytes)
    found = collections.defaultdict(list)
    for segment in segments(path):
        held[segment.source] += segment.payload
        if PREFIX.startswith(held[segment.source][:6]):
            held[segment.source] = held[segment.source][6:]
        while len(stream := held[segment.source]) >= 2 and len(stream) >= (size := int.from_bytes(stream[:2], "big")):
            spi = int.from_bytes(stream[2:6], "big")
            found[segment.frame].append(spi or None)
            held[segment.source] = stream[size:]
    return found


def dumped(espy, path, *options):
    lines = [json.loads(line) for line in run(espy, "dump", "--json", *options, path).splitlines()]
    return {line["frame"]: line for line in lines}


def association(spi, segment):
    return f"esp 0x{spi:08x} {segment.source} > {segment.target}"


def check(espy, checks, name, path, *options):
    shown = dumped(espy, path, *options)
    ends = ended(path)
    expected, found = {}, {}
    for segment in segments(path):
        spis = {spi for spi in ends[segment.frame] if spi}
        named = shown[segment.frame].get("association")
        if spis:
            expected[segment.frame] = association(max(spis), segment)
            found[segment.frame] = named
        elif segment.size == 0:
            checks.equal(f"{name}: frame {segment.frame} without octets", (named, shown[segment.frame]["class"]), (None, "control"))
        elif named:
            checks.true(f"{name}: frame {segment.frame} goes as {named}", named.endswith(f"{segment.source} > {segment.target}"))
    checks.equal(f"{name}: the SA of each segment that ends a message", found, expected)
    return ends


def check_counts(espy, checks, name, path, ends, *options):
    report = json.loads(run(espy, "verify", "--json", *options, path, status=None))
    counts = {int(row["spi"], 16): row["packets"] for row in report["associations"]}
    expected = collections.Counter(spi for spis in ends.values() for spi in spis if spi)
    checks.equal(f"{name}: packets of each SA", {spi: count for spi, count in counts.items() if count}, dict(expected))


def check_opened(espy, folder, checks):
    """Each packet has the time of the segment that it ends in, and none is called a part of another."""
    output = folder / "opened.pcapng"
    run(espy, "decrypt", "-c", CASE / "keys.toml", CASE / "wire.pcap", "-w", output)
    wire = [segment.time for segment in segments(CASE / "wire.pcap")]
    checks.equal("opened: times", run("tshark", "-r", output, "-T", "fields", "-e", "frame.time_epoch").split(), wire)
    comments = run("tshark", "-r", output, "-T", "fields", "-e", "frame.comment").splitlines()
    checks.equal("opened: not opened", [comment for comment in comments if "ICV good" not in comment], [])


def main():
    if shutil.which("tshark") is None:
        skip("tshark is not installed")
    espy = pathlib.Path(sys.argv[1]).resolve()
    checks = Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        ends = check(espy, checks, "algorithm-tcp", CASE / "wire.pcap", "-c", CASE / "keys.toml")
        check_counts(espy, checks, "algorithm-tcp", CASE / "wire.pcap", ends, "-c", CASE / "keys.toml")
        check_opened(espy, folder, checks)
        for talk, first in ((usual, 0), (usual, 6), (answer_before_proof, 0), (answers_by_turns, 0)):
            what = f"{talk.__name__} from {first}"
            path = talk().write(folder / "talk.pcap", first)
            check_counts(espy, checks, what, path, check(espy, checks, what, path))
    checks.finish()


main()
