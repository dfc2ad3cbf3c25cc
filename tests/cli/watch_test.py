#!/usr/bin/env python3
"""The dashboard in a real terminal: tmux presses every key in every view of the demo, and looks at what is shown, written and left behind.

usage: watch_test.py ESPY
"""

import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from checks import Checks, skip
from terminal import PATIENCE, Terminal

DEMO = pathlib.Path(__file__).resolve().parents[1] / "pcaps" / "demo" / "wire.pcapng"
MARK = "the shell is back"

# How each view is reached from the overview, and words that only it shows.
VIEWS = {
    "overview": ([], "1 Requirements"),
    "requirement": (["1", "g", "Enter"], "Requirement r"),
    "leak": (["3", "g", "Enter"], "First octets"),
    "packet": (["3", "g", "Enter", "Down", "Down", "Enter"], "[Layers]"),
    "sa": (["2", "g", "Enter"], "Identity"),
    "sequence": (["2", "g", "Enter", "v"], "Sequence space"),
    "events": (["4", "4"], "Selected"),
    "timeline": (["t"], "Timeline"),
    "capture": (["i"], "Packets by class"),
}
# Every key but those that end or suspend the program, and those that write files, which have checks of their own.
KEYS = ["j", "k", "Down", "Up", "g", "G", "Home", "End", "C-d", "C-u", "PageDown", "PageUp", "Left", "Right", "Tab", "BTab", "1", "2", "3", "4", "5",
        "6", "7", "\\", "\\", "n", "N", "e", "E", "f", "f", "S", "S", "o", "o", "c", "Space", "Space", "+", "-", "<", ">", "[", "]", "u", "u", "d",
        "d", "z", "z", "T", "a", "m", "x", "x", "v", "p", "t", "M", "M", "i", "C-l", "F1", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "y", "Y"]
# Those that open a line or a menu, and what is done there.
DIALOGUES = [["/", "d", "b", "Enter", "Escape"], ["/", "[", "Escape"], [":", "g", "o", "Tab", "Escape"], [":", "n", "o", "Enter"], ["s", "Enter"], ["s", "Escape"]]


def start(terminal, espy, *options):
    terminal.type("clear")
    terminal.type(f"{espy} watch --demo {' '.join(options)}; ended=$?; echo; echo status $ended, {MARK}")
    terminal.wait_for(r"capture ok: 2062 packets", "the first screen of the whole file")


def leave(terminal, key="q"):
    terminal.press(key)
    terminal.wait_for(rf"^status 0, {MARK}", f"after {key}")


def to_overview(terminal):
    for _ in range(8):
        terminal.press("Escape")
        time.sleep(0.03)  # an Escape and a letter at once are a letter with Alt
    terminal.press("1")
    terminal.wait_for(r"1 Requirements", "the overview")


def press_all(terminal, checks, name):
    way, words = VIEWS[name]
    for key in KEYS:
        to_overview_if_lost(terminal, way, words)
        terminal.press(key)
    for dialogue in DIALOGUES:
        terminal.press(*dialogue)
    to_overview(terminal)
    terminal.press("?")
    terminal.wait_for(r"Help", f"help after all keys in {name}")
    terminal.press("?")
    checks.true(f"{name}: the frame stands", terminal.text().startswith(" espy"))


# Keys lead elsewhere; every few keys the view is opened again.
def to_overview_if_lost(terminal, way, words):
    if words in terminal.text():
        return
    to_overview(terminal)
    terminal.press(*way)


def check_keys(espy, folder, checks):
    with Terminal(folder) as terminal:
        for name, (way, words) in VIEWS.items():
            start(terminal, espy)
            terminal.press(*way)
            terminal.wait_for(re.escape(words), name)
            press_all(terminal, checks, name)
            leave(terminal)


