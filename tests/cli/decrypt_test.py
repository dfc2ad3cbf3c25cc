#!/usr/bin/env python3
"""`espy decrypt` on captures of real kernels, its output read by tshark and tcpdump: what was inside, when, on which link, and every checksum.

usage: decrypt_test.py ESPY
"""

import collections
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

CASES = pathlib.Path(__file__).resolve().parents[1] / "pcaps"
SKIPPED = 77
SECRETS_BLOCK, ESP_SECRETS = 10, 0x45535053

# Case, its capture, and of the output: how many packets there are whose comment says that an ICV is good, and their protocols as tshark
# names them. The counts are those of case.json, which come from what the kernels sent.
OPENED = [
    ("algorithm-aes-gcm", "wire.pcap", 33, {"eth:ethertype:ip:icmp:data", "eth:ethertype:ip:tcp", "eth:ethertype:ip:tcp:data", "eth:ethertype:ip:udp:echo"}),
    ("algorithm-ah-outside-esp", "wire.pcap", 38, {"eth:ethertype:ip:icmp:data"}),
    ("algorithm-esp6", "wire.pcap", None, None),
    ("algorithm-beet", "wire.pcap", None, None),
    ("natt-transport", "wire.pcap", None, None),
    ("tunnel-6in4", "wire.pcap", None, None),
    ("tunnel-gw", "wire.pcap", None, None),
]
# The same where several frames carry a packet: how many packets there are, by the sequence numbers that tshark shows, and how many frames of ARP
# and neighbour discovery.
SEVERAL_FRAMES = [
    ("algorithm-fragments", 10, 2, {"eth:ethertype:ip:icmp:data"}),
    ("algorithm-fragments-tunnel", 24, 2, {"eth:ethertype:ip:icmp:data", "eth:ethertype:ip:tcp", "eth:ethertype:ip:tcp:data"}),
    ("algorithm-fragments6", 9, 1, {"eth:ethertype:ipv6:icmpv6", "eth:ethertype:ipv6:icmpv6:data"}),
]
FIELDS = ["frame.time_epoch", "frame.protocols", "frame.comment", "frame.encap_type", "ip.checksum.status", "tcp.checksum.status", "udp.checksum.status",
          "icmp.checksum.status", "icmpv6.checksum.status", "_ws.malformed"]
CHECKSUMS = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]
BAD_CHECKSUM = "0"

Packet = collections.namedtuple("Packet", [field.replace(".", "_").lstrip("_") for field in FIELDS])


def run(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, check=False)


def configuration(case):
    return [word for path in sorted((CASES / case).glob("*")) if path.name.startswith(("xfrm-state", "setkey", "keys")) for word in ("-c", str(path))]


def packets(path):
    ended = run("tshark", "-n", "-r", str(path), *CHECKSUMS, "-T", "fields", *[word for field in FIELDS for word in ("-e", field)])
    if ended.returncode != 0:
        raise RuntimeError(f"tshark cannot read {path}: {ended.stderr}")
    return [Packet(*(text.split("\t") + [""] * len(FIELDS))[:len(FIELDS)]) for text in ended.stdout.splitlines()]


def decrypt(espy, case, capture, output, *options):
    return run(espy, "decrypt", *configuration(case), str(CASES / case / capture), "-w", str(output), *options)


def check_opened(espy, folder):
    for case, capture, count, protocols in OPENED:
        output = folder / f"{case}.pcapng"
        ended = decrypt(espy, case, capture, output)
        if ended.returncode != 0:
            yield f"{case}: status {ended.returncode}: {ended.stderr}"
            continue
        yield from (f"{case}: {problem}" for problem in check_output(packets(CASES / case / capture), packets(output), count, protocols))


def wrong_checksum(packet):
    return BAD_CHECKSUM in (packet.ip_checksum_status, packet.tcp_checksum_status, packet.icmp_checksum_status, packet.icmpv6_checksum_status)


def check_output(before, after, count, protocols):
    if [packet.frame_time_epoch for packet in before] != [packet.frame_time_epoch for packet in after]:
        yield "other times or another number of packets than in the capture"
    if {packet.frame_encap_type for packet in before} != {packet.frame_encap_type for packet in after}:
        yield "another link type than in the capture"
    opened = [packet for packet in after if "ICV good" in packet.frame_comment]
    if not opened or (count is not None and len(opened) != count):
        yield f"{len(opened)} packets with a good ICV instead of {count}"
    if protocols is not None and not {packet.frame_protocols for packet in opened} <= protocols:
        yield f"unexpected protocols {sorted({packet.frame_protocols for packet in opened} - protocols)}"
    for packet in opened:
        if any(word in packet.frame_protocols.split(":") for word in ("esp", "ah", "ipcomp")):
            yield f"still secured: {packet}"
        if wrong_checksum(packet):
            yield f"a checksum is wrong: {packet}"
        if packet.ws_malformed:
            yield f"malformed: {packet}"
    if any(packet.frame_comment for packet in after if "esp" not in packet.frame_comment and "ah" not in packet.frame_comment):
        yield "a comment on a packet that was not secured"


