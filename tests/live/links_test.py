#!/usr/bin/env python3
"""Interfaces that go down, come back, are removed and made again; several at once; all of them; one direction.

usage: links_test.py ESPY
"""

import json
import re
import signal
import sys

from network import CASES, Checks, Network, capture_of, need

CASE = "classic-ah-esp"
PACKETS = 86
SETKEY = ["-c", str(CASES / CASE / "setkey.conf")]


def check_coming_back(espy, checks):
    with Network() as network:
        live = network.start(espy, "dump", "-i", "in0")
        live.wait_for("listening on in0 .EN10MB.")
        network.replay(capture_of(CASE))
        live.wait_for_lines(PACKETS)
        network.set_link("in0", "down")
        live.wait_for(r"in0 went down at \d\d:\d\d:\d\d UTC$")
        network.set_link("in0", "up")
        live.wait_for("in0 went down at .* and is back since")
        network.replay(capture_of(CASE))
        live.wait_for_lines(2 * PACKETS)
        network.remove_pair(0)
        live.wait_for(r"in0 was removed at \d\d:\d\d:\d\d UTC$")
        network.add_pair(0)
        live.wait_for("in0 was removed at .* and is back since")
        network.replay(capture_of(CASE))
        live.wait_for_lines(3 * PACKETS)
        checks.equal("dump: exit status", live.end(signal.SIGINT), 0)
        checks.equal("dump: lines", len(live.out), 3 * PACKETS)
        checks.true("dump: counts", any("in0: 258 packets captured, 0 dropped by the kernel" in line for line in live.err))


def verify(espy, network, disturb):
    live = network.start(espy, "verify", *SETKEY, "-i", "in0", "--count", str(PACKETS), "--json")
    live.wait_for("listening on")
    disturb(live)
    network.replay(capture_of(CASE))
    return live.end(), json.loads("\n".join(live.out))


def flap(network):
    def disturb(live):
        network.set_link("in0", "down")
        network.set_link("in0", "up")
        live.wait_for("in0 went down at .* and is back since")

    return disturb


def check_verdict(espy, checks):
    with Network() as network:
        status, calm = verify(espy, network, lambda live: None)
        checks.equal("a link that stays: exit status", status, 0)
        checks.equal("a link that stays: verdict", calm["verdict"], "protected")
        status, disturbed = verify(espy, network, flap(network))
        checks.equal("a link that was down: exit status", status, 3)
        checks.equal("a link that was down: reasons", disturbed["reasons"], ["capture.interrupted"])
        messages = [finding["message"] for finding in disturbed["findings"] if finding["code"] == "capture.interrupted"]
        checks.true("a link that was down: message", re.fullmatch(r"in0 went down at .* UTC and is back since .*; what passed meanwhile was not seen.",
                                                                   messages[0]))


def check_bridge(espy, checks):
    """What a bridge tells of its ports is no interruption; made again with its old index, an interface is opened again."""
    with Network() as network:
        live = network.start(espy, "dump", "-i", "in0")
        live.wait_for("listening on")
        network.inside("ip", "link", "add", "bridge", "type", "bridge")
        network.inside("ip", "link", "set", "in0", "master", "bridge")
        network.inside("ip", "link", "set", "in0", "nomaster")
        network.replay(capture_of(CASE))
        live.wait_for_lines(PACKETS)
        checks.equal("a port of a bridge: lines", [line for line in live.err if "listening" not in line], [])
        index = network.inside("cat", "/sys/class/net/in0/ifindex").strip()
        network.inside("sh", "-c", f"ip link del in0; ip link add out0 type veth peer name in0 index {index}; ip link set out0 up; ip link set in0 up arp off")
        live.wait_for("in0 was removed at .* and is back since")
        before = len(live.out)
        network.replay(capture_of(CASE))
        live.wait_for_lines(before + PACKETS)
        checks.equal("the same index: exit status", live.end(signal.SIGINT), 0)


