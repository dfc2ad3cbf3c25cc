#!/usr/bin/env python3
"""`espy dump` with keys against `tcpdump -E` on the same captures, `-x` and `-X` against tcpdump's, and what was decrypted against `espy decrypt`.

usage: dump_test.py ESPY
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

CASES = pathlib.Path(__file__).resolve().parents[1] / "pcaps"
SKIPPED = 77

# Captures of kernels with what tcpdump 4.99 can open and prints as espy does: CBC with ICVs of 96 bits.
LIKE_TCPDUMP = ["algorithm-aes-cbc", "algorithm-linux-hmac-sha1", "algorithm-3des-cbc", "algorithm-camellia-cbc", "algorithm-ah-outside-esp",
                "algorithm-ah6-outside-esp", "algorithm-fragments-tunnel", "classic-ah-esp-sll", "classic6-ah-esp-any", "natt-odd-port", "vlan"]
# Without keys, each octet of the packets: in the clear and secured, over Ethernet and cooked links, IPv4 and IPv6, fragments.
OCTETS = ["clear-only", "clear-only-any", "clear-fragments", "classic6-ah-esp", "classic-ah-esp-sll", "algorithm-fragments"]
OPENED = [("algorithm-aes-cbc", 33), ("tunnel-gw", None), ("algorithm-fragments", 10), ("algorithm-tcp", 20), ("algorithm-ah-outside-esp", 38)]
HEX_LINE = re.compile(r"\t0x[0-9a-f]{4}:  ")
CLASS = re.compile(r"  \[[^\]]*\]$")


def run(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, check=False)


def configuration(case):
    files = (path for path in sorted((CASES / case).iterdir()) if path.name.startswith(("xfrm-state", "setkey", "keys")))
    return [word for path in files for word in ("-c", str(path))]


def capture(case):
    return str(next(iter(sorted((CASES / case).glob("*.pcap*")))))


def dump(espy, case, *options, keys=True):
    ended = run(espy, "dump", "-t", *options, *(configuration(case) if keys else []), capture(case))
    if ended.returncode != 0:
        raise RuntimeError(f"{case}: dump {options}: status {ended.returncode}: {ended.stderr}")
    return [line if HEX_LINE.match(line) else CLASS.sub("", line) for line in ended.stdout.splitlines()]


def tcpdump(path, *options):
    # Started by root it gives its rights up before it reads the keys, which nobody else may read.
    user = ["-Z", "root"] if os.geteuid() == 0 else []
    ended = run("tcpdump", *user, "-t", "-n", "-S", *options, "-r", str(path))
    if ended.returncode != 0:
        raise RuntimeError(f"tcpdump {options} {path}: {ended.stderr}")
    return ended.stdout.splitlines()


def differences(case, what, expected, found):
    if not expected:
        yield f"{case}: {what}: tcpdump printed nothing"
    for number, (one, other) in enumerate(zip(expected, found), 1):
        if one != other:
            yield f"{case}: {what}: line {number}: tcpdump {one!r}, espy {other!r}"
            return
    if len(expected) != len(found):
        yield f"{case}: {what}: tcpdump has {len(expected)} lines, espy {len(found)}"


def check_lines(espy, folder):
    for case in LIKE_TCPDUMP:
        keys = folder / f"{case}.keys"
        keys.write_text(run(espy, "convert", *configuration(case), "--show-keys", "--to", "tcpdump").stdout)
        expected = tcpdump(capture(case), "-E", f"file {keys}")
        if not any(re.search(r"ESP\(.*\), length \d+: ", line) for line in expected):
            yield f"{case}: tcpdump opened nothing"
        yield from differences(case, "-E", expected, dump(espy, case))


def check_octets(espy, _folder):
    for case in OCTETS:
        for option in ("-x", "-X"):
            expected = [line for line in tcpdump(capture(case), option) if HEX_LINE.match(line)]
            found = [line for line in dump(espy, case, option, keys=False) if line.startswith("\t")]
            yield from differences(case, option, expected, found)


def octets(lines):
    """The packets' octets and the word above each of them, of lines that do not belong to octets."""
    found = []
    for line in lines:
        if not HEX_LINE.match(line):
            found.append((line.strip(), []))
        elif found:
            found[-1][1].append(line)
    return [(above, rows) for above, rows in found if rows]


def check_decrypted(espy, folder):
    for case, count in OPENED:
        output = folder / f"{case}.pcapng"
        run(espy, "decrypt", *configuration(case), capture(case), "-w", str(output))
        shown = octets(dump(espy, case, "-X"))
        inside = [rows for above, rows in shown if above == "decrypted:"]
        written = [rows for _, rows in octets(tcpdump(output, "-X"))]
        if not inside or (count is not None and len(inside) != count):
            yield f"{case}: -X shows {len(inside)} decrypted packets instead of {count}"
        if any(rows not in written for rows in inside):
            yield f"{case}: -X shows other packets than decrypt writes"
        if {above for above, _ in shown} - {"decrypted:", "on the wire:"}:
            yield f"{case}: octets of which nothing says what they are"
        wire = [rows for _, rows in octets(tcpdump(capture(case), "-X"))]
        if any(rows not in wire for above, rows in shown if above == "on the wire:"):
            yield f"{case}: -X shows other octets as those on the wire"
        plain = [(above, rows) for above, rows in octets(dump(espy, case, "-x"))]
        if [rows for _, rows in plain] != [rows for _, rows in octets(tcpdump(capture(case), "-x"))] or {above for above, _ in plain} != {"on the wire:"}:
            yield f"{case}: -x with keys is not what was on the wire"
        both = octets(dump(espy, case, "-x", "-X"))
        if sum(above == "decrypted:" for above, _ in both) != len(inside) or sum(above == "on the wire:" for above, _ in both) != len(wire):
            yield f"{case}: -x -X does not show both"


def integrity(espy, case, *options, keys=True):
    ended = run(espy, "dump", "--json", *options, *(configuration(case) if keys else []), capture(case))
    packets = [json.loads(line) for line in ended.stdout.splitlines()]
    return {value: sum(packet["integrity"] == value for packet in packets) for value in ("good", "bad", "unchecked", "none", None)}


def check_integrity(espy, _folder):
    # 35 frames, two of them ARP.
    told = integrity(espy, "algorithm-aes-gcm")
    if (told["good"], told[None], told["bad"]) != (33, 2, 0):
        yield f"algorithm-aes-gcm: {told}"
    told = integrity(espy, "algorithm-aes-gcm", keys=False)
    if (told["unchecked"], told[None]) != (33, 2):
        yield f"algorithm-aes-gcm without keys: {told}"
    # Ten datagrams in thirty fragments, and two ARP frames.
    told = integrity(espy, "algorithm-fragments")
    if (told["good"], told[None]) != (30, 2):
        yield f"algorithm-fragments: {told}"
    told = integrity(espy, "diagnosis-auth-key")
    ended = run(espy, "dump", "-t", *configuration("diagnosis-auth-key"), capture("diagnosis-auth-key"))
    if told["bad"] == 0 or ended.stdout.count(" ICV bad]\n") != told["bad"]:
        yield f"diagnosis-auth-key: {told}, and {ended.stdout.count(' ICV bad]')} lines that say it"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if not shutil.which("tcpdump"):
        print("tcpdump is not installed")
        return SKIPPED
    problems = []
    with tempfile.TemporaryDirectory() as name:
        for group in (check_lines, check_octets, check_decrypted, check_integrity):
            problems += group(sys.argv[1], pathlib.Path(name))
    print("\n".join(problems) or f"{len(LIKE_TCPDUMP)} captures as tcpdump -E prints them")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
