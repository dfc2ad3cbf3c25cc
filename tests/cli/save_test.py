#!/usr/bin/env python3
"""What `W` in the dashboard saves of a leak or an SA of capture files, against tshark on the same files and the counts of the report.

usage: save_test.py ESPY
"""

import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from checks import Checks, skip
from terminal import Terminal

CASES = pathlib.Path(__file__).resolve().parents[1] / "pcaps"
CONFIGURATION = ("xfrm", "setkey", "keys", "espy")

# Case, what the filter of the pane finds, and the same for tshark. SAs: AH and ESP, IPv6, VLAN, UDP and TCP encapsulation, fragments, two files,
# one SA inside another, whose frames show the outer one.
ASSOCIATIONS = [
    ("leak-telnet", "spi:200", "esp.spi == 0x200"),
    ("algorithm-ah-hmac-sha1", "spi:2000", "ah.spi == 0x2000"),
    ("classic6-ah-esp", "spi:201", "esp.spi == 0x201"),
    ("vlan", "spi:201", "esp.spi == 0x201"),
    ("natt-transport", "spi:200", "esp.spi == 0x200"),
    ("algorithm-tcp", "spi:1000", "tcp.dstport == 4500 && tcp.len > 0"),
    ("algorithm-nested", "spi:1100", "esp.spi == 0x1000"),
    ("algorithm-aes-gcm", "spi:201", "esp.spi == 0x201"),
]
# Frames that carry fragments: tshark counts the datagrams, and the frames are those of the fragments.
FRAGMENTED = [
    ("frag-transport", "spi:200", "esp.spi == 0x200", "ip.src == 10.0.0.1"),
    ("frag6-transport", "spi:201", "esp.spi == 0x201", "ipv6.src == fd00::2"),
]
LEAKS = [
    ("leak-telnet", "src:10.0.0.1 port:23", "ip.src == 10.0.0.1 && tcp.dstport == 23", "ip.dst == 10.0.0.1 && tcp.srcport == 23"),
    ("missing-ah", "src:10.0.0.1", "ip.src == 10.0.0.1 && esp", "ip.src == 10.0.0.2 && esp"),
    ("esp-null-found", "src:10.0.0.1", "ip.src == 10.0.0.1 && esp", "ip.src == 10.0.0.2 && esp"),
    ("clear-fragments", "src:10.0.0.1", "ip.src == 10.0.0.1 && (udp.dstport == 514 || ip.frag_offset > 0 || ip.flags.mf == 1) && ip.proto == 17", None),
]
WHOLE = ["-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-o", "esp.enable_null_encryption_decode_heuristic:FALSE"]


def run(*words, status=0):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, check=False)
    if status is not None and done.returncode != status:
        raise RuntimeError(f"{words}: status {done.returncode}: {done.stderr}")
    return done.stdout


def tshark(path, shown, *options):
    return run("tshark", "-r", path, *WHOLE, *(["-Y", shown] if shown else []), *options)


def frames(paths, shown=None):
    """When each came, how long it was, and all its octets."""
    found = []
    for path in paths:
        times = tshark(path, shown, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len").splitlines()
        octets = tshark(path, shown, "-x").strip().split("\n\n")
        found += zip(times, octets)
    return found


def datagrams(paths, shown):
    return sum(len(run("tshark", "-r", path, "-Y", shown, "-T", "fields", "-e", "frame.number").splitlines()) for path in paths)


class Saver:
    def __init__(self, espy, case, folder):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=folder))
        self.captures = sorted((CASES / case).glob("*.pcap*"))
        files = (path for path in sorted((CASES / case).iterdir()) if path.name.startswith(CONFIGURATION))
        self.options = [word for path in files for word in ("-c", str(path))]
        self.espy = espy

    def save(self, pane, wanted, given=None):
        """The sentence of the screen and the file."""
        words = " ".join(map(str, [self.espy, "watch", *self.options, *(given or self.captures)]))
        with Terminal(self.folder, (120, 40)) as terminal:
            terminal.type(words)
            terminal.wait_for(r"capture ok: \d+ packets.*", words)
            terminal.wait_for(r"(PROTECTED|VIOLATED|INCONCLUSIVE)(?! *so far)", words)
            self.select(terminal, pane, wanted)
            terminal.press("W")
            said = terminal.wait_for(r"saved (espy-packets-\d+\.pcapng): (.*\S)|no packet of this.*|the files have no.*", f"{words}: W")
            terminal.press("q")
        return said.group(2) or said.group(0), self.folder / (said.group(1) or "nothing")

    @staticmethod
    def select(terminal, pane, wanted):
        """The pane of SAs has those of the requirement that is selected in the first one."""
        for _ in range(4):
            terminal.press(pane)
            terminal.type(f"/{wanted}")
            terminal.wait_for(rf"\A(?s:(?!\n/ ).)*filter:? {wanted}(?s:(?!\n/ ).)*\Z", "the filter, and its prompt gone")
            title = terminal.wait_for(rf"^.\[{pane} .*\]\W+(\d+ of \d+|.* flow)", f"the title of pane {pane}").group(1)
            if not title.startswith("0 of"):
                return
            terminal.press("Escape")
            terminal.wait_for(rf"\A(?s:(?!filter).)*\Z", "the filter gone")
            terminal.press("1", "j")
        raise RuntimeError(f"{wanted}: not found:\n{terminal.text()}")

    def report(self):
        return json.loads(run(self.espy, "verify", "--json", *self.options, *self.captures, status=None))


