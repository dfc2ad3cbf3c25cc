#!/usr/bin/env python3
"""What espy says to a mistyped or impossible command line: exit status, stream and sentence.

usage: usage_test.py ESPY
"""

import json
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time

CAPTURE = str(pathlib.Path(__file__).resolve().parents[1] / "pcaps" / "classic-ah-esp" / "wire.pcap")
SECRET = "0x0123456789abcdef0123456789abcdef"

# Arguments, exit status, and a pattern on standard error (status 2) or standard output (status 0).
CASES = [
    ([], 2, r"Usage: espy"),
    (["--help"], 0, r"verify.*\n.*watch.*\n.*dump.*\n.*decrypt.*\n.*convert.*\n.*lint.*\n.*explain"),
    (["--version"], 0, r"^espy \d+\.\d+\.\d+\nlibpcap .*\nzlib [\d.]+\nzstd [\d.]+\nfmt [\d.]+\nCLI11 [\d.]+\n(.* \(--crypto [\w-]+\)\n)+$"),
    (["verify", "--help"], 0, r"Examples:"),
    (["dump", "--help"], 0, r"Examples:"),
    (["lint", "--help"], 0, r"Examples:"),
    (["explain", "--help"], 0, r"Examples:"),
    (["watch", "--help"], 0, r"Examples:"),
    (["watch"], 2, r"^espy: nothing to read"),
    (["watch", "--demo"], 0, r"^20:56:06.000Z critical LEAK r1 10.1.0.14:49822 > 10.2.0.9:5432 tcp postgresql in clear"),  # no terminal: lines
    (["watch", "--demo", "--theme", "nothing"], 2, r"^espy: --theme nothing: there is no such theme"),
    (["watch", "--demo", "--once", "--view", "nothing"], 2, r"--view: nothing not in"),
    (["watch", "--demo", "--once", "--size", "80"], 2, r"--size 80: expected columns and rows such as 80x24"),
    (["watch", "--demo", "--once", "--view", "leak"], 0, r"10\.1\.0\.14:49822 > 10\.2\.0\.9:5432/tcp"),
    (["watch", "--demo", "--once", "--view", "sequence"], 0, r"0 lost, 1 replayed, 2 late of 481 packets"),
    (["watch", "--demo", "--once", "--size", "80x24"], 0, r"VIOLATED +35 packets went without the required protection"),
    (["monitor"], 2, r"planned for a later version"),
    (["decrypt"], 2, r"--write is required"),
    (["decrypt", "--help"], 0, r"Examples:"),
    (["decrypt", CAPTURE, "-w", CAPTURE], 2, r"is what is to be read; name another file with -w"),
    (["decrypt", f"--psk={SECRET}", CAPTURE, "-w", "x"], 2, r"keys are not taken from the command line"),
    (["convert"], 2, r"--config|CONFIG"),
    (["convert", "--help"], 0, r"Examples:"),
    (["convert", "x.conf", "--to", "pcap"], 2, r"--to: expected one of setkey, xfrm"),
    (["convert", f"--psk={SECRET}", "x.conf", "--to", "toml"], 2, r"keys are not taken from the command line"),
    (["verfy"], 2, r"^espy: 'verfy' is no command; did you mean verify\?$"),
    (["zzz"], 2, r"^espy: 'zzz' is no command; the commands are verify"),
    ([CAPTURE], 2, r"to check that file: espy verify "),
    (["--nonsense"], 2, r"unknown option --nonsense"),
    (["verify"], 2, r"nothing to read"),
    (["verify", "--nonsense", CAPTURE], 2, r"unknown option --nonsense; see espy verify --help"),
    (["verify", "-c", "100", CAPTURE], 2, r"use --count 100"),
    (["verify", "--port", "tcp/23", CAPTURE], 2, r"--port narrows the --protect before it"),
    (["verify", "--via", "10.0.0.1", "10.0.0.2", CAPTURE], 2, r"--via narrows the --protect before it"),
    (["verify", "--protect", "10.0.0.1"], 2, r"--protect"),
    (["verify", "--host", "gateway", CAPTURE], 2, r"--host gateway: expected NAME=ADDRESS"),
    (["verify", "--host", "gateway=nowhere", CAPTURE], 2, r"--host gateway=nowhere: "),
    (["verify", "-i", "eth0", CAPTURE], 2, r"both the interface eth0 and the file"),
    (["verify", "--for", "30s", CAPTURE], 2, r"--for is for an interface"),
    (["verify", "-i", "eth0", "--for", "3x"], 2, r"unknown unit 'x'"),
    (["verify", "-i", "eth0", "--for", "soon"], 2, r"'soon' is not a time"),
    (["verify", "-i", "eth0", "--for", "-5s"], 2, r"--for"),
    (["verify", "-i", "eth0", "--for", "9223372036854775807h"], 2, r"too long"),
    (["verify", "--count", "0", CAPTURE], 2, r"--count"),
    (["verify", "--jobs", "0", CAPTURE], 2, r"--jobs"),
    (["verify", "-f", "esp", CAPTURE, "--", "ah"], 2, r"two filters"),
    (["verify", CAPTURE, "--", "not a filter ("], 2, r"filter|syntax|expression"),
    (["verify", "/nonexistent.pcap"], 2, r"/nonexistent\.pcap"),
    (["verify", "-c", "/nonexistent.conf", CAPTURE], 2, r"/nonexistent\.conf"),
    (["lint"], 2, r"--config is required|CONFIG"),
    (["lint", "/nonexistent.conf"], 2, r"/nonexistent\.conf"),
    (["explain"], 0, r"leak\.plaintext"),
    (["explain", "leak.plaintext"], 0, r"RFC 4301"),
    (["explain", "leak.plaintex"], 2, r"did you mean leak\.plaintext"),
    (["explain", "qqqqqqqq"], 2, r"no finding has the code 'qqqqqqqq'"),
    (["explain", "--color", "blue"], 2, r"expected auto, always or never"),
    (["verify", "-E", f"esp@10.0.0.2 aes128:{SECRET}", CAPTURE], 2, r"keys are not taken from the command line"),
    (["verify", f"--key={SECRET}", CAPTURE], 2, r"keys are not taken from the command line"),
    (["verify", f"--authkey={SECRET}", CAPTURE], 2, r"unknown option --authkey"),
    (["lint", f"--psk={SECRET}", "x.conf"], 2, r"keys are not taken from the command line"),
]