def check_fragments(espy, folder):
    """A datagram in fragments comes out once, whole, when its last fragment came; the other fragments are left out and counted."""
    for case, count, clear, protocols in SEVERAL_FRAMES:
        output = folder / f"{case}.pcapng"
        ended = decrypt(espy, case, "wire.pcap", output)
        before, after = packets(CASES / case / "wire.pcap"), packets(output)
        opened = [packet for packet in after if "ICV good" in packet.frame_comment]
        if (len(opened), len(after)) != (count, count + clear):
            yield f"{case}: {len(after)} packets, of which {len(opened)} were opened"
        if f"; {len(before) - len(after)} more fragments were part of what was opened" not in ended.stderr:
            yield f"{case}: {ended.stderr.strip()}"
        if not {packet.frame_protocols for packet in opened} <= protocols:
            yield f"{case}: unexpected protocols {sorted({packet.frame_protocols for packet in opened} - protocols)}"
        last = set(last_fragments(case))
        if not last or not last <= {packet.frame_time_epoch for packet in opened}:
            yield f"{case}: a datagram has another time than its last fragment"
        yield from (f"{case}: {packet}" for packet in opened if packet.ws_malformed or wrong_checksum(packet))
        listed = run("tcpdump", "-n", "-r", str(output))
        if listed.returncode != 0 or "ESP" in listed.stdout or "frag" in listed.stdout:
            yield f"{case}: tcpdump: {listed.stderr} {listed.stdout[:300]}"


def check_fragments_with_wrong_keys(espy, folder):
    """Ten datagrams in thirty fragments, which all stay: each of them says that an ICV is wrong. The other two frames are ARP."""
    case, wrong = "algorithm-fragments", folder / "wrong.txt"
    text = (CASES / case / "xfrm-state.txt").read_text()
    wrong.write_text(re.sub(r"(auth-trunc hmac\(sha1\) 0x)(..)", lambda found: f"{found[1]}{int(found[2], 16) ^ 1:02x}", text))
    for only, bad, other in (("all", 30, 2), ("good", 0, 2), ("bad", 30, 0)):
        output = folder / f"wrong-{only}.pcapng"
        ended = run(espy, "decrypt", "-c", str(wrong), str(CASES / case / "wire.pcap"), "-w", str(output), "--only", only)
        comments = [packet.frame_comment for packet in packets(output)]
        told = sum("not opened" in comment and "ICV bad" in comment for comment in comments)
        if (told, len(comments) - told) != (bad, other) or "30 have a bad ICV" not in ended.stderr:
            yield f"{case} with wrong keys, --only {only}: {told} of {len(comments)} packets; {ended.stderr.strip()}"


def last_fragments(case):
    """When tshark has put a datagram of ESP together: the frames in which it shows ESP and that are fragments."""
    filters = "esp && (ip.frag_offset > 0 || ipv6.fraghdr.offset > 0)"
    return run("tshark", "-n", "-r", str(CASES / case / "wire.pcap"), "-Y", filters, "-T", "fields", "-e", "frame.time_epoch").stdout.split()


def check_stream(espy, folder):
    """ESP in TCP: twenty packets, ten each way, without TCP around them; tests/pcaps/algorithm-tcp/case.json counts them."""
    output = folder / "algorithm-tcp.pcapng"
    decrypt(espy, "algorithm-tcp", "wire.pcap", output)
    opened = [packet for packet in packets(output) if "ICV good" in packet.frame_comment]
    numbers = sorted(packet.frame_comment.split(" ICV")[0] for packet in opened)
    if numbers != sorted(f"esp 0x0000{spi} seq {number}" for spi in ("1000", "1001") for number in range(1, 11)):
        yield f"algorithm-tcp: {numbers}"
    if not {packet.frame_protocols for packet in opened} <= {"eth:ethertype:ip:icmp:data", "eth:ethertype:ip:tcp:data", "eth:ethertype:ip:udp:echo"}:
        yield f"algorithm-tcp: {sorted({packet.frame_protocols for packet in opened})}"
    yield from (f"algorithm-tcp: {packet}" for packet in opened if packet.ws_malformed or wrong_checksum(packet))
    times = [float(packet.frame_time_epoch) for packet in packets(output)]
    if times != sorted(times):
        yield "algorithm-tcp: packets out of order"
    listed = run("tcpdump", "-n", "-r", str(output), "icmp or udp or port 40000")
    if listed.returncode != 0 or not listed.stdout:
        yield f"algorithm-tcp: tcpdump: {listed.stderr}"