def check_association(espy, folder, checks, case, wanted, shown):
    saver = Saver(espy, case, folder)
    said, file = saver.save("2", wanted)
    expected = frames(saver.captures, shown)
    spi = int(wanted.split(":")[1], 16)
    protocol = "ah" if shown.startswith("ah") else "esp"
    counted = sum(row["packets"] for row in saver.report()["associations"] if int(row["spi"], 16) == spi and row["protocol"] == protocol)
    checks.equal(f"{case} {wanted}: said", said, f"{len(expected)} packets")
    checks.equal(f"{case} {wanted}: the report's count", len(expected), counted)
    checks.true(f"{case} {wanted}: frames, times and octets", frames([file]) == expected)
    comments = tshark(file, None, "-T", "fields", "-e", "frame.comment").splitlines()
    checks.true(f"{case} {wanted}: a comment on each", len(comments) == len(expected) and all(comments))
    checks.equal(f"{case}: nothing unfinished is left", [path.name for path in saver.folder.glob("*.unfinished")], [])


def check_fragments(espy, folder, checks, case, wanted, shown, sent):
    saver = Saver(espy, case, folder)
    said, file = saver.save("2", wanted)
    checks.equal(f"{case}: datagrams", datagrams([file], shown), datagrams(saver.captures, shown))
    count = sum(row["packets"] for row in saver.report()["associations"] if int(row["spi"], 16) == int(shown.split("0x")[1], 16))
    checks.equal(f"{case}: datagrams of the report", datagrams([file], shown), count)
    fragment = "(ip.flags.mf == 1 || ip.frag_offset > 0 || ipv6.fraghdr)" if sent.startswith("ip.") else "ipv6.fraghdr"
    expected = frames(saver.captures, f"{sent} && (esp || {fragment})")
    checks.equal(f"{case}: said", said, f"{len(expected)} packets")
    checks.true(f"{case}: every fragment", frames([file]) == expected)


def check_leak(espy, folder, checks, case, wanted, shown, answers):
    saver = Saver(espy, case, folder)
    said, file = saver.save("3", wanted)
    own, other = frames(saver.captures, shown), frames(saver.captures, answers) if answers else []
    checks.equal(f"{case}: said", said, f"{len(own)} packets" + (f" and {len(other)} of the other direction" if other else ""))
    checks.true(f"{case}: the report's count", len(own) in [row["packets"] for row in saver.report()["leaks"]])
    found = frames([file])
    checks.true(f"{case}: frames, times and octets", collections.Counter(found) == collections.Counter(own + other))
    checks.true(f"{case}: in the order of the capture", found == sorted(found, key=lambda frame: frame[0].split("\t")[0]))


def check_several(espy, folder, checks):
    """Two files, one of them compressed and one of them pcapng, are one capture."""
    saver = Saver(espy, "leak-telnet", folder)
    original = saver.captures[0]
    middle = len(frames([original])) // 2
    first, second = saver.folder / "first.pcap", saver.folder / "second.pcapng"
    run("editcap", "-F", "pcap", "-r", original, first, f"1-{middle}")
    run("editcap", "-F", "pcapng", "-r", original, second, f"{middle + 1}-1000000")
    run("gzip", first)
    said, file = saver.save("2", "spi:200", [f"{first}.gz", second])
    expected = frames([original], "esp.spi == 0x200")
    checks.equal("two files: said", said, f"{len(expected)} packets")
    checks.true("two files: frames", frames([file]) == expected)


def check_input(espy, folder, checks):
    """Standard input cannot be read again."""
    saver = Saver(espy, "leak-telnet", folder)
    said, file = saver.save("3", "src:10.0.0.1 port:23", ["-", "<", saver.captures[0]])
    checks.equal("standard input: said", said, "the first 8 of 10 packets; standard input cannot be read again")
    checks.equal("standard input: packets", len(frames([file])), 8)


def main():
    for program in ("tmux", "tshark", "editcap"):
        if shutil.which(program) is None:
            skip(f"{program} is not installed")
    espy = str(pathlib.Path(sys.argv[1]).resolve())
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        for case in ASSOCIATIONS:
            check_association(espy, folder, checks, *case)
        for case in FRAGMENTED:
            check_fragments(espy, folder, checks, *case)
        for case in LEAKS:
            check_leak(espy, folder, checks, *case)
        check_several(espy, folder, checks)
        check_input(espy, folder, checks)
    checks.finish()


main()
