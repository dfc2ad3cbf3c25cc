#!/usr/bin/env python3
"""`espy convert`: the other tools take what it writes, and keys go only where they may.

usage: convert_test.py ESPY

Oracles: tshark reads the written esp_sa and decrypts a kernel's capture with it, tcpdump does so with the written key file, and iproute2's
parser takes every written command (the kernel may refuse them, or there may be none to ask).
"""

import json
import os
import pathlib
import re
import shutil
import stat
import struct
import subprocess
import sys
import tempfile

PCAPS = pathlib.Path(__file__).resolve().parents[1] / "pcaps"
DATA = pathlib.Path(__file__).resolve().parents[1] / "config" / "data"
KEY = "000102030405060708090a0b0c0d0e0f"
SETKEY = f"""add 10.0.0.1 10.0.0.2 ah 0x200 -m transport -A hmac-sha1 0x{KEY}10111213;
add 10.0.0.1 10.0.0.2 esp 0x201 -m transport -u 7 -E aes-cbc 0x{KEY} -A hmac-sha1 0x{KEY}10111213;
add 10.0.0.2 10.0.0.1 esp 0x301 -m tunnel -E null;
add 10.0.0.1 10.0.0.2 ipcomp 0x21 -m transport -C deflate;
spdadd 10.0.0.1 10.0.0.2[23] tcp -P out prio 10 ipsec esp/transport//unique:7 ah/transport//use;
spdadd 10.0.0.2 10.0.0.1 icmp 8,0 -P in none;
spdadd 10.1.0.0/16 10.2.0.0/16 any -P out ipsec esp/tunnel/10.0.0.1-10.0.0.2/require;
spdadd 10.3.0.0/16 10.2.0.0/16 any -P out discard;
"""


def run(*arguments, **options):
    return subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True, timeout=120, check=False, **options)


class Folder:
    def __init__(self, espy, path):
        self.espy, self.path = espy, path
        self.source = path / "setkey.conf"
        self.source.write_text(SETKEY)
        self.source.chmod(0o600)

    def convert(self, *arguments):
        return run(self.espy, "convert", *arguments)


def expect(condition, sentence, ended):
    if not condition:
        yield f"{sentence}: exit status {ended.returncode}, {ended.stderr.strip()[:400]!r}"


def check_usage(folder):
    for arguments, pattern in (([], r"CONFIG|--config"), ([folder.source], r"--to is required"),
                               ([folder.source, "--to", "pcap"], r"--to: expected one of setkey, xfrm"),
                               (["/nonexistent", "--to", "toml"], r"/nonexistent"),
                               ([folder.source, "--to", "esp-sa"], r"--show-keys"),
                               ([folder.source, "--to", "tcpdump"], r"--show-keys"),
                               ([folder.source, "--to", "toml", "-o", "/nonexistent/x"], r"/nonexistent/x: cannot be written")):
        ended = folder.convert(*arguments)
        yield from expect(ended.returncode == 2 and re.search(pattern, ended.stderr), f"convert {arguments}", ended)
    ended = folder.convert("--help")
    yield from expect(ended.returncode == 0 and "Examples:" in ended.stdout, "convert --help", ended)


def check_files(folder):
    new = folder.path / "new.toml"
    ended = folder.convert(folder.source, "--to", "toml", "--show-keys", "-o", new)
    yield from expect(ended.returncode == 0 and stat.S_IMODE(new.stat().st_mode) == 0o600, "a new file with keys is for its owner alone", ended)
    yield from expect(KEY in new.read_text(), "--show-keys writes them", ended)
    open_file = folder.path / "open.toml"
    open_file.write_text("mine")
    open_file.chmod(0o644)
    ended = folder.convert(folder.source, "--to", "toml", "--show-keys", "-o", open_file)
    yield from expect(ended.returncode == 2 and "others can read" in ended.stderr, "a file that others can read takes no keys", ended)
    yield from expect(open_file.read_text() == "mine", "and stays as it was", ended)
    ended = folder.convert(folder.source, "--to", "toml", "-o", open_file)
    yield from expect(ended.returncode == 0 and KEY not in open_file.read_text(), "without keys it is written", ended)
    again = folder.convert(open_file, "--to", "toml")
    yield from expect(again.returncode == 0 and "keys_hidden = true" in again.stdout, "and read again", again)


def check_notes(folder):
    ended = folder.convert(folder.source, "--to", "tcpdump", "--show-keys")
    yield from expect(f"espy: note: {folder.source}:1: tcpdump -E cannot say ah; the SA is left out" in ended.stderr, "what tcpdump cannot say",
                      ended)
    ended = folder.convert(folder.source, "--to", "setkey")
    yield from expect(ended.returncode == 0 and "only with --show-keys" in ended.stderr and KEY not in ended.stdout, "SAs need their keys", ended)


def check_chain(folder):
    """setkey → each lossless-enough target → setkey is the same text."""
    first = folder.convert(folder.source, "--to", "setkey", "--show-keys").stdout
    for target in ("toml", "xfrm", "setkey"):
        between = folder.path / f"chain.{target}"
        ended = folder.convert(folder.source, "--to", target, "--show-keys", "-o", between)
        back = folder.convert(between, "--to", "setkey", "--show-keys")
        yield from expect(ended.returncode == 0 and back.stdout == first, f"setkey to {target} and back", back)