def check_only(espy, folder):
    """A capture with packets whose ICV is wrong under the key of the configuration, and others that are good."""
    case, capture = "wrong-auth-key", "wire.pcap"
    found = {}
    for only in ("all", "good", "bad"):
        output = folder / f"only-{only}.pcapng"
        ended = decrypt(espy, case, capture, output, "--only", only)
        if ended.returncode != 0:
            yield f"--only {only}: {ended.stderr}"
            return
        found[only] = packets(output)
    comments = {only: [packet.frame_comment for packet in rows] for only, rows in found.items()}
    if any("ICV bad" in comment or "not opened" in comment for comment in comments["good"]):
        yield "--only good writes what is not good"
    if any("ICV bad" not in comment for comment in comments["bad"]):
        yield "--only bad writes what is not bad"
    if sorted(comments["all"]) != sorted(comments["good"] + comments["bad"]):
        yield f"good and bad do not make all: {comments}"
    if not comments["good"]:
        yield "nothing is good"


def check_without_keys(espy, folder):
    """What cannot be opened is written as it was captured, octet by octet, and says why."""
    source, output = CASES / "algorithm-aes-gcm" / "wire.pcap", folder / "no-keys.pcapng"
    ended = run(espy, "decrypt", str(source), "-w", str(output))
    if ended.returncode != 0:
        yield f"without keys: {ended.stderr}"
        return
    octets = [run("tshark", "-n", "-r", str(path), "-x").stdout for path in (source, output)]
    if octets[0] != octets[1] or not octets[0]:
        yield "packets without a key were changed"
    secured = [packet for packet in packets(output) if "esp" in packet.frame_protocols]
    if not secured or any(not packet.frame_comment.endswith("not opened: no key") for packet in secured):
        yield "a packet without a key does not say so"


def blocks(path):
    octets, at = path.read_bytes(), 0
    while at < len(octets):
        kind, size = struct.unpack_from("<II", octets, at)
        yield kind, octets[at + 8:at + size - 4]
        at += size


def check_embedded_keys(espy, folder):
    """The keys go along: espy opens the file again without any configuration."""
    output, again = folder / "keys.pcapng", folder / "again.pcapng"
    ended = decrypt(espy, "algorithm-aes-gcm", "wire.pcap", output, "--embed-keys")
    secrets = [body for kind, body in blocks(output) if kind == SECRETS_BLOCK] if ended.returncode == 0 else []
    if len(secrets) != 1 or struct.unpack_from("<I", secrets[0])[0] != ESP_SECRETS or b'"IPv4","10.0.0.1","10.0.0.2","0x00000200"' not in secrets[0]:
        yield f"--embed-keys: no block of ESP secrets: {ended.stderr}"
        return
    if output.stat().st_mode & 0o077:
        yield "others can read the file with the keys"
    if run(espy, "decrypt", str(output), "-w", str(again)).returncode != 0:
        yield "the file with the keys cannot be read"
    if sum("ICV good" in packet.frame_comment for packet in packets(again)) != 33:
        yield "the keys of the file do not open it"


def check_refusals(espy, folder):
    copy = folder / "copy.pcap"
    shutil.copy(CASES / "algorithm-aes-gcm" / "wire.pcap", copy)
    before = copy.read_bytes()
    for arguments, pattern in ((["-w", str(copy)], "is what is to be read"), ([], "--write is required"), (["-w", "/dev/full"], "No space left"),
                               (["-w", str(folder / "none" / "x")], "No such file"), (["-w", "-", "--only", "some"], "--only")):
        ended = run(espy, "decrypt", str(copy), *arguments)
        if ended.returncode != 2 or pattern not in ended.stderr:
            yield f"decrypt {arguments}: status {ended.returncode}, {ended.stderr.strip()}"
    if copy.read_bytes() != before:
        yield "the capture itself was written to"


def check_tcpdump(espy, folder):
    if not shutil.which("tcpdump"):
        return
    output = folder / "algorithm-aes-gcm.pcapng"
    ended = run("tcpdump", "-n", "-r", str(output))
    if ended.returncode != 0 or "ICMP echo request" not in ended.stdout or "ESP" in ended.stdout:
        yield f"tcpdump: {ended.stderr} {ended.stdout[:300]}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if not shutil.which("tshark"):
        print("tshark is not installed")
        return SKIPPED
    problems = []
    with tempfile.TemporaryDirectory() as name:
        for group in (check_opened, check_fragments, check_fragments_with_wrong_keys, check_stream, check_only, check_without_keys, check_embedded_keys, check_refusals, check_tcpdump):
            problems += group(sys.argv[1], pathlib.Path(name))
    print("\n".join(problems) or f"{len(OPENED) + len(SEVERAL_FRAMES) + 1} captures decrypted")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
