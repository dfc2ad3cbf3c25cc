#!/usr/bin/env python3
"""-w and --write: what `dump` and `verify` write of an interface or a file, against tcpdump and tshark; rotation against tcpdump's; a full disk.

usage: writing_test.py ESPY
"""

import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from network import CASES, Checks, Network, capture_of, need

CASE = "classic-ah-esp"
PACKETS = 86
MANY = 400  # times a capture of 35 packets: 3.7 MB


def run(*words, status=0):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != status:
        raise RuntimeError(f"{words}: status {done.returncode}: {done.stderr}")
    return done


def octets(path):
    """Each packet with all its octets, as tcpdump shows them."""
    return run("tcpdump", "-Z", "root", "-t", "-n", "-xx", "-r", path).stdout


def comments(path):
    fields = run("tshark", "-r", path, "-T", "fields", "-e", "frame.number", "-e", "frame.comment").stdout
    return [line.split("\t")[1] for line in fields.splitlines()]


def packets(path):
    return int(re.search(r"Number of packets:\s+(\d+)", run("capinfos", "-M", "-c", path).stdout).group(1))


def check_interface(espy, checks, folder):
    file = folder / "live.pcapng"
    with Network() as network:
        live = network.start(espy, "dump", "-i", "in0", "-w", str(file))
        live.wait_for("listening on")
        network.replay(capture_of(CASE))
        # Others can read it before espy ends.
        for _ in range(100):
            if file.exists() and packets(file) == PACKETS:
                break
            time.sleep(0.1)
        else:
            checks.true("dump -w: readable while it is written", False)
        checks.equal("dump -w: exit status", live.end(signal.SIGINT), 0)
        checks.equal("dump -w: prints", live.out, [])
        checks.true("dump -w: says how many", f"espy: {PACKETS} packets written to {file}" in live.err)
    checks.equal("dump -w: octets", octets(file), octets(capture_of(CASE)))
    checks.equal("dump -w: comments", set(comments(file)), {""})
    checks.equal("dump -w: mode", file.stat().st_mode & 0o777, 0o600)
    names = run("tshark", "-r", file, "-T", "fields", "-e", "frame.interface_name").stdout.split()
    checks.equal("dump -w: interface", set(names), {"in0"})


def check_kinds(espy, checks, folder):
    """Only the packets asked for, each with its class, code and requirement."""
    leaks = ["bypass-icmp-demanded", "--protect", "10.0.0.1", "10.0.0.2"]
    for kind, (case, *options), code in (("leaked", leaks, "leaked leak.plaintext 10.0.0."),
                                         ("forged", ["diagnosis-damage", "-c", str(CASES / "diagnosis-damage" / "keys.toml")], "forged sa.icv-bad "),
                                         ("unknown", ["aead-gcm"], "esp 0x")):
        file = folder / f"{kind}.pcapng"
        plain = json.loads(subprocess.run([espy, "verify", *options, capture_of(case), "--json"], capture_output=True, text=True, check=False).stdout)
        done = subprocess.run([espy, "verify", *options, capture_of(case), "--json", "--write", kind, "-w", file], capture_output=True, text=True, check=False)
        report = json.loads(done.stdout)
        checks.equal(f"--write {kind}: exit status", done.returncode, plain["exit_status"])
        checks.equal(f"--write {kind}: classes of the report", report["packets"], plain["packets"])
        expected = report["packets"]["esp"] if kind == "unknown" else report["packets"][kind]
        checks.true(f"--write {kind}: some", expected > 0)
        found = comments(file)
        checks.equal(f"--write {kind}: packets", len(found), expected)
        checks.true(f"--write {kind}: comments {found[:2]}", all(code in comment for comment in found))
    everything = folder / "all.pcapng"
    run(espy, "dump", "-c", CASES / CASE / "setkey.conf", capture_of(CASE), "--write", "all", "-w", everything)
    classes = [comment.split()[0] for comment in comments(everything)]
    checks.equal("--write all: classes", {word: classes.count(word) for word in set(classes)}, {"unrelated": 2, "protected": 84})
    both = folder / "both.pcapng"
    run(espy, "dump", *leaks[1:], capture_of(leaks[0]), "--write", "leaked,forged", "-w", both)
    checks.equal("--write leaked,forged", len(comments(both)), len(comments(folder / "leaked.pcapng")))