def run(espy, arguments):
    return subprocess.run([espy, *arguments], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)


def check(espy, arguments, status, pattern):
    ended = run(espy, arguments)
    text = ended.stderr if status == 2 else ended.stdout
    if ended.returncode != status:
        yield f"exit status {ended.returncode}, expected {status}: {ended.stderr.strip()[:500]}"
    if not re.search(pattern, text, re.MULTILINE):
        yield f"no {pattern!r} in {text.strip()[:500]!r}"
    if status == 2 and arguments and not ended.stderr.startswith("espy: ") and "Usage:" not in ended.stderr:
        yield f"the message does not begin with 'espy: ': {ended.stderr[:200]!r}"
    if status == 2 and ended.stdout:
        yield f"standard output is not empty: {ended.stdout[:200]!r}"
    if SECRET in ended.stderr + ended.stdout:
        yield "a key from the command line is shown"


def check_lint(espy):
    """A DES key and a key of the wrong length, one a weakness and one an error."""
    with tempfile.TemporaryDirectory() as folder:
        weak, broken = pathlib.Path(folder, "weak.conf"), pathlib.Path(folder, "broken.conf")
        weak.write_text(f"add 10.0.0.1 10.0.0.2 esp 0x201 -E des-cbc {SECRET[:18]} -A hmac-md5 {SECRET};\n")
        broken.write_text("add 10.0.0.1 10.0.0.2 esp 0x201 -E rijndael-cbc 0x012345;\n")
        ended = run(espy, ["lint", "--json", str(weak)])
        report = json.loads(ended.stdout)
        if ended.returncode != 1 or "config.weak-algorithm" not in {row["code"] for row in report["findings"]}:
            yield f"des-cbc is not config.weak-algorithm with exit status 1: {ended.returncode} {ended.stdout[:500]}"
        if run(espy, ["lint", str(weak)]).returncode != 1:
            yield "lint as text has another exit status than as JSON"
        ended = run(espy, ["lint", str(broken)])
        if ended.returncode != 2 or "broken.conf:1" not in ended.stderr or "012345" in ended.stderr:
            yield f"a key of the wrong length: {ended.returncode} {ended.stderr[:500]}"


def check_colors(espy):
    plain, colored = run(espy, ["explain", "--color", "never"]).stdout, run(espy, ["explain", "--color", "always"]).stdout
    if "\x1b" in plain or "\x1b" in run(espy, ["explain"]).stdout:
        yield "escape sequences where the output is no terminal"
    if "\x1b" not in colored:
        yield "--color always has no colour"


def core_limit_is_zero(process):
    """Whether the limits of a running process forbid core dumps; True as well when they are not ours to read, as of what is not dumpable."""
    try:
        return bool(re.search(r"Max core file size\s+0\s+0\s", pathlib.Path(f"/proc/{process.pid}/limits").read_text()))
    except PermissionError:
        return True


def check_core_dumps(espy):
    """The process may not leave memory behind, whatever limit it was started with."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if hard == 0:
        return  # inherited already
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    waiting = subprocess.Popen([espy, "verify", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while not core_limit_is_zero(waiting) and waiting.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    if waiting.poll() is not None or not core_limit_is_zero(waiting):
        yield "core dumps are not disabled while espy waits for standard input"
    waiting.communicate(b"", timeout=30)


def check_report_files(espy):
    """--json without a value is standard output; --junit and --sarif name files, with a blank or with '='."""
    with tempfile.TemporaryDirectory() as folder:
        junit, sarif = pathlib.Path(folder, "report.xml"), pathlib.Path(folder, "report.sarif")
        run = subprocess.run([espy, "verify", "--json", "--junit", junit, f"--sarif={sarif}", CAPTURE], capture_output=True, text=True, check=False)
        if run.returncode not in (0, 1, 3) or json.loads(run.stdout or "{}").get("schema") != 1:
            yield f"--json does not leave JSON alone on standard output: status {run.returncode}, {run.stderr}"
        if not junit.is_file() or "<testsuite" not in junit.read_text():
            yield "--junit FILE writes no JUnit report"
        if not sarif.is_file() or json.loads(sarif.read_text()).get("version") != "2.1.0":
            yield "--sarif=FILE writes no SARIF 2.1.0"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    espy = sys.argv[1]
    problems = [f"espy {' '.join(arguments)}: {problem}" for arguments, *rest in CASES for problem in check(espy, arguments, *rest)]
    for group in (check_lint, check_colors, check_core_dumps, check_report_files):
        problems += group(espy)
    print("\n".join(problems) or f"{len(CASES) + 4} checks passed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
