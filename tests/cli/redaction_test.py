#!/usr/bin/env python3
"""Where a configuration says `redact-payload = true`, no octet of a packet is shown, by no command and no key.

usage: redaction_test.py ESPY
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from checks import Checks, skip
from terminal import Terminal

DEMO = pathlib.Path(__file__).resolve().parents[1] / "pcaps" / "demo"
CAPTURE = DEMO / "wire.pcapng"
FIRST_LINE = re.compile(r"^.?0000  ", re.MULTILINE)  # of octets
VIEWS = ["overview", "requirement", "sa", "leak", "sequence", "packet", "events", "timeline", "capture", "help"]


def run(espy, *arguments, **options):
    environment = {"PATH": os.environ["PATH"], "TERM": "dumb", "LC_ALL": "C.UTF-8"}
    return subprocess.run([espy, *map(str, arguments)], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, env=environment, check=False, **options)


def first_payload():
    """The beginning of what leaked first with any payload, as tshark reads it: in hexadecimal, two digits an octet."""
    rows = subprocess.run(["tshark", "-r", CAPTURE, "-Y", "ip.dst == 10.2.0.9 && tcp.dstport == 5432 && tcp.len > 16", "-T", "fields", "-e", "tcp.payload"],
                          capture_output=True, text=True, timeout=120, check=True).stdout.split()
    return [rows[0].replace(":", "")[at:at + 2] for at in range(0, 32, 2)]


def screen(espy, view, configuration, *options):
    done = run(espy, "watch", "--once", "--view", view, "--size", "120x60", *options, "-c", configuration, CAPTURE)
    return done.stdout if done.returncode == 0 else f"status {done.returncode}: {done.stderr}"


def write(folder, name, head=""):
    path = folder / name
    path.write_text(head + (DEMO / "espy.toml").read_text())
    path.chmod(0o600)
    return path


def check_screens(espy, files, checks):
    octets = first_payload()
    text = bytes.fromhex("".join(octets)).decode("latin-1")
    word = max("".join(letter if letter.isalnum() else " " for letter in text).split(), key=len)
    hexadecimal = " ".join(octets[:8])
    shown = screen(espy, "leak", files["open"])
    checks.true("without the key the leak's octets are shown", hexadecimal in shown and word in shown)
    why = f"the octets of packets are not shown: redact-payload in {files['closed']}:2"
    for view in VIEWS:
        shown = screen(espy, view, files["closed"])
        checks.true(f"{view}: it is drawn", "status" not in shown[:7] and shown)
        checks.true(f"{view}: no octets", hexadecimal not in shown and word not in shown and not FIRST_LINE.search(shown))
    for view in ("leak", "packet"):
        checks.true(f"{view}: says why", why in screen(espy, view, files["closed"]))
        checks.true(f"{view}: one of two files is enough", why in screen(espy, view, files["open"], "-c", files["closed"]))
        checks.true(f"{view}: false forbids nothing", FIRST_LINE.search(screen(espy, view, files["allowed"])))
    checks.true("--redact-payload says so", "not shown: --redact-payload" in screen(espy, "leak", files["open"], "--redact-payload"))


def check_keys(espy, folder, files, checks):
    with Terminal(folder, (120, 40)) as terminal:
        terminal.type(f"{espy} watch --view packet -c {files['closed']} {CAPTURE}")
        terminal.wait_for("the octets of packets are not shown", "packet")
        for keys in (["x"], [":", *"set payload on", "Enter"]):
            terminal.press(*["Space" if key == " " else key for key in keys])
            terminal.wait_for(rf"not shown: redact-payload in {files['closed']}:2(.|\n)*not shown: redact-payload in {files['closed']}:2", f"{keys}: says why")
            checks.true(f"{keys}: shows nothing", not FIRST_LINE.search(terminal.text()))
            terminal.press("j")
        terminal.press("q")


def dumped(espy, configuration, *options):
    """Without the files and lines of policies."""
    return re.sub(r"\(\S+\.toml:\d+\)", "", run(espy, "dump", *options, "-c", configuration, CAPTURE).stdout) or "nothing"


def check_dump(espy, files, checks):
    for option in ("-x", "-X", "-xX"):
        refused = run(espy, "dump", option, "-c", files["closed"], CAPTURE)
        checks.equal(f"dump {option}: status", refused.returncode, 2)
        checks.equal(f"dump {option}: standard output", refused.stdout, "")
        checks.true(f"dump {option}: names the place: {refused.stderr}", f"{files['closed']}:2: redact-payload = true" in refused.stderr)
    checks.true("dump without octets is the same", dumped(espy, files["closed"]) == dumped(espy, files["open"]))
    checks.true("dump -x where it is false", dumped(espy, files["allowed"], "-x") == dumped(espy, files["open"], "-x"))


def check_saving(espy, folder, files, checks):
    """Packets are saved as before, and `convert` keeps the key."""
    saved = {name: folder / f"{name}.pcapng" for name in ("open", "closed")}
    for name, path in saved.items():
        run(espy, "dump", "-c", files[name], "-w", path, CAPTURE)
    octets = [subprocess.run(["tcpdump", "-r", path, "-xx", "-n"], capture_output=True, text=True, timeout=120, check=False).stdout for path in saved.values()]
    checks.true("packets are saved whole", octets[0] and octets[0] == octets[1])
    converted = run(espy, "convert", files["closed"], "--to", "toml").stdout
    checks.true("convert keeps it", "redact-payload = true" in converted.splitlines())
    checks.true("convert invents none", "redact" not in run(espy, "convert", files["open"], "--to", "toml").stdout)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if not all(map(shutil.which, ("tshark", "tcpdump", "tmux"))):
        skip("tshark, tcpdump and tmux are needed")
    espy = os.path.abspath(sys.argv[1])
    checks = Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = {"open": write(folder, "open.toml"), "closed": write(folder, "closed.toml", "# T24\nredact-payload = true\n"),
                 "allowed": write(folder, "allowed.toml", "redact-payload = false\n")}
        check_screens(espy, files, checks)
        check_keys(espy, folder, files, checks)
        check_dump(espy, files, checks)
        check_saving(espy, folder, files, checks)
    checks.finish()


if __name__ == "__main__":
    main()
