#!/usr/bin/env python3
"""[limits] of espy's TOML holds for verify, dump and watch alike, what has no room is told with the key that raises it, and mistakes name their line.

usage: limits_test.py ESPY
"""

import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

from checks import Checks

ETHERNET = bytes.fromhex("02000000000b02000000000a0800")
PROTECT = '[[protect]]\nfrom = "10.0.0.1"\nto = "10.0.0.2"\n'


def ipv4(protocol, payload, ends=(1, 2)):
    addresses = [bytes([10, 0, 0, end]) for end in ends]
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, *addresses)
    total = sum(struct.unpack("!10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return header[:10] + struct.pack("!H", ~total & 0xFFFF) + header[12:] + payload


def leak(index):
    return ipv4(17, struct.pack("!HHHH", 1024 + index, 53, 12, 0) + b"data")


def esp(index):
    ends = (1, 2) if index % 2 == 0 else (2, 1)
    return ipv4(50, struct.pack("!II", 0x1000 + index, 1) + bytes((index * 37 + at * 101) % 256 for at in range(32)), ends)


def write_capture(path, frames):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for index, packet in enumerate(frames):
            frame = ETHERNET + packet
            file.write(struct.pack("<IIII", 1_700_000_000 + index // 1000, index % 1000 * 1000, len(frame), len(frame)) + frame)


def run(espy, *arguments):
    environment = {"PATH": os.environ["PATH"], "TERM": "dumb", "LC_ALL": "C.UTF-8"}
    return subprocess.run([espy, *map(str, arguments)], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, env=environment, check=False)


def report(espy, configuration, capture, *options):
    return json.loads(run(espy, "verify", "--json", *options, "-c", configuration, capture).stdout)


class Files:
    def __init__(self, folder):
        self.folder = folder
        self.leaks = folder / "leaks.pcap"
        self.spis = folder / "spis.pcap"
        write_capture(self.leaks, [leak(index) for index in range(200)])
        write_capture(self.spis, [esp(index) for index in range(50)] + [ipv4(1, bytes.fromhex("0800f7ff00000000"), (8, 9))])

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path


def check_flows(espy, files, checks):
    few = files.write("few.toml", f"{PROTECT}[limits]\nflows = 16\n")
    for jobs in (1, 3):
        limited = report(espy, few, files.leaks, "--jobs", jobs)
        checks.equal(f"jobs {jobs}: flows not kept", limited["limits"]["flows"], 200 - 16)
        checks.equal(f"jobs {jobs}: all are counted", limited["packets"]["leaked"], 200)
        checks.equal(f"jobs {jobs}: flows listed", len(limited["leaks"]), 16)
        checks.equal(f"jobs {jobs}: verdict", limited["verdict"], "violated")
    text = run(espy, "verify", "-c", few, files.leaks).stdout
    checks.true("the report names the key", re.search(r"184 flows not kept[^;]*;\s+\[limits\] flows", text))
    usual = report(espy, files.write("usual.toml", PROTECT), files.leaks)
    checks.equal("by default all are kept", (usual["limits"]["flows"], len(usual["leaks"])), (0, 200))
    checks.equal("dump prints all", run(espy, "dump", "-c", few, files.leaks).stdout.count("[leaked"), 200)
    shown = run(espy, "watch", "--once", "--view", "capture", "--size", "120x60", "-c", few, files.leaks).stdout
    checks.true(f"the capture view shows it: {shown}", re.search(r"flows +16 +16 +184 ", shown))
    checks.true("and what is not full", re.search(r"held +0 +65(\.5k|536|,536) +0 ", shown))


def check_associations(espy, files, checks):
    few = files.write("associations.toml", f"{PROTECT}[limits]\nassociations = 16\n")
    usual = files.write("usual.toml", PROTECT)
    before, limited = report(espy, usual, files.spis), report(espy, few, files.spis)
    checks.equal("SAs not kept", limited["limits"]["associations"], 50 - 16)
    checks.equal("the usual verdict", before["verdict"], "protected")
    checks.equal("verdict", limited["verdict"], "inconclusive")
    checks.equal("reasons", limited["reasons"], ["capture.limit"])
    advice = [finding["advice"] for finding in limited["findings"] if finding["code"] == "capture.limit"]
    checks.true(f"advice: {advice}", len(advice) == 1 and "'associations' in [limits]" in advice[0])
    checks.equal("--strict does not make it better", report(espy, few, files.spis, "--strict")["verdict"], "inconclusive")


def check_screen(espy, files, checks):
    few = files.write("rows.toml", f"{PROTECT}[limits]\nrows = 16\nevents = 64\nsamples = 0\n")
    overview = run(espy, "watch", "--once", "--size", "120x100", "-c", few, files.leaks).stdout
    checks.equal("rows of the overview", len(re.findall(r"^.*10\.0\.0\.1:\d+ > .* r1 +in clear$", overview, re.MULTILINE)), 16)
    checks.true("and of how many", "200 flows, 16 shown" in overview)
    capture = run(espy, "watch", "--once", "--view", "capture", "--size", "120x60", "-c", few, files.leaks).stdout
    checks.true(f"events: {capture}", re.search(r"events +\d+ +64 +\d+ ", capture))


def check_mistakes(espy, files, checks):
    for text, message in (("[limits]\nflows = 0\n", "{}:2:9: flows of [limits] is not a number from 16 to 16777216"),
                          ("[limits]\nflow = 20\n", "{}:2:1: [limits] has no key 'flow'; did you mean 'flows'?")):
        wrong = files.write("wrong.toml", text)
        for command in (["verify"], ["dump"], ["watch", "--once"], ["lint"]):
            done = run(espy, *command, "-c", wrong, *([] if command == ["lint"] else [files.leaks]))
            checks.true(f"{command}: {done.stderr}", done.returncode == 2 and message.format(wrong) in done.stderr)
    one, other = files.write("one.toml", "[limits]\nheld = 20\n"), files.write("other.toml", "[limits]\nheld = 21\n")
    done = run(espy, "verify", "-c", one, "-c", other, files.leaks)
    checks.true(f"two files: {done.stderr}", done.returncode == 2 and f"{other}:2: held of [limits] is 21 here and 20 in {one}:2" in done.stderr)
    checks.true("convert keeps it", "held = 20" in run(espy, "convert", one, "--to", "toml").stdout.splitlines())


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    espy = os.path.abspath(sys.argv[1])
    checks = Checks()
    with tempfile.TemporaryDirectory() as name:
        files = Files(pathlib.Path(name))
        check_flows(espy, files, checks)
        check_associations(espy, files, checks)
        check_screen(espy, files, checks)
        check_mistakes(espy, files, checks)
    checks.finish()


if __name__ == "__main__":
    main()
