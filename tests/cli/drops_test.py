#!/usr/bin/env python3
"""Losses that a pcapng file tells of midway: the timeline's blind column stands where they were told, and the totals are those of all.

usage: drops_test.py ESPY
"""

import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

from checks import Checks, skip

CASE = pathlib.Path(__file__).resolve().parents[1] / "pcaps" / "rekey"
LABEL = 7  # cells ahead of a row of the timeline
WIDTH = 100


def option(code, value):
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def header():
    section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    return section + block(1, struct.pack("<HHI", 1, 0, 0))


def packet(time, data, lost=None):
    options = b"" if lost is None else option(4, struct.pack("<Q", lost))
    body = struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(data), len(data)) + data + bytes(-len(data) % 4)
    return block(6, body + options)


def statistics(time, by_kernel, by_interface=0):
    body = struct.pack("<III", 0, time >> 32, time & 0xFFFFFFFF)
    return block(5, body + option(5, struct.pack("<Q", by_interface)) + option(7, struct.pack("<Q", by_kernel)))


def records(path):
    """Time in microseconds and octets of each frame of a classic file."""
    octets = path.read_bytes()
    at = 24
    while at < len(octets):
        seconds, micros, size = struct.unpack_from("<III", octets, at)
        yield seconds * 1_000_000 + micros, octets[at + 16:at + 16 + size]
        at += 16 + size


def with_statistics(frames, told):
    """A file that tells at each of these times what was lost since its start."""
    told = dict(told)
    made = header()
    for time, data in frames:
        for due in [due for due in sorted(told) if due <= time]:
            made += statistics(due, *told.pop(due))
        made += packet(time, data)
    return made + b"".join(statistics(due, *told[due]) for due in sorted(told))


class Watched:
    def __init__(self, espy, folder, jobs):
        self.espy, self.folder, self.jobs = espy, folder, jobs
        self.options = [word for path in sorted(CASE.glob("*.txt")) for word in ("-c", str(path))]

    def write(self, name, octets):
        path = self.folder / name
        path.write_bytes(octets)
        return path

    def blind_cells(self, *paths):
        """Which cells of the timeline of the whole file are blind."""
        words = [self.espy, "watch", "--once", "--view", "timeline", "--size", f"{WIDTH}x40", "--ascii", "--jobs", str(self.jobs), *self.options]
        done = subprocess.run([*words, *map(str, paths)], capture_output=True, text=True, timeout=120, check=True)
        row = next(line for line in done.stdout.splitlines() if line.startswith(" blind"))
        return [cell for cell, glyph in enumerate(row[LABEL:]) if glyph == "?"]

    def lost(self, *paths):
        words = [self.espy, "verify", "--json", "--jobs", str(self.jobs), *self.options]
        done = subprocess.run([*words, *map(str, paths)], capture_output=True, text=True, timeout=120, check=False)
        sources = json.loads(done.stdout)["capture"]["sources"]
        return [(source["dropped_by_kernel"], source["dropped_by_interface"]) for source in sources]


def part(frames, share):
    begin, end = frames[0][0], frames[-1][0]
    return begin + int((end - begin) * share)


def near(cells, share):
    """One column, or two where a slice lies across their border, at this part of the timeline."""
    wanted = (WIDTH - LABEL - 1) * share
    return bool(cells) and cells[-1] - cells[0] < 3 and cells[0] - 2 <= wanted <= cells[-1] + 2


def check_statistics(watched, frames, checks):
    for share in (0.3, 0.7):
        path = watched.write("a.pcapng", with_statistics(frames, {part(frames, share): (5,)}))
        found = watched.blind_cells(path)
        checks.true(f"statistics at {share}, {watched.jobs} workers: {found}", near(found, share))
        checks.equal(f"statistics at {share}: the report", watched.lost(path), [(5, 0)])
    repeated = with_statistics(frames, {part(frames, share): (5,) for share in (0.3, 0.5, 0.8)})
    found = watched.blind_cells(watched.write("a.pcapng", repeated))
    checks.true(f"the same count again, {watched.jobs} workers: {found}", near(found, 0.3))


def check_packets(watched, frames, checks):
    """tshark says which packet tells of losses."""
    chosen = len(frames) // 3
    octets = header() + b"".join(packet(time, data, 9 if index == chosen else None) for index, (time, data) in enumerate(frames))
    path = watched.write("a.pcapng", octets)
    words = ["tshark", "-r", str(path), "-Y", "frame.drop_count", "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.drop_count"]
    time, count = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True).stdout.split()
    checks.equal("tshark: the count", int(count), 9)
    share = (float(time) * 1e6 - frames[0][0]) / (frames[-1][0] - frames[0][0])
    found = watched.blind_cells(path)
    checks.true(f"a packet at {share:.2f}, {watched.jobs} workers: {found}", near(found, share))
    checks.equal("a packet: the report", watched.lost(path), [(9, None)])


def check_end(watched, frames, checks):
    """As capture tools write them: at the end, and much later."""
    told = with_statistics(frames, {frames[-1][0] + 3_600_000_000: (4, 2)})
    found = watched.blind_cells(watched.write("a.pcapng", told))
    checks.true(f"statistics at the end, {watched.jobs} workers: {found}", near(found, 1) and max(found) >= WIDTH - LABEL - 4)
    lying = with_statistics(frames, {0: (2**64 - 1, 2**64 - 1), frames[0][0] + 1: (3,), part(frames, 0.5): (2**64 - 1,)})
    checks.equal("impossible counts", watched.lost(watched.write("a.pcapng", lying)), [(2**64 - 1, 2**64 - 1)])


def check_two_files(watched, frames, checks):
    """The first ends in the middle of all and tells of its losses there."""
    half = len(frames) // 2
    first = watched.write("a.pcapng", with_statistics(frames[:half], {frames[half - 1][0] + 1: (6,)}))
    second = watched.write("b.pcapng", with_statistics(frames[half:], {}))
    share = (frames[half - 1][0] - frames[0][0]) / (frames[-1][0] - frames[0][0])
    found = watched.blind_cells(second, first)
    checks.true(f"two files, told at {share:.2f}, {watched.jobs} workers: {found}", near(found, share))
    checks.equal("two files: the report", watched.lost(first, second), [(6, 0), (None, None)])


def main():
    if shutil.which("tshark") is None:
        skip("tshark is not installed")
    frames = list(records(CASE / "wire.pcap"))
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        for jobs in (1, 3):
            watched = Watched(str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(folder), jobs)
            checks.equal("no losses", watched.blind_cells(watched.write("a.pcapng", with_statistics(frames, {}))), [])
            check_statistics(watched, frames, checks)
            check_packets(watched, frames, checks)
            check_end(watched, frames, checks)
            check_two_files(watched, frames, checks)
    checks.finish()


main()