def check_files(espy, folder, checks):
    with Terminal(folder) as terminal:
        start(terminal, espy)
        terminal.press("3", "Enter", "W")
        terminal.wait_for(r"saved espy-packets-1.pcapng: 21 packets and 10 of the other direction", "W")
        terminal.press("R", "w", "C")
        names = ["espy-packets-1.pcapng", "espy-report-1.json", "config/espy/tui.toml"]
        deadline = time.monotonic() + PATIENCE
        while not all((folder / name).exists() for name in names) and time.monotonic() < deadline:
            time.sleep(0.05)
        leave(terminal)
        for name in names:
            checks.true(f"{name} was written", (folder / name).is_file())
        report = json.loads((folder / names[1]).read_text())
        checks.true("the report has all packets", report["packets"]["total"] == 2062)
        flow = "ip.addr == 10.1.0.14 && tcp.port == 49822 && tcp.port == 5432"
        fields = ["-Y", flow, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.cap_len", "-e", "tcp.srcport"]
        frames, original = (subprocess.run(["tshark", "-r", file, *fields], capture_output=True, text=True, check=True).stdout for file in (folder / names[0], DEMO))
        checks.true("all packets of the leaking flow, when they came", frames == original and frames.count("\n") == 31)
        checks.true("only their owner may read them", (folder / names[0]).stat().st_mode & 0o077 == 0)


def clear_times():
    """When packets of the demo went in clear, as tshark sees them: between the networks that only go through the tunnel."""
    between = "ip.addr == 10.1.0.0/16 && ip.addr == 10.2.0.0/16 && !esp && !ah"
    command = ["tshark", "-r", DEMO, "-Y", between, "-T", "fields", "-e", "frame.time_epoch"]
    return [datetime.datetime.fromtimestamp(float(time), datetime.timezone.utc) for time in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()]


def clock(time):
    return time.strftime("%H:%M:%S.") + f"{time.microsecond // 1000:03}"


def shown_period(terminal):
    """The two ends of the timeline's title, as words."""
    return terminal.wait_for(r"6 Timeline ([\d:.]+) \.\. ([\d:.]+)\]", "the title of the timeline").groups()


def cursor_at(time):
    return rf"\^ {time}  window|^ +{time}  window [^^]*\^"


def zoom_in(terminal, steps, cell):
    """What is in sight once all of these keys are handled, and not one of the periods before it."""
    terminal.press(*["+"] * steps)
    return terminal.wait_for(rf"6 Timeline ([\d:.]+) \.\. ([\d:.]+)\].* 1 cell = {cell},", f"cells of {cell}").groups()


def check_closer(terminal, checks):
    """Each moment has a cell of its own, beyond the steps of the index too: as many marks as tshark sees moments with a clear packet."""
    leaks = sorted({clock(time) for time in clear_times()})
    terminal.press("t")
    terminal.wait_for(r"6 Timeline", "the timeline")
    for bad in (r"SEQ .*2 numbers missing", r"SEQ .*12 numbers missing", rf"{leaks[0]} critical LEAK"):
        terminal.press("e")
        terminal.wait_for(rf"^>.*{bad}", "e")
    terminal.wait_for(cursor_at(leaks[0]), "the cursor at the first leak")
    terminal.record()
    for steps, cell in ((2, "162 ms"), (3, "20 ms")):  # a minute, halved twice and five times, in 92 cells
        begin, end = zoom_in(terminal, steps, cell)
        inside = sum(begin <= time < end for time in leaks)
        checks.true(f"leaks are in sight: {begin} .. {end}", inside > 1)
        terminal.wait_for(rf"^ clear (?:[^!\n]*!){{{inside}}}[^!\n]*$", f"{inside} moments in clear, each in one cell")
    terminal.wait_for_written(r"reading again for finer steps", "+ beyond the index")


def check_jumps(terminal, checks):
    first = clock(clear_times()[0])
    terminal.press("e")
    at = terminal.wait_for(rf"^>[^\w]+(?!{first})([\d:.]+) critical", "e selects another bad event").group(1)
    terminal.wait_for(cursor_at(at), "e moves the cursor there")
    checks.true(f"{at} is later", at > first)
    terminal.press("E")
    terminal.wait_for(cursor_at(first), "E moves it back")
    terminal.wait_for(rf"^>[^\w]+{first} critical", "E selects the leak")
    checks.true("the zoom stays", shown_period(terminal)[0] > "20:56:00")


# A minute, halved five times, is 1.9 s; an eighth of that, in a length that people think in, is 200 ms.
def check_window(terminal):
    terminal.wait_for(r"Requirements at the cursor, last 200 ms\]", "the window at first")
    for key, length in (("]", "500 ms"), ("]", "1 s"), ("[", "500 ms"), ("[", "200 ms"), ("[", "100 ms")):
        terminal.press(key)
        terminal.wait_for(rf"Requirements at the cursor, last {re.escape(length)}\]", f"{key} to {length}")
        terminal.wait_for(rf"^ window {re.escape(length)}", f"what {key} tells")


def check_timeline(espy, folder, checks):
    if shutil.which("tshark") is None:
        return checks.true("tshark is installed", False)
    with Terminal(folder) as terminal:
        start(terminal, espy)
        check_closer(terminal, checks)
        check_jumps(terminal, checks)
        check_window(terminal)
        terminal.press(*["+"] * 40)
        terminal.wait_for(r"this is as close as it gets", "the closest zoom")
        leave(terminal)


def check_giving_up(espy, folder, checks):
    """Whether the second W comes in time or not, no half file is left, and W works once more."""
    with Terminal(folder) as terminal:
        start(terminal, espy)
        terminal.record()
        terminal.press("3", "g", "W", "W")
        terminal.wait_for_written(r"gave up; nothing was saved|saved espy-packets-\d\.pcapng: 21 packets", "W twice")
        terminal.press("?")
        terminal.wait_for(r"Help", "what comes after both")
        terminal.press("?")
        terminal.wait_for(r"\A(?s:(?!W gives up).)*1 Requirements(?s:(?!W gives up).)*\Z", "nothing is being saved")
        saved = len(list(folder.glob("espy-packets*")))
        checks.true(f"{saved} files, and that is what was told", ("gave up" in terminal.written()) == (saved == 0))
        terminal.press("W")
        terminal.wait_for(rf"saved espy-packets-{saved + 1}\.pcapng: 21 packets and 10 of the other direction", "W after that")
        leave(terminal)
        checks.true("no unfinished file is left", not any(folder.glob("*unfinished*")))


def print_once(espy, size):
    command = [espy, "watch", "--demo", "--once", "--size", "{}x{}".format(*size)]
    return subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}).stdout


