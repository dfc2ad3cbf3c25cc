#!/usr/bin/env python3
"""Packets that come faster than espy may read them: what was lost is counted, told, and weighs on the verdict (V23).

usage: drops_test.py ESPY
"""

import json
import re
import sys
import time

from network import CASES, Checks, Network, capture_of, need

CASE = "aead-gcm"
PACKETS = 35
FLOOD = ["--topspeed", "--loop", "200"]  # 7,000 packets, 1.8 MB: some times what the ring holds
SMALL_RING = ["-B", "512"]  # even a slow stream is too much for it when the reader waits for a processor
SECONDS = 6
COUNTS = re.compile(r"in0: (\d+) packets captured, (\d+) dropped by the kernel")


def configuration():
    return ["-c", str(CASES / CASE / "esp_sa")]


def verify(espy, network, flood):
    """The report of a run of which the reader was stopped while packets came."""
    limits = [*SMALL_RING, "--count", "100"] if flood else ["--count", str(PACKETS)]
    live = network.start(espy, "verify", *configuration(), *limits, "-i", "in0", "--json")
    live.wait_for("listening on")
    if flood:
        live.stop()
    network.replay(capture_of(CASE), "out0", *(FLOOD if flood else []))
    live.go_on()
    status = live.end()
    return status, json.loads("\n".join(live.out))


def check_verdict(espy, checks):
    with Network() as network:
        status, calm = verify(espy, network, flood=False)
        checks.equal("a reader that keeps up: exit status", status, 0)
        checks.equal("a reader that keeps up: dropped", calm["capture"]["sources"][0]["dropped_by_kernel"], 0)
        checks.equal("a reader that keeps up: packets", calm["packets"]["total"], PACKETS)
        status, flooded = verify(espy, network, flood=True)
        checks.equal("a stopped reader: exit status", status, 3)
        checks.true("a stopped reader: dropped", flooded["capture"]["sources"][0]["dropped_by_kernel"] > 0)
        checks.equal("a stopped reader: packets", flooded["packets"]["total"], 100)
        checks.true("a stopped reader: reasons", "capture.drops" in flooded["reasons"])
        checks.equal("a stopped reader: verdicts", {row["verdict"] for row in flooded["requirements"]}, {"inconclusive"})


def check_sum(espy, checks):
    """Captured and dropped are what was sent, none twice and none forgotten."""
    for _ in range(3):
        with Network() as network:
            live = network.start(espy, "dump", *SMALL_RING, "-i", "in0", "--for", f"{SECONDS}s")
            live.wait_for("listening on")
            began = time.monotonic()
            live.stop()
            sent = network.replay(capture_of(CASE), "out0", *FLOOD)
            live.go_on()
            in_time = time.monotonic() - began < SECONDS - 1
            status = live.end()
        if in_time:
            break
    checks.equal("dump: exit status", status, 0)
    captured, dropped = next((int(found[1]), int(found[2])) for line in live.err if (found := COUNTS.search(line)))
    checks.equal("dump: lines", len(live.out), captured)
    checks.true("dump: dropped", dropped > 0)
    checks.equal("dump: captured and dropped", captured + dropped, sent)


def main():
    need("tcpreplay")
    checks = Checks()
    check_verdict(sys.argv[1], checks)
    check_sum(sys.argv[1], checks)
    checks.finish()


main()
