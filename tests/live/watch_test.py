#!/usr/bin/env python3
"""The dashboard on an interface: what it counts is what the file holds, a terminal that stands still costs no packet, and little is sent to it.

usage: watch_test.py ESPY
"""

import fcntl
import json
import os
import pathlib
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

from network import CASES, PATIENCE, Checks, Network, capture_of, need

CASE = "leak-telnet"
CONFIG = str(CASES / CASE / "setkey.conf")
OCTETS_A_SECOND = 4096  # TUI.md T18, at 80x24


class Screen:
    """espy watch on a terminal of its own that is read, or not, as the test wants."""

    def __init__(self, network, espy, folder, *options):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        words = ["ip", "netns", "exec", network.name, espy, "watch", "-c", CONFIG, "-i", "in0", *options]
        self.process = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=subprocess.PIPE, env=environment, cwd=folder, start_new_session=True)
        network.programs.append(self)
        os.close(slave)
        self.seen, self.octets = "", 0
        self.reading = threading.Event()
        self.reading.set()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        while True:
            self.reading.wait()
            if not select.select([self.master], [], [], 0.1)[0]:
                continue
            try:
                got = os.read(self.master, 65536)
            except OSError:
                return
            self.octets += len(got)
            self.seen += got.decode(errors="replace")

    def press(self, text):
        os.write(self.master, text.encode())

    def wait_until(self, true, what):
        deadline = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(f"no {what}; espy: {self.process.poll()}; the end of the screen: {self.seen[-2000:]!r}")
            time.sleep(0.02)

    def report(self, folder, number):
        """What R writes, once it is there."""
        self.press("R")
        path = folder / f"espy-report-{number}.json"
        self.wait_until(lambda: path.exists() and path.read_text().endswith("}\n"), "report")
        return json.loads(path.read_text())

    def report_of(self, folder, total):
        """The first report that counts `total` packets, or the last one in time."""
        deadline = time.monotonic() + PATIENCE
        number = 1
        while True:
            report = self.report(folder, number)
            if report["packets"]["total"] >= total or time.monotonic() > deadline:
                return report
            number += 1
            time.sleep(0.3)

    def end(self):
        self.press("q")
        return self.process.wait(PATIENCE)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def listening(screen, network):
    """A socket of espy's is bound to the interface."""
    screen.wait_until(lambda: network.inside("sh", "-c", "tail -n +2 /proc/net/packet").strip(), "listening")
    screen.press("\n")  # the screen is taken at a key (T26)
    screen.wait_until(lambda: "Requirements" in screen.seen, "screen")


def essence(report):
    """What does not depend on when and where it was captured."""
    requirements = [(row["id"], row["verdict"], row["packets"]) for row in report["requirements"]]
    leaks = sorted((row["source"], row["source_port"], row["destination"], row["destination_port"], row["packets"], row["application"]) for row in report["leaks"])
    associations = sorted((row["spi"], row["packets"], row["sequence"]["highest"]) for row in report["associations"])
    return {"verdict": report["verdict"], "packets": report["packets"], "requirements": requirements, "leaks": leaks, "associations": associations}


def check_counts(espy, checks):
    with Network() as network, tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        done = subprocess.run([espy, "verify", "--unfiltered", "-c", CONFIG, str(capture_of(CASE)), "--json"], capture_output=True, text=True, check=False)
        expected = json.loads(done.stdout)
        screen = Screen(network, espy, folder)
        listening(screen, network)
        network.replay(capture_of(CASE), "out0", "--multiplier", "20")
        report = screen.report_of(folder, expected["packets"]["total"])
        checks.equal("the report of the screen", essence(report), essence(expected))
        screen.wait_until(lambda: "VIOLATED" in screen.seen, "verdict")
        checks.equal("watch: exit status", screen.end(), 0)


def check_terminal_that_stands_still(espy, checks):
    """Five seconds of 1,000 packets a second while nobody reads the terminal: the same count as without a screen."""
    with Network() as network, tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        screen = Screen(network, espy, folder, "--refresh", "250ms")
        listening(screen, network)
        screen.reading.clear()
        begin = time.monotonic()
        sent = 0
        while time.monotonic() - begin < 5:
            sent += network.replay(capture_of(CASE), "out0", "--pps", "1000", "--loop", "5")
        screen.reading.set()
        report = screen.report_of(folder, sent)
        checks.true("a terminal that stands still: enough was sent", sent >= 2000)
        checks.equal("a terminal that stands still: packets", report["packets"]["total"], sent)
        checks.equal("a terminal that stands still: dropped", report["capture"]["sources"][0]["dropped_by_kernel"], 0)
        checks.equal("a terminal that stands still: exit status", screen.end(), 0)


def check_traffic(espy, checks):
    """Under packets that change every figure, the terminal gets little."""
    with Network() as network, tempfile.TemporaryDirectory() as name:
        screen = Screen(network, espy, pathlib.Path(name))
        listening(screen, network)
        network.replay(capture_of(CASE), "out0", "--multiplier", "20")
        screen.wait_until(lambda: "VIOLATED" in screen.seen, "verdict")
        before, begin = screen.octets, time.monotonic()
        while time.monotonic() - begin < 10:
            network.replay(capture_of(CASE), "out0", "--pps", "500")
        rate = (screen.octets - before) / (time.monotonic() - begin)
        checks.true(f"octets a second to the terminal: {rate:.0f}, less than {OCTETS_A_SECOND}", rate < OCTETS_A_SECOND)
        checks.true("the screen was drawn meanwhile", screen.octets > before)
        checks.equal("traffic: exit status", screen.end(), 0)


def check_once_and_plain(espy, checks):
    with Network() as network:
        once = network.start(espy, "watch", "--once", "--size", "120x40", "--ascii", "-c", CONFIG, "-i", "in0", "--for", "4s")
        network.inside("sh", "-c", "until [ $(wc -l < /proc/net/packet) -gt 1 ]; do sleep 0.05; done")
        network.replay(capture_of(CASE), "out0", "--multiplier", "20")
        checks.equal("--once: exit status", once.end(), 0)
        checks.true("--once: the verdict", any("VIOLATED" in line for line in once.out))
        checks.true("--once: the leak", any(re.search(r"10\.0\.0\.1:\d+ > 10\.0\.0\.2:23/tcp", line) for line in once.out))


def main():
    need("tcpreplay")
    checks = Checks()
    for check in (check_counts, check_terminal_that_stands_still, check_traffic, check_once_and_plain):
        check(sys.argv[1], checks)
    checks.finish()


main()