def lines_without_memory(text):
    return [re.sub(r"memory \d+\w", "memory", line).rstrip() for line in text.splitlines()]


def check_sizes(espy, folder, checks):
    """The terminal shows what `--once` prints, whatever size it had before."""
    with Terminal(folder) as terminal:
        start(terminal, espy)
        for size in ((24, 3), (40, 12), (80, 24), (200, 60), (30, 4), (120, 40)):
            terminal.resize(*size)
            expected = lines_without_memory(print_once(espy, size))
            terminal.wait_until(lambda text, expected=expected: lines_without_memory(text) == expected, f"{size}: what --once prints")
            checks.equal(f"{size}: lines", len(expected), size[1])
        leave(terminal)


def check_ways_out(espy, folder, checks):
    """What stty says of the terminal, and where the cursor is, after each way out."""
    own = folder / "espy"  # a name that no other test's process has
    own.symlink_to(espy)
    for way in ("q", "Q", "INT", "TERM", "HUP", "QUIT"):
        with Terminal(folder) as terminal:
            terminal.wait_for(r"^# *$", "the shell")
            terminal.type(f"stty -a > before; {own} watch --demo")
            terminal.wait_for(r"VIOLATED", way)
            if len(way) == 1:
                terminal.press(way)
            else:
                subprocess.run(["pkill", f"-{way}", "-f", f"^{re.escape(str(own))} watch --demo"], check=True)
            terminal.wait_for(r"^# *$", f"the shell after {way}")  # a signal ends a list of commands, so what comes is typed only now
            terminal.type(f"stty -a > after; echo {MARK}")
            terminal.wait_for(rf"^(# )?{MARK}", way)
            checks.true(f"{way}: stty", (folder / "before").read_text() == (folder / "after").read_text())
            checks.true(f"{way}: the normal screen and a visible cursor", terminal.tmux("display-message", "-p", "#{alternate_on}#{cursor_flag}").strip() == "01")
            checks.true(f"{way}: the picture is {'kept' if way == 'Q' else 'gone'}", ("1 Requirements" in terminal.text()) == (way == "Q"))


def main():
    if shutil.which("tmux") is None:
        skip("tmux is not installed")
    espy = str(pathlib.Path(sys.argv[1]).resolve())
    checks = Checks()
    for check in (check_keys, check_files, check_timeline, check_giving_up, check_sizes, check_ways_out):
        with tempfile.TemporaryDirectory() as folder:
            check(espy, pathlib.Path(folder), checks)
    checks.finish()


main()