def check_several(espy, checks):
    with Network(2) as network:
        live = network.start(espy, "verify", *SETKEY, "-i", "in0", "-i", "in1", "--count", str(2 * PACKETS), "--json")
        live.wait_for("listening on in0")
        live.wait_for("listening on in1")
        network.replay(capture_of(CASE), "out0")
        network.replay(capture_of(CASE), "out1")
        checks.equal("two interfaces: exit status", live.end(), 0)
        report = json.loads("\n".join(live.out))
        checks.equal("two interfaces: packets", [(source["name"], source["packets"]) for source in report["capture"]["sources"]],
                     [("in0", PACKETS), ("in1", PACKETS)])
        checks.equal("two interfaces: total", report["packets"]["total"], 2 * PACKETS)


def check_idle(espy, checks):
    """With two interfaces a leak waits a second for its ESP on the other one (V21); not for the next packet."""
    with Network(2) as network:
        live = network.start(espy, "dump", "--protect", "10.0.0.1", "10.0.0.2", "-i", "in0", "-i", "in1")
        live.wait_for("listening on in1")
        sent = network.replay(capture_of("clear-only"), "out0")
        live.wait_for_lines(sent)
        live.end(signal.SIGINT)
        checks.equal("an idle link: lines", len(live.out), sent)
        checks.true("an idle link: leaks", sum("[leaked " in line for line in live.out) > sent / 2)


def check_order(espy, checks):
    """Packets of two interfaces that are sent at the same time come in the order of their times."""
    with Network(2) as network:
        live = network.start(espy, "dump", "-tttt", "-i", "in0", "-i", "in1")
        live.wait_for("listening on in1")
        sender = network.start("tcpreplay", "-q", "-i", "out0", str(capture_of(CASE)))
        network.replay(capture_of(CASE), "out1")
        sender.end()
        live.wait_for_lines(2 * PACKETS)
        live.end(signal.SIGINT)
        times = [line[:26] for line in live.out]
        checks.equal("two interfaces: order", times, sorted(times))
        checks.equal("two interfaces: lines", len(times), 2 * PACKETS)


def check_any(espy, checks):
    with Network() as network:
        live = network.start(espy, "dump", "-t", "-i", "any", "--count", str(2 * PACKETS))
        live.wait_for("listening on any .LINUX_SLL2.")
        network.replay(capture_of(CASE))
        checks.equal("any: exit status", live.end(), 0)
        ways = [tuple(line.split()[:2]) for line in live.out]
        checks.equal("any: going out", ways.count(("out0", "Out")), PACKETS)
        checks.equal("any: coming in", sum(name == "in0" for name, _ in ways), PACKETS)


def check_direction(espy, checks):
    with Network() as network:
        seen = {}
        for way, end in (("in", "in0"), ("out", "out0")):
            live = network.start(espy, "dump", "-Q", way, "-p", "-i", "out0", "-i", "in0", "--count", str(PACKETS))
            live.wait_for("listening on in0")
            network.replay(capture_of(CASE))
            checks.equal(f"-Q {way}: exit status", live.end(), 0)
            seen[way] = [line for line in live.err if re.search(rf"{end}: {PACKETS} packets captured", line)]
        checks.true("-Q in: packets of the end that they come to", seen["in"])
        checks.true("-Q out: packets of the end that they leave by", seen["out"])


def check_refusals(espy, checks):
    with Network() as network:
        network.set_link("in0", "down")
        for words, expected in ((["-i", "none"], "there is no interface 'none'; there are: "),
                                (["-i", "in0"], "the interface 'in0' is not up; ip link set in0 up"),
                                (["-i", "out0", "-i", "out0"], "the interface out0 was given twice"),
                                (["-i", "any", "-i", "out0"], "-i any listens on all interfaces")):
            live = network.start(espy, "dump", *words)
            checks.equal(f"{words}: exit status", live.end(), 2)
            checks.true(f"{words}: {live.err}", any(expected in line for line in live.err))


def main():
    espy = sys.argv[1]
    need("tcpreplay")
    checks = Checks()
    for check in (check_coming_back, check_verdict, check_bridge, check_several, check_idle, check_order, check_any, check_direction, check_refusals):
        check(espy, checks)
    checks.finish()


main()
