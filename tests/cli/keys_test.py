#!/usr/bin/env python3
"""Keys stay where they belong: in secret memory, and in no output but that of `convert --show-keys`.

usage: keys_test.py ESPY

The memory of a running espy is read through /proc/PID/mem after it has read a key file: the digits or letters of a key may be nowhere, its
octets only in mappings that are left out of core dumps. That needs the right to trace, which root has.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

CAPTURE = str(pathlib.Path(__file__).resolve().parents[1] / "pcaps" / "classic-ah-esp" / "wire.pcap")
CIPHER = "5ea107d33f9268bc14e9702bc6854df1"
HASH = "8d07b12c5f1e93a4d6602be17fc8394a0c96e15d"
TEXT = "Yw7-qKfT2vZ!mB4x"  # 16 octets
SECRET = "hJ8+wQz3$kPnV6tR"
LARGEST_MAPPING = 1 << 28

# Name, content, and the keys as they stand in it: digits or letters.
FILES = [
    ("setkey.conf", f"add 10.0.0.1 10.0.0.2 esp 0x201 -E aes-cbc 0x{CIPHER} -A hmac-sha1 0x{HASH};\n", [CIPHER, HASH], []),
    ("text.conf", f'add 10.0.0.1 10.0.0.2 esp 0x201 -E aes-cbc "{TEXT}" -A hmac-sha1 0x{HASH};\n', [HASH], [TEXT]),
    ("state.txt", "src 10.0.0.1 dst 10.0.0.2\n\tproto esp spi 0x00000201 reqid 0 mode transport\n"
     f"\tauth-trunc hmac(sha1) 0x{HASH} 96\n\tenc cbc(aes) 0x{CIPHER}\n", [CIPHER, HASH], []),
    ("dump.txt", "10.0.0.1 10.0.0.2 \n\tesp mode=transport spi=513(0x00000201) reqid=0(0x00000000)\n"
     f"\tE: aes-cbc  {CIPHER[:8]} {CIPHER[8:16]} {CIPHER[16:24]} {CIPHER[24:]}\n"
     f"\tA: hmac-sha1  {HASH[:8]} {HASH[8:16]} {HASH[16:24]} {HASH[24:32]} {HASH[32:]}\n"
     "\tseq=0x00000000 replay=0 flags=0x00000000 state=mature \n", [CIPHER, HASH], []),
    ("add.sh", "ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x201 mode transport "
     f"auth-trunc 'hmac(sha1)' 0x{HASH} 96 enc 'cbc(aes)' 0x{CIPHER}\n", [CIPHER, HASH], []),
    ("esp_sa", f'"IPv4","10.0.0.1","10.0.0.2","0x00000201","AES-CBC [RFC3602]","0x{CIPHER}","HMAC-SHA-1-96 [RFC2404]","0x{HASH}"\n',
     [CIPHER, HASH], []),
    ("text.esp_sa", f'"IPv4","10.0.0.1","10.0.0.2","0x00000201","AES-CBC [RFC3602]","{TEXT}","HMAC-SHA-1-96 [RFC2404]","0x{HASH}"\n', [HASH],
     [TEXT]),
    ("tcpdump.keys", f"0x00000201@10.0.0.2 aes128-cbc-hmac96:0x{CIPHER}\n", [CIPHER], []),
    ("espy.toml", f'[[sa]]\nsource = "10.0.0.1"\ndestination = "10.0.0.2"\nspi = 0x201\nencryption = "aes-cbc"\nencryption_key = "0x{CIPHER}"\n'
     f'integrity = "hmac-sha1"\nintegrity_key = "0x{HASH}"\n', [CIPHER, HASH], []),
    ("ipsec.secrets", f'10.0.0.1 10.0.0.2 : PSK "{SECRET}"\n', [], [SECRET]),
    ("swanctl.conf", 'connections { net { remote_addrs = 10.0.0.2\n local_addrs = 10.0.0.1\n children { net { } } } }\n'
     f'secrets {{ ike-1 {{ secret = "{SECRET}"\n }} }}\n', [], [SECRET]),
]
TARGETS = ["setkey", "xfrm", "esp-sa", "esp-sa-8", "tcpdump", "toml"]


def run(espy, *arguments):
    return subprocess.run([espy, *arguments], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)


def secrets_in(text, digits, letters):
    """What of the keys stands in `text`: twelve digits or eight letters in a row are a leak."""
    folded = re.sub(r"[\s:]", "", text).lower()
    pieces = [key[at:at + 12] for key in digits for at in range(len(key) - 11)]
    found = [piece for piece in pieces if piece in folded]
    found += [key[at:at + 8] for key in letters for at in range(len(key) - 7) if key[at:at + 8] in text]
    return sorted(set(found))[:3]


def mutilated(content, digits):
    """The same file with slips: a digit too few, a letter that is none, a word too many, the end cut off."""
    yield content
    for key in digits:
        yield content.replace(key, key[:-1])
        yield content.replace(key, "g" + key[1:])
        yield content.replace(key, key[:9] + " " + key[9:])
        yield content.replace("0x" + key, key)
        yield content[:content.find(key) + len(key) - 3]


def check_outputs(espy, folder, name, content, digits, letters):
    for number, text in enumerate(mutilated(content, digits)):
        path = folder / f"{number}-{name}"
        path.write_text(text)
        path.chmod(0o600)
        runs = [("lint", "--json", str(path))]
        if number == 0:
            runs += [("verify", "-c", str(path), CAPTURE), ("verify", "--json", "-c", str(path), CAPTURE), ("dump", "-c", str(path), CAPTURE),
                     ("lint", str(path))]
            runs += [("convert", str(path), "--to", target) for target in TARGETS]
        for arguments in runs:
            ended = run(espy, *arguments)
            if ended.returncode not in (0, 1, 2, 3):
                yield f"{' '.join(arguments)}: exit status {ended.returncode}: {ended.stderr[:300]}"
            for piece in secrets_in(ended.stdout + ended.stderr, digits, letters):
                yield f"{' '.join(arguments)} (variant {number}): prints a piece of a key, {piece}"


def check_warning(espy, folder, name, content):
    path = folder / f"open-{name}"
    path.write_text(content)
    path.chmod(0o644)
    for arguments in (("verify", "-c", str(path), CAPTURE), ("lint", str(path)), ("convert", str(path), "--to", "toml")):
        ended = run(espy, *arguments)
        if "can be read by" not in ended.stdout + ended.stderr and "others can read" not in ended.stdout + ended.stderr:
            yield f"{' '.join(arguments)}: no warning about a key file that everyone can read"


def check_command_line(espy):
    commands = re.findall(r"^  ([a-z]+) ", run(espy, "--help").stdout.partition("Subcommands:")[2].partition("Exit status")[0], re.MULTILINE)
    for command in commands:
        if command == "explain":  # reads no configuration
            continue
        for option in ("-E", "--key", "--secret", "--psk"):
            ended = run(espy, command, option, f"0x{CIPHER}")
            if ended.returncode != 2 or "not taken from the command line" not in ended.stderr:
                yield f"{command} {option}: exit status {ended.returncode}, {ended.stderr.strip()[:200]!r}"
            for piece in secrets_in(ended.stdout + ended.stderr, [CIPHER], []):
                yield f"{command} {option}: prints {piece}"
    if len(commands) < 5:
        yield f"only the commands {commands} were found in the help"


def waits_for_input(pid):
    """True once the process sleeps in read(0, …)."""
    try:
        words = pathlib.Path(f"/proc/{pid}/syscall").read_text().split()
    except OSError:
        return False
    return len(words) > 1 and words[0] == "0" and int(words[1], 16) == 0


def mappings(pid):
    """(first, last, flags) of what can be read."""
    area = None
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line)
        if head:
            area = (int(head[1], 16), int(head[2], 16), head[3])
        elif line.startswith("VmFlags:") and area and "r" in area[2] and area[1] - area[0] < LARGEST_MAPPING:
            yield area[0], area[1], line.split()[1:]


def search_memory(pid, digits, letters):
    octets = [bytes.fromhex(key) for key in digits] + [key.encode() for key in letters]
    texts = [key.encode()[at:at + 16] for key in digits for at in range(0, len(key) - 15, 4)]
    seen = 0
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for first, last, flags in mappings(pid):
            try:
                memory.seek(first)
                content = memory.read(last - first)
            except (OSError, ValueError, OverflowError):
                continue
            for text in texts:
                if text in content:
                    yield f"the digits {text.decode()} are still in memory at {first + content.find(text):x}"
            for key in octets:
                at = content.find(key)
                if at < 0:
                    continue
                if "dd" in flags:
                    seen += 1
                else:
                    yield f"octets of a key are in ordinary memory at {first + at:x}"
    if digits and not seen:
        yield "no key was found in secret memory, so that this search proves nothing"


def check_memory(espy, folder, name, content, digits, letters):
    path = folder / f"memory-{name}"
    path.write_text(content)
    path.chmod(0o600)
    # The second configuration comes from a pipe that stays open, so that espy waits with the first one read.
    with subprocess.Popen([espy, "lint", str(path), "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            deadline = time.monotonic() + 20
            while not waits_for_input(child.pid) and time.monotonic() < deadline:
                time.sleep(0.02)
            if not waits_for_input(child.pid):
                yield "espy does not wait for its second configuration"
                return
            yield from search_memory(child.pid, digits, letters)
        finally:
            child.kill()


def may_trace(espy):
    with subprocess.Popen([espy, "lint", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            time.sleep(0.2)
            with open(f"/proc/{child.pid}/mem", "rb", buffering=0) as memory:
                first, last, _ = next(mappings(child.pid))
                memory.seek(first)
                return len(memory.read(16)) > 0 and pathlib.Path(f"/proc/{child.pid}/syscall").read_text() != ""
        except (OSError, StopIteration):
            return False
        finally:
            child.kill()


def main():
    espy = sys.argv[1]
    failures = list(check_command_line(espy))
    traced = may_trace(espy)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.chmod(folder, 0o700)
        for file, content, digits, letters in FILES:
            failures += [f"{file}: {failure}" for failure in check_outputs(espy, folder, file, content, digits, letters)]
            failures += [f"{file}: {failure}" for failure in check_warning(espy, folder, file, content)]
            if traced:
                failures += [f"{file}: {failure}" for failure in check_memory(espy, folder, file, content, digits, letters)]
    for failure in failures:
        print(failure)
    if not traced:
        print("the memory of espy was not searched: this user may not trace other processes")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
