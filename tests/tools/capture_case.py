"""A case of tests/pcaps under construction: its frames, its configuration, and what is known of every packet because it was made here.

What is expected of a case is counted while its packets are sent; espy is never asked.
"""

import collections
import dataclasses
import json
import struct

from ipsec_packets import ESP, IPV4, IPV6, Ip, icmp_echo, is_ipv6, noise, tcp, udp

START = 1_800_000_000_000_000   # microseconds; 2027-01-15
MAC = b"\x02\0\0\0\0"
SIZES = (20, 57, 84, 36, 131, 100, 333, 48, 576, 1300)   # of the upper layer's message
CLASSES = ("protected", "unverified", "leaked", "forged", "exempt", "decapsulated", "control", "unrelated", "undecodable")


def message(source, destination, number, size):
    """(protocol, octets) of an upper layer: pings, datagrams and segments in turn."""
    if number % 3 == 0:
        return icmp_echo(source, destination, number, max(size, 8))
    if number % 3 == 1:
        return udp(source, destination, (4000, 7), noise(f"datagram {number}", max(size - 8, 0)))
    return tcp(source, destination, (40000, 5001), 1000 * number, noise(f"segment {number}", max(size - 20, 0)))


def content(association, number, size, inner=None):
    """What an SA carries: an upper layer's message, or a whole packet between `inner` in tunnel mode."""
    if association.mode == "transport":
        return message(association.source, association.destination, number, size)
    source, destination = inner
    protocol, octets = message(source, destination, number, size)
    return IPV6 if is_ipv6(source) else IPV4, Ip(source, destination, identification=number).build(protocol, octets)


def ethernet(packet, source_host=b"\x0a", destination_host=b"\x0b"):
    kind = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"
    return MAC + destination_host + MAC + source_host + kind + packet


def flipped(octets, at):
    return octets[:at] + bytes([octets[at] ^ 0x10]) + octets[at + 1:]


