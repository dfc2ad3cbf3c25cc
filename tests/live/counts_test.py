#!/usr/bin/env python3
"""Captures of tests/pcaps, replayed into an interface: `espy verify -i` reports what it reports of the file.

usage: counts_test.py ESPY [CASE...]

Compared is the whole JSON report but for what a replay cannot keep: times, names of files, and what a live capture knows of drops.
"""

import concurrent.futures
import json
import re
import subprocess
import sys

from network import CASES, Checks, Network, capture_of, need

# Ethernet, below a second, and of each kind: headers, modes, families, fragments, keys, leaks.
USUAL = ["classic-ah-esp", "classic6-ah-esp", "aead-gcm", "ah-only-esp-demanded", "ah-tunnel", "algorithm-esn-wrap-cbc", "algorithm-fragments",
         "algorithm-fragments6", "algorithm-tcp", "algorithm-tunnel-6in4", "algorithm-udp", "algorithm-wesp", "algorithm-nested", "before-nat",
         "bypass-icmp-demanded", "clear-fragments", "clear-only", "diagnosis-damage", "neighbour-far", "vlan"]
LANES = 4
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def plain(value, key=""):
    """The report without what a replay changes."""
    if isinstance(value, dict):
        return {name: plain(one, name) for name, one in value.items()
                if name not in ("command", "sources", "name" if key == "source" else "")}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return TIME.sub("TIME", value) if isinstance(value, str) else value


def report(text):
    read = json.loads(text)
    return read, plain(read)


def without_file(case):
    command = json.loads((CASES / case / "case.json").read_text())["command"]
    words = [word for word in command if word != capture_of(case).name and word != "verify"]
    return [str(CASES / case / word) if (CASES / case / word).is_file() else word for word in words]


def run_case(espy, network, lane, case):
    from_file = subprocess.run([espy, "verify", *without_file(case), str(capture_of(case)), "--json"], capture_output=True, text=True, check=False)
    expected, plain_expected = report(from_file.stdout)
    total = expected["packets"]["total"]
    live = network.start(espy, "verify", *without_file(case), "-i", f"in{lane}", "--count", str(total), "--json")
    live.wait_for("listening on")
    network.replay(capture_of(case), f"out{lane}")
    status = live.end()
    found, plain_found = report("\n".join(live.out))
    return [(f"{case}: exit status", status, from_file.returncode), (f"{case}: report", plain_found, plain_expected),
            (f"{case}: source", found["capture"]["sources"][0]["packets"], total),
            (f"{case}: octets", found["capture"]["sources"][0]["bytes"], expected["capture"]["sources"][0]["bytes"])]


def differing(found, expected, path=""):
    """Where two reports differ, for people."""
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in sorted(found.keys() | expected.keys()):
            yield from differing(found.get(key), expected.get(key), f"{path}.{key}")
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for index, pair in enumerate(zip(found, expected)):
            yield from differing(*pair, f"{path}[{index}]")
    elif found != expected:
        yield f"{path}: expected {expected!r}, found {found!r}"


def main():
    espy, cases = sys.argv[1], sys.argv[2:] or USUAL
    need("tcpreplay")
    checks = Checks()
    with Network(LANES) as network, concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        lanes = [cases[lane::LANES] for lane in range(LANES)]
        jobs = [pool.submit(lambda lane=lane: [run_case(espy, network, lane, case) for case in lanes[lane]]) for lane in range(LANES)]
        for job in jobs:
            for results in job.result():
                for what, found, expected in results:
                    checks.equal(what, found == expected, True)
                    for line in list(differing(found, expected))[:3] if found != expected else []:
                        print(f"{what}{line}")
    checks.finish()


main()
