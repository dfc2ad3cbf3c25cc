"""Networks for the tests of live captures: a namespace with pairs of joined interfaces, captures replayed into them, and programs that listen.

Each name holds the number of the process that made it, so that tests run side by side. Everything goes away when the test ends; what a killed
test left behind is removed by the next one.
"""

import atexit
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(TESTS / "cli"))
from checks import Checks, skip  # Checks is for those who have a network

CASES = TESTS / "pcaps"
PATIENCE = 50  # seconds for what happens at once on an idle machine
PREFIX = "espy-test-"


def need(*programs):
    """Skips the test where it cannot run."""
    if os.geteuid() != 0:
        skip("network namespaces need root")
    for program in ("ip", *programs):
        if shutil.which(program) is None:
            skip(f"{program} is not installed")
    tried = f"{PREFIX}{os.getpid()}-0"
    if subprocess.run(["ip", "netns", "add", tried], capture_output=True, check=False).returncode != 0:
        skip("no network namespace can be made here")
    subprocess.run(["ip", "netns", "del", tried], check=True)


def remove_stale():
    """Namespaces of tests that were killed."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    for name, process in re.findall(rf"^({PREFIX}(\d+)-\d+)", listed, re.MULTILINE):
        if not pathlib.Path(f"/proc/{process}").exists():
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


class Network:
    """A namespace with `pairs` pairs of interfaces: what goes into out0 arrives at in0, and nothing else is on them."""

    made = 0

    def __init__(self, pairs=1):
        if Network.made == 0:
            remove_stale()
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, lambda *_: sys.exit(1))
        Network.made += 1
        self.name = f"{PREFIX}{os.getpid()}-{Network.made}"
        self.programs = []
        self.call("ip", "netns", "add", self.name)
        atexit.register(self.close)
        self.inside("ip", "link", "set", "lo", "up")
        for number in range(pairs):
            self.add_pair(number)

    def call(self, *words):
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr}")
        return done.stdout

    def inside(self, *words):
        return self.call("ip", "netns", "exec", self.name, *words)

    def add_pair(self, number):
        ends = [f"out{number}", f"in{number}"]
        self.inside("ip", "link", "add", ends[0], "mtu", "9000", "type", "veth", "peer", "name", ends[1], "mtu", "9000")
        for end in ends:
            self.inside("sh", "-c", f"echo 1 > /proc/sys/net/ipv6/conf/{end}/disable_ipv6")
            self.inside("ip", "link", "set", end, "up", "arp", "off")

    def remove_pair(self, number):
        self.inside("ip", "link", "del", f"in{number}")

    def set_link(self, name, state):
        self.inside("ip", "link", "set", name, state)

    def replay(self, capture, interface="out0", *options):
        """Sends the packets of a capture, at the pace that they were captured with; how many went out."""
        said = self.inside("tcpreplay", "-q", *options, "-i", interface, str(capture))
        return int(re.search(r"Successful packets:\s+(\d+)", said).group(1))

    def start(self, *words, **options):
        program = Program(["ip", "netns", "exec", self.name, *words], **options)
        self.programs.append(program)
        return program

    def close(self):
        for program in self.programs:
            program.kill()
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False)
        atexit.unregister(self.close)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Program:
    """A program whose lines are waited for. `out` and `err` hold those that came so far."""

    def __init__(self, words, environment=None):
        self.words = words
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, **(environment or {})})
        self.out, self.err = [], []
        self.changed = threading.Condition()
        self.readers = [threading.Thread(target=self.read, args=pair, daemon=True)
                        for pair in ((self.process.stdout, self.out), (self.process.stderr, self.err))]
        for reader in self.readers:
            reader.start()

    def read(self, stream, lines):
        for line in stream:
            with self.changed:
                lines.append(line.rstrip("\n"))
                self.changed.notify_all()

    def wait_until(self, true, what):
        with self.changed:
            if not self.changed.wait_for(true, PATIENCE):
                raise RuntimeError(f"{' '.join(self.words)}: no {what} in {PATIENCE} s; it said {self.err}, and {len(self.out)} lines")

    def wait_for(self, pattern, count=1):
        """Waits for lines on standard error."""
        self.wait_until(lambda: sum(re.search(pattern, line) is not None for line in self.err) >= count, f"'{pattern}'")

    def wait_for_lines(self, count):
        self.wait_until(lambda: len(self.out) >= count, f"{count} lines")

    def send(self, number):
        self.process.send_signal(number)

    def stop(self):
        """Stops the process and waits until it is stopped."""
        self.send(signal.SIGSTOP)
        deadline = time.monotonic() + PATIENCE
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat")
        while stat.read_text().rsplit(")", 1)[1].split()[0] != "T":
            if time.monotonic() > deadline:
                raise RuntimeError("the process does not stop")
            time.sleep(0.01)

    def go_on(self):
        self.send(signal.SIGCONT)

    def end(self, number=None):
        """Its exit status; `number`: a signal that ends it."""
        if number is not None:
            self.send(number)
        status = self.process.wait(PATIENCE)
        for reader in self.readers:
            reader.join(PATIENCE)
        return status

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def capture_of(case):
    return next(iter(sorted((CASES / case).glob("*.pcap*"))))
