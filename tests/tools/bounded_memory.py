#!/usr/bin/env python3
"""Hostile traffic must not buy memory: more than a million distinct leaking flows, which is more than espy keeps, and a million unknown SPIs are
read within 256 MiB of resident memory, and the report counts what it could not keep.

usage: bounded_memory.py ESPY

A build with AddressSanitizer needs a multiple of that, so there the test is that twice the traffic takes no more memory.
"""

import json
import os
import pathlib
import resource
import struct
import subprocess
import sys
import tempfile

LIMIT_KIB = 256 * 1024
MILLION = 1_000_000
ETHERNET = bytes.fromhex("02000000000b02000000000a0800")
PROTECT = ["--protect", "10.0.0.1", "10.0.0.2"]


def ipv4(protocol, payload):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
    total = sum(struct.unpack("!10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return header[:10] + struct.pack("!H", ~total & 0xFFFF) + header[12:] + payload


def flow(index):
    return ipv4(17, struct.pack("!HHHH", 1024 + index % 60000, 5000 + index // 60000, 12, 0) + b"data")


def unknown_spi(index):
    return ipv4(50, struct.pack("!II", 0x1000 + index, 1) + b"\xa5" * 24)


def write(path, make, count):
    with open(path, "wb", buffering=1 << 20) as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for index in range(count):
            frame = ETHERNET + make(index)
            file.write(struct.pack("<IIII", 1_700_000_000 + index // 100_000, index % 100_000 * 10, len(frame), len(frame)) + frame)


def run(espy, capture):
    """The report and the largest resident size in KiB of one run."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writer, 1)
        os.execv(espy, [espy, "verify", *PROTECT, "--json", str(capture)])
    os.close(writer)
    with os.fdopen(reader) as output:
        report = json.load(output)
    usage = os.wait4(child, 0)[2]
    return report, usage.ru_maxrss


def is_sanitized(espy):
    return "asan" in subprocess.run(["ldd", espy], capture_output=True, text=True, check=False).stdout


def check(espy, folder, name, make, limit_name, leaked, counts):
    complaints = []
    sanitized = is_sanitized(espy)
    counts = counts if sanitized else [max(MILLION, counts[0])]
    sizes = []
    for count in counts:
        capture = folder / f"{name}.pcap"
        write(capture, make, count)
        report, size = run(espy, capture)
        sizes.append(size)
        print(f"{name}: {count} packets, {size} KiB, {limit_name} not kept: {report['limits'][limit_name]}")
        if report["packets"]["total"] != count or report["packets"]["leaked"] != (count if leaked else 0):
            complaints.append(f"{name}: wrong packet counts {report['packets']}")
        if report["limits"][limit_name] == 0:
            complaints.append(f"{name}: the report does not say that {limit_name} overflowed")
    if sanitized and sizes[1] > sizes[0] * 1.15:
        complaints.append(f"{name}: twice the traffic took {sizes[1]} KiB after {sizes[0]} KiB")
    if not sanitized and sizes[0] > LIMIT_KIB:
        complaints.append(f"{name}: {sizes[0]} KiB are more than {LIMIT_KIB} KiB")
    return complaints


def main():
    espy = sys.argv[1]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        complaints = check(espy, pathlib.Path(folder), "flows", flow, "flows", leaked=True,
                           counts=[MILLION * 106 // 100, MILLION * 13 // 10])
        complaints += check(espy, pathlib.Path(folder), "SPIs", unknown_spi, "associations", leaked=False,
                            counts=[MILLION // 10, MILLION // 5])
    print("\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