def pcap(frames):
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
    for time, data in frames:
        out += struct.pack("<4I", time // 1_000_000, time % 1_000_000, len(data), len(data)) + data
    return out


def name_of(association):
    return f"{association.protocol} 0x{association.spi:08x} {association.source} > {association.destination}"


@dataclasses.dataclass
class Case:
    """`protect`: rows of [[protect]]. `configured`: what the configuration says of an SA, where that is not what its peer does."""

    why: str
    made_by: str = "construction by hand, primitives of Nettle"
    protect: list = dataclasses.field(default_factory=list)
    frames: list = dataclasses.field(default_factory=list)
    associations: list = dataclasses.field(default_factory=list)
    checks: dict = dataclasses.field(default_factory=dict)
    classes: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    configured: dict = dataclasses.field(default_factory=dict)
    expect: dict = dataclasses.field(default_factory=dict)
    findings: list = dataclasses.field(default_factory=list)
    absent: list = dataclasses.field(default_factory=list)
    words: dict = dataclasses.field(default_factory=dict)
    texts: dict = dataclasses.field(default_factory=dict)
    verdict: str = ""
    time: int = START
    rules: tuple = ("V14",)

    def require(self, source, destination, headers="esp", **more):
        self.protect.append({"from": source, "to": destination, "require": headers, **more})

    def add(self, frame, kind, *judged):
        """A frame of class `kind`; `judged`: (association, "good" or "bad" or "unchecked" or "none") for each header with a key."""
        self.frames.append((self.time, frame))
        self.time += 10_000
        self.classes[kind] += 1
        for association, check in judged:
            if association not in self.associations:
                self.associations.append(association)
            self.checks.setdefault(name_of(association), collections.Counter())[check] += 1

    def configuration(self):
        return {"keys.toml": toml([self.configured.get(name_of(row), row) for row in self.associations], self.protect), **self.texts}

    def expected(self):
        verdict = self.verdict or ("violated" if self.classes["forged"] or self.classes["leaked"] else "protected")
        expect = {"verdict": verdict, "packets.total": len(self.frames)}
        expect.update({f"packets.{name}": self.classes[name] for name in CLASSES})
        for association, checks in self.checks.items():
            if not checks["none"]:
                expect.update({f"associations[{association}].integrity_checks.{name}": checks[name] for name in ("good", "bad", "unchecked")})
            if association.startswith("esp") and not checks["bad"] and not checks["unchecked"]:
                expect[f"associations[{association}].decryption.opened"] = sum(checks.values())
        expect.update(self.expect)
        expect = {path: value for path, value in expect.items() if value is not None or path.endswith(".diagnosis")}
        return verdict, expect

    def case_json(self):
        verdict, expect = self.expected()
        files = [argument for name in self.configuration() for argument in ("-c", name)]
        case = {"command": ["verify", "--unfiltered", *files, "wire.pcap"], "exit_status": {"protected": 0, "violated": 1, "inconclusive": 3}[verdict],
                "rules": list(self.rules), "expect": expect,
                "associations": {name: sum(checks.values()) for name, checks in sorted(self.checks.items())},
                "findings": self.findings, "absent_findings": self.absent}
        if self.words:
            case["messages"] = self.words
        return json.dumps(case, indent=2) + "\n"

    def readme(self, name):
        return (f"# {name}\n\n{self.why}\n\nMade by tests/tools/make_algorithm_captures.py: {self.made_by}. No traffic of a real network, and no key that was ever\n"
                "used. What is expected was counted while the packets were made.\n")

    def files(self, name):
        """Everything of the case's folder: {file name: octets}."""
        out = {"wire.pcap": pcap(self.frames), "case.json": self.case_json().encode(), "README.md": self.readme(name).encode()}
        out.update({file: text.encode() for file, text in self.configuration().items()})
        return out


# Configurations

def toml_sa(row):
    lines = ["[[sa]]", f'source = "{row.source}"', f'destination = "{row.destination}"', f"spi = 0x{row.spi:x}", f'protocol = "{row.protocol}"', f'mode = "{row.mode}"']
    if row.protocol == "esp":
        lines.append(f'encryption = "{row.encryption}"')
        if row.key:
            lines.append(f'encryption_key = "0x{(row.key + row.salt).hex()}"')
    if row.integrity != "none":
        key = row.integrity_key + (row.salt if row.integrity == "aes-gmac" else b"")
        lines += [f'integrity = "{row.integrity}"', f'integrity_key = "0x{key.hex()}"']
    if row.icv_size:
        lines.append(f"icv_bits = {8 * (16 if row.integrity == 'aes-gmac' else row.icv_size)}")
    return "\n".join(lines + (["esn = true"] if row.esn else []) + row.extra)


def toml_policy(row):
    def value(what):
        return json.dumps(what)

    return "\n".join(["[[protect]]"] + [f"{key} = {value(what)}" for key, what in row.items()])


def toml(associations, protect):
    return "\n\n".join([toml_sa(row) for row in associations] + [toml_policy(row) for row in protect]) + "\n"


# Exchanges

def esp_frame(association, sequence, number, size, ip=None, inner=None, spoiled=False):
    next_header, octets = content(association, number, size, inner)
    packet = association.seal(sequence, next_header, octets)
    if spoiled:
        packet = flipped(packet, len(packet) // 2 + 4)
    ip = ip or Ip(association.source, association.destination, identification=sequence & 0xFFFF)
    return ethernet(ip.build(51 + 90 if association.wesp else ESP, packet))


def ah_frame(association, sequence, number, size, ip=None, inner=None, spoiled=False):
    next_header, octets = content(association, number, size, inner)
    ip = ip or Ip(association.source, association.destination, identification=sequence & 0xFFFF)
    packet = association.authenticate(sequence, ip, next_header, octets)
    return ethernet(flipped(packet, len(packet) - 3) if spoiled else packet)


def exchange(case, forth, back, start=1, count=10, spoil=True, inner=None, sizes=SIZES):
    """`count` good packets each way; with `spoil` one more of `forth` in the middle, of which a bit was flipped."""
    for step in range(count + 1):
        size = sizes[step % len(sizes)]
        for association in (forth, back):
            spoiled = spoil and association is forth and step == count // 2
            if step == count and association is back or step == count and not spoil:
                continue
            ends = inner if association is forth or inner is None else inner[::-1]
            frame = (ah_frame if association.protocol == "ah" else esp_frame)(association, start + step, step + 1, size, inner=ends, spoiled=spoiled)
            checked = "none" if association.integrity == "none" and not association.icv_size else "bad" if spoiled else "good"
            case.add(frame, "forged" if spoiled else "protected", (association, checked))
    if spoil:
        case.findings = ["sa.icv-bad"]
