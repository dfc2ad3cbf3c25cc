#!/usr/bin/env python3
"""Counts AH and ESP per (source, destination, SPI) with espy and with tshark, and prints every difference.

usage: compare_with_tshark.py ESPY [CAPTURE...]

Without captures: every tests/pcaps/*/*.pcap, and all below the folder that the environment variable ESPY_CAPTURES names. Exit status 0 when
they agree, 1 when they do not, 77 when tshark is not installed.

How the two are made comparable: reassembly is off in tshark, so that a fragmented datagram counts once, by the fragment that holds its
header; a header that an ICMP error quotes belongs to no association and is left out; of several layers of AH and ESP in one frame each
counts, with the addresses of the IP header next outside it.
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
# What tshark 4.0 does not read as ESP, by the case's folder.
UNREADABLE = {"algorithm-tcp": "ESP in TCP (RFC 9329)", "algorithm-wesp": "WESP (RFC 5840)"}
MAGICS = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x0a\x0d\x0d\x0a")
TSHARK = ["tshark", "-n", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-o", "esp.enable_null_encryption_decode_heuristic:FALSE",
          "-T", "fields", "-E", "occurrence=a", "-E", "separator=/t", "-Y", "esp or ah"]
FIELDS = ["frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "esp.spi", "ah.spi"]


class Values:
    """The occurrences of each field in one frame, taken in the order of the layers."""

    def __init__(self, line):
        columns = (line + "\t" * len(FIELDS)).split("\t")
        self.lists = {field: columns[index].split(",") if columns[index] else [] for index, field in enumerate(FIELDS)}

    def take(self, field):
        values = self.lists[field]
        return values.pop(0) if values else None


def headers_of(line):
    """Walks the layers of a frame from outside in and yields (protocol, SPI, source, destination) of each AH and ESP header."""
    values = Values(line)
    source = destination = None
    for layer in line.split("\t")[0].split(":"):
        if layer in ("ip", "ipv6"):
            source, destination = values.take(f"{layer}.src"), values.take(f"{layer}.dst")
        elif layer in ("icmp", "icmpv6"):
            return  # what follows is quoted
        elif layer in ("esp", "ah"):
            spi = values.take(f"{layer}.spi")
            if spi:
                yield layer, f"0x{int(spi, 0):08x}", source, destination


def count_with_tshark(capture):
    command = [*TSHARK, "-r", str(capture)]
    for field in FIELDS:
        command += ["-e", field]
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return collections.Counter(header for line in output.splitlines() for header in headers_of(line))


def count_with_espy(espy, capture):
    ended = subprocess.run([espy, "verify", "--json", str(capture)], capture_output=True, text=True, check=False)
    report = json.loads(ended.stdout)
    if "associations" not in report:
        raise ValueError(f"espy could not run: {ended.stdout[:300]}")
    counts = collections.Counter()
    for row in report["associations"]:
        if row["packets"]:
            counts[row["protocol"], row["spi"], row["source"], row["destination"]] += row["packets"]
    return counts


def compare(espy, capture):
    try:
        ours, theirs = count_with_espy(espy, capture), count_with_tshark(capture)
    except ValueError as error:
        return 0, [f"{capture}: {error}"]
    problems = [f"{capture}: {' '.join(map(str, key))}: espy {ours[key]}, tshark {theirs[key]}"
                for key in sorted(ours.keys() | theirs.keys(), key=str) if ours[key] != theirs[key]]
    return sum(theirs.values()), problems


def is_capture(path):
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) in MAGICS


def default_captures():
    captures = [path for path in sorted((HERE.parent / "pcaps").rglob("*.pcap")) if path.parent.name not in UNREADABLE]
    for name, what in UNREADABLE.items():
        print(f"left out: {name}: {what}")
    more = os.environ.get("ESPY_CAPTURES")
    return captures + sorted(filter(is_capture, pathlib.Path(more).rglob("*"))) if more else captures


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if shutil.which("tshark") is None:
        print("skipped: tshark is not installed")
        return SKIPPED
    captures = [pathlib.Path(name) for name in sys.argv[2:]] or default_captures()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        results = list(workers.map(lambda capture: compare(sys.argv[1], capture), captures))
    for _, problems in results:
        for problem in problems:
            print(problem)
    differing = sum(1 for _, problems in results if problems)
    print(f"{len(captures)} captures, {sum(count for count, _ in results)} AH and ESP headers, {differing} captures differ")
    return 1 if differing or not captures else 0


if __name__ == "__main__":
    sys.exit(main())