def check_iproute(folder):
    batch = folder.path / "batch"
    ended = folder.convert(folder.source, "--to", "xfrm", "--show-keys", "-o", batch)
    yield from expect(ended.returncode == 0, "convert --to xfrm", ended)
    for name in sorted(DATA.glob("*.xfrm-*.txt")):
        part = folder.path / "part"
        part.unlink(missing_ok=True)
        folder.convert(name, "--to", "xfrm", "--show-keys", "-o", part)
        if part.exists():
            with batch.open("a") as file:
                file.write(part.read_text())
    ip = shutil.which("ip", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not ip:
        print("iproute2's parser was not asked: there is no ip")
        return
    unshare = ["unshare", "-r", "-n"] if run("unshare", "-r", "-n", "true").returncode == 0 else []
    if not unshare:
        print("iproute2's parser was not asked: no network namespace to try in")
        return
    answer = run(*unshare, ip, "-force", "-batch", batch)
    # What the kernel says begins with RTNETLINK or "Cannot"; the rest is the parser's.
    for line in answer.stderr.splitlines():
        if re.search(r"argument|garbage|expected|invalid|unknown|wrong|required|Usage|needed", line, re.IGNORECASE) and "RTNETLINK" not in line:
            yield f"iproute2 does not take what was written: {line}"


def check_wireshark(folder):
    if not shutil.which("tshark"):
        print("tshark was not asked: it is not installed")
        return
    for case in ("aes-cbc", "aes-gcm", "aes-ctr", "hmac-md5", "hmac-sha384", "hmac-sha512", "twofish-cbc"):
        capture, config = PCAPS / f"algorithm-linux-{case}" / "wire.pcap", folder.path / f"wireshark-{case}"
        config.mkdir()
        ended = folder.convert(capture.parent / "xfrm-state.txt", "--to", "esp-sa", "--show-keys", "-o", config / "esp_sa")
        yield from expect(ended.returncode == 0, f"convert {case} --to esp-sa", ended)
        options = ["-o", "esp.enable_encryption_decode:TRUE", "-o", "esp.enable_authentication_check:TRUE"]
        environment = {**os.environ, "WIRESHARK_CONFIG_DIR": str(config)}
        answer = run("tshark", "-r", capture, *options, "-T", "fields", "-e", "frame.protocols", "-Y", "esp", env=environment)
        opened = [line for line in answer.stdout.split() if re.search(r"esp:(icmp|tcp|udp|ip)", line)]
        if not opened or len(opened) != len(answer.stdout.split()):
            yield f"{case}: with the written esp_sa tshark opens {len(opened)} of {len(answer.stdout.split())} packets: {answer.stderr[:300]}"


def check_tcpdump(folder):
    tcpdump = shutil.which("tcpdump", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not tcpdump:
        print("tcpdump was not asked: it is not installed")
        return
    capture, keys = PCAPS / "algorithm-linux-hmac-sha1" / "wire.pcap", folder.path / "tcpdump.keys"
    ended = folder.convert(capture.parent / "xfrm-state.txt", "--to", "tcpdump", "--show-keys", "-o", keys)
    yield from expect(ended.returncode == 0, "convert --to tcpdump", ended)
    user = ["-Z", "root"] if os.geteuid() == 0 else []  # else tcpdump becomes a user who may not read the keys
    answer = run(tcpdump, *user, "-n", "-r", capture, "-E", f"file {keys}")
    if not re.search(r"ESP.*: .*(ICMP|Flags|UDP)", answer.stdout):
        yield f"tcpdump does not decrypt with the written file: {answer.stdout[:300]} {answer.stderr[:300]}"


def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def pcapng_with_secrets(pcap, secrets):
    """The frames of a classic little-endian pcap behind a Decryption Secrets Block of the type ESP."""
    octets = section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    octets += block(10, struct.pack("<II", 0x45535053, len(secrets)) + secrets)
    octets += block(1, struct.pack("<HHI", struct.unpack_from("<I", pcap, 20)[0], 0, 0))
    at = 24
    while at < len(pcap):
        seconds, fraction, captured, original = struct.unpack_from("<IIII", pcap, at)
        ticks = seconds * 1_000_000 + fraction
        frame = pcap[at + 16:at + 16 + captured]
        octets += block(6, struct.pack("<IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, captured, original) + frame)
        at += 16 + captured
    assert len(octets) > len(section)
    return octets


def check_secrets(folder):
    case = PCAPS / "algorithm-linux-aes-gcm"
    keys = folder.path / "secrets.esp_sa"
    folder.convert(case / "xfrm-state.txt", "--to", "esp-sa", "--show-keys", "-o", keys)
    capture = folder.path / "secrets.pcapng"
    capture.write_bytes(pcapng_with_secrets((case / "wire.pcap").read_bytes(), keys.read_bytes()))
    ended = run(folder.espy, "verify", "--json", capture)
    report = json.loads(ended.stdout)
    good = sum(association["integrity_checks"]["good"] for association in report["associations"])
    yield from expect(good == report["packets"]["total"] > 0, "every ICV is checked with the keys of the capture", ended)
    yield from expect("carries the keys of" in ended.stderr, "and espy says where they come from", ended)
    with capture.open("rb") as file:
        ended = run(folder.espy, "verify", "-", stdin=file)
    yield from expect("come too late in a stream" in ended.stderr, "a stream's keys are told", ended)


def main():
    failures = []
    with tempfile.TemporaryDirectory() as name:
        folder = Folder(sys.argv[1], pathlib.Path(name))
        for check in (check_usage, check_files, check_notes, check_chain, check_iproute, check_wireshark, check_tcpdump, check_secrets):
            failures += [f"{check.__name__}: {failure}" for failure in check(folder)]
    for failure in failures:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