def check_live_leaks(espy, checks, folder):
    file = folder / "leaks.pcapng"
    with Network() as network:
        live = network.start(espy, "verify", "--protect", "10.0.0.1", "10.0.0.2", "-i", "in0", "--count", "49", "--write", "leaked", "-w", str(file))
        live.wait_for("listening on")
        network.replay(capture_of("bypass-icmp-demanded"))
        checks.equal("live --write leaked: exit status", live.end(), 1)
    checks.equal("live --write leaked: as from the file", octets(file), octets(folder / "leaked.pcapng"))


def check_standard_output(espy, checks):
    words = [espy, "dump", str(capture_of(CASE)), "-w", "-"]
    piped = subprocess.run(" ".join(words) + " | tcpdump -Z root -n -r - 2>/dev/null | wc -l", shell=True, capture_output=True, text=True, check=True)
    checks.equal("-w -: packets", int(piped.stdout), PACKETS)
    printed = run(espy, "dump", "--print", capture_of(CASE), "-w", "/dev/null").stdout
    checks.equal("--print: lines", printed, run(espy, "dump", capture_of(CASE)).stdout)


def make_large(folder):
    """A pcap file of 3.7 MB, classic so that tcpdump copies each packet alike."""
    data = capture_of("aead-gcm").read_bytes()
    large = folder / "large.pcap"
    large.write_bytes(data[:24] + MANY * data[24:])
    return large


def check_rotation(espy, checks, folder):
    """The same names as tcpdump's, and nothing lost between the files."""
    large = make_large(folder)
    for options in (["-C", "1"], ["-C", "1", "-W", "2"], ["-C", "1", "-W", "12"]):
        made = {}
        for program in ("tcpdump", "espy"):
            place = pathlib.Path(tempfile.mkdtemp(dir=folder))
            start = ["tcpdump", "-Z", "root", "-r", large] if program == "tcpdump" else [espy, "dump", large]
            run(*start, *options, "-w", place / "file")
            made[program] = sorted(path.name for path in place.iterdir())
        checks.equal(f"{options}: names", made["espy"], made["tcpdump"])
        if "-W" not in options:
            count = sum(packets(path) for path in place.iterdir())
            checks.equal(f"{options}: packets", count, MANY * 35)
            checks.true(f"{options}: sizes", all(path.stat().st_size < 1_002_000 for path in place.iterdir()))


def check_seconds(espy, checks, folder):
    """A file for each 100 ms of a capture, in units that -G has: the capture is stretched so that they are seconds."""
    data = bytearray((CASES / CASE / "wire.pcap").read_bytes())
    place, offset, second = folder / "hours", 24, 0
    place.mkdir()
    while offset < len(data):
        size = int.from_bytes(data[offset + 8:offset + 12], "little")
        data[offset:offset + 8] = (1_700_000_000 + second * 60).to_bytes(4, "little") + bytes(4)
        offset, second = offset + 16 + size, second + 1
    (folder / "slow.pcap").write_bytes(data)
    run("env", "TZ=UTC", espy, "dump", folder / "slow.pcap", "-G", "1800", "-w", place / "at-%H%M")
    # 86 packets a minute apart from 22:13:20 on.
    counts = {path.name: len(comments(path)) for path in place.iterdir()}
    checks.equal("-G: files and packets", counts, {"at-2213": 30, "at-2243": 30, "at-2313": 26})
    shutil.rmtree(place)
    place.mkdir()
    done = run("env", "TZ=UTC", espy, "dump", folder / "slow.pcap", "-G", "1800", "-W", "2", "-w", place / "at-%H%M")
    counts = {path.name: len(comments(path)) for path in place.iterdir()}
    checks.equal("-G -W: files and packets", counts, {"at-2213": 30, "at-2243": 30})
    checks.true("-G -W: says how many", "60 packets written to 2 files" in done.stderr)


def check_full_disk(espy, checks, folder):
    """It is said, the exit status is 2, and the file still ends with a whole packet."""
    disk = folder / "disk"
    disk.mkdir()
    script = f"mount -t tmpfs -o size=1m tmpfs {disk} && {espy} dump {folder / 'large.pcap'} -w {disk}/file; status=$?; cp {disk}/file {folder}/kept; exit $status"
    done = run("unshare", "-m", "sh", "-c", script, status=2)
    checks.true(f"full disk: {done.stderr}", f"espy: {disk}/file: No space left on device" in done.stderr)
    kept = packets(folder / "kept")
    checks.true(f"full disk: {kept} packets kept", 500 < kept < MANY * 35)


def check_refusals(espy, checks, folder):
    file = folder / "live.pcapng"
    for words, expected in ((["--write", "leaked"], "--write says which packets go to the file of -w"),
                            (["-C", "1"], "-C, -G and -W are about the files of -w"),
                            (["-W", "3", "-w", "x"], "-W counts the files that -C or -G make"),
                            (["-w", file], f"{file} is what is to be read"),
                            (["-w", folder / "none" / "x"], "No such file or directory"),
                            (["-w", "-", "--print"], "both packets and lines"),
                            (["-w", "-", "-C", "1"], "standard output is one file"),
                            (["-w", "x", "--write", "some"], "--write")):
        done = run(espy, "dump", file, *words, status=2)
        checks.true(f"{words}: {done.stderr}", expected in done.stderr)
    done = run(espy, "verify", file, "--json", "-w", "-", status=2)
    checks.true("verify --json -w -", "both packets and a report" in done.stderr)
    checks.true("the input is whole", len(comments(file)) == PACKETS)


def check_until_seen(espy, checks):
    """Ends with the first packets, long before its time."""
    with Network() as network:
        live = network.start(espy, "verify", "-c", str(CASES / CASE / "setkey.conf"), "-i", "in0", "--for", "1h", "--until-seen", "--json")
        live.wait_for("listening on")
        network.replay(capture_of(CASE))
        checks.equal("--until-seen: exit status", live.end(), 0)
        report = json.loads("\n".join(live.out))
        checks.equal("--until-seen: verdicts", [row["verdict"] for row in report["requirements"]], ["protected", "protected"])
        # Nothing of one direction: not before the time is up.
        live = network.start(espy, "verify", "--protect", "10.0.0.1", "10.0.0.9", "-i", "in0", "--for", "1s", "--until-seen", "--json")
        live.wait_for("listening on")
        began = time.monotonic()
        network.replay(capture_of(CASE))
        checks.equal("--until-seen, unseen: exit status", live.end(), 3)
        checks.true("--until-seen, unseen: time", time.monotonic() - began >= 0.9)
    for words, expected in ((["-i", "lo"], "--until-seen needs requirements that can be seen"), ([capture_of(CASE)], "--until-seen is for an interface")):
        done = run(espy, "verify", "--until-seen", *words, status=2)
        checks.true(f"--until-seen {words}: {done.stderr}", expected in done.stderr)


def main():
    espy = sys.argv[1]
    need("tcpreplay", "tcpdump", "tshark", "capinfos", "unshare")
    checks = Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for check in (check_interface, check_kinds, check_live_leaks, check_rotation, check_seconds, check_full_disk, check_refusals):
            check(espy, checks, folder)
    check_standard_output(espy, checks)
    check_until_seen(espy, checks)
    checks.finish()


main()
