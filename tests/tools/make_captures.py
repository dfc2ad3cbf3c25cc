#!/usr/bin/env python3
"""Makes the captures of tests/pcaps that no kernel made: packets written here octet by octet, or real captures of other cases, edited.

usage: make_captures.py [CASE...]     writes the captures of these cases, or of all
       make_captures.py --check       compares every capture with what would be written

Needs nothing but Python. Nothing here knows what espy says of a capture: the expectations stand in each case.json, the reasons in README.md.
"""

import hashlib
import ipaddress
import pathlib
import struct
import sys

from internet_checksum import checksum

PCAPS = pathlib.Path(__file__).resolve().parents[1] / "pcaps"
A, B = "10.0.0.1", "10.0.0.2"
OTHER, TRANSLATED = "10.0.0.9", "10.0.0.77"
MAC = {A: "02000000000a", B: "02000000000b", OTHER: "020000000009", TRANSLATED: "02000000004d"}
ETHERNET = 1
START = 1_800_000_000_000_000   # microseconds; 2027-01-15
MILLISECOND = 1_000
SECOND = 1_000_000
ICMP, TCP, UDP, ESP, AH = 1, 6, 17, 50, 51


class Frame:
    """One frame: octets, microseconds, length on the wire, and the pcapng interface that saw it."""

    def __init__(self, data, time, wire=None, interface=0):
        self.data, self.time, self.wire, self.interface = bytes(data), time, wire or len(data), interface


# Files

def read_pcap(case, name="wire.pcap"):
    """The frames of a classic little-endian capture."""
    octets = (PCAPS / case / name).read_bytes()
    magic = struct.unpack_from("<I", octets)[0]
    divisor = {0xA1B2C3D4: 1, 0xA1B23C4D: 1000}[magic]
    frames, at = [], 24
    while at < len(octets):
        seconds, fraction, captured, wire = struct.unpack_from("<4I", octets, at)
        frames.append(Frame(octets[at + 16:at + 16 + captured], seconds * 1_000_000 + fraction // divisor, wire))
        at += 16 + captured
    return frames


def pcap(frames):
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, ETHERNET)
    for frame in frames:
        out += struct.pack("<4I", frame.time // 1_000_000, frame.time % 1_000_000, len(frame.data), frame.wire) + frame.data
    return out


def padded(octets):
    return octets + bytes(-len(octets) % 4)


def options(pairs):
    if not pairs:
        return b""
    return b"".join(struct.pack("<HH", code, len(value)) + padded(value) for code, value in pairs) + bytes(4)


def block(kind, body):
    size = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + size + body + size


def pcapng(frames, interfaces=("eth0",), capture_filter=None, statistics=(), lost_before=None):
    """`statistics`: (option code, count) of an Interface Statistics Block; 5 is isb_ifdrop, 7 isb_osdrop. `lost_before`: epb_dropcount of
    the last frame."""
    out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    for name in interfaces:
        facts = [(2, name.encode())] + ([(11, b"\0" + capture_filter.encode())] if capture_filter else [])
        out += block(1, struct.pack("<HHI", ETHERNET, 0, 262144) + options(facts))
    for frame in frames:
        header = struct.pack("<5I", frame.interface, frame.time >> 32, frame.time & 0xFFFFFFFF, len(frame.data), frame.wire)
        lost = [(4, struct.pack("<Q", lost_before))] if lost_before and frame is frames[-1] else []
        out += block(6, header + padded(frame.data) + options(lost))
    if statistics:
        last = frames[-1].time
        counts = [(code, struct.pack("<Q", count)) for code, count in statistics]
        out += block(5, struct.pack("<III", 0, last >> 32, last & 0xFFFFFFFF) + options(counts))
    return out


# Packets

def address(text):
    return ipaddress.IPv4Address(text).packed


def ipv4(source, destination, protocol, payload):
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0) + address(source) + address(destination)
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + payload


def ethernet(source, destination, packet):
    return bytes.fromhex(MAC[destination]) + bytes.fromhex(MAC[source]) + b"\x08\x00" + packet


def link(source, destination, protocol, payload):
    return ethernet(source, destination, ipv4(source, destination, protocol, payload))


def noise(label, size):
    """Octets that look like ciphertext, the same every time."""
    return hashlib.shake_256(label.encode()).digest(size)


def esp(source, destination, spi, sequence, size=96, label=""):
    """ESP of an SA that nobody has a key for: `size` octets of ciphertext and ICV."""
    return link(source, destination, ESP, struct.pack(">II", spi, sequence) + noise(f"{source} {spi} {sequence} {label}", size))


def tcp(source, source_port, destination, destination_port, payload=b"nothing"):
    header = struct.pack(">HHIIBBHHH", source_port, destination_port, 1, 1, 0x50, 0x18, 65535, 0, 0)
    segment = header + payload
    pseudo = address(source) + address(destination) + struct.pack(">BBH", 0, TCP, len(segment))
    segment = segment[:16] + struct.pack(">H", checksum(pseudo + segment)) + segment[18:]
    return link(source, destination, TCP, segment)


def udp(source, source_port, destination, destination_port, payload):
    """Without a checksum, which IPv4 allows."""
    return link(source, destination, UDP, struct.pack(">HHHH", source_port, destination_port, 8 + len(payload), 0) + payload)


def ike():
    """The header of an IKE_SA_INIT request and nothing more (RFC 7296 section 3.1)."""
    return struct.pack(">QQBBBBII", 0x1122334455667788, 0, 0, 0x20, 34, 0x08, 0, 28)


def fragments(source, destination, packet, size, identification=7):
    """The IPv4 fragments of a frame: `size` octets of payload each."""
    header, payload = packet[14:34], packet[34:]
    out = []
    for offset in range(0, len(payload), size):
        more = 0x2000 if offset + size < len(payload) else 0
        part = payload[offset:offset + size]
        fields = header[:2] + struct.pack(">HHH", 20 + len(part), identification, more | offset // 8) + header[8:10] + b"\0\0" + header[12:]
        out.append(ethernet(source, destination, fields[:10] + struct.pack(">H", checksum(fields)) + fields[12:] + part))
    return out


def neighbour_solicitation(hop_limit):
    """fd00::1 asks for fd00::2 (RFC 4861 section 4.3); from beyond the link it would have lost hops."""
    one, two = ipaddress.IPv6Address("fd00::1").packed, ipaddress.IPv6Address("fd00::2").packed
    message = struct.pack(">BBHI", 135, 0, 0, 0) + two
    sum_ = checksum(one + two + struct.pack(">II", len(message), 58) + message)
    packet = struct.pack(">IHBB", 0x60000000, len(message), 58, hop_limit) + one + two
    return bytes.fromhex(MAC[B] + MAC[A]) + b"\x86\xdd" + packet + message[:2] + struct.pack(">H", sum_) + message[4:]


def esp6(sequence):
    one, two = ipaddress.IPv6Address("fd00::1").packed, ipaddress.IPv6Address("fd00::2").packed
    body = struct.pack(">II", 0x600, sequence) + noise(f"six {sequence}", 96)
    return bytes.fromhex(MAC[B] + MAC[A]) + b"\x86\xdd" + struct.pack(">IHBB", 0x60000000, len(body), ESP, 64) + one + two + body


def unreachable(source, destination, quoted):
    """ICMP destination unreachable, port unreachable, around the first octets of a frame's IP packet (RFC 792)."""
    message = struct.pack(">BBHI", 3, 3, 0, 0) + quoted[14:14 + 28]
    return link(source, destination, ICMP, message[:2] + struct.pack(">H", checksum(message)) + message[4:])


def arp():
    body = struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + bytes.fromhex(MAC[A]) + address(A) + bytes(6) + address(B)
    return bytes.fromhex("ffffffffffff" + MAC[A]) + b"\x08\x06" + body


def paced(datas, step=20 * MILLISECOND):
    return [Frame(data, START + index * step) for index, data in enumerate(datas)]


def conversation(forth, back=None, spi=0x200):
    """ARP, then ESP of A (SPI `spi`) and B (the next SPI) in turn, with the sequence numbers of `forth` and `back`."""
    back = forth if back is None else back
    datas = [arp()]
    for index in range(max(len(forth), len(back))):
        datas += [esp(A, B, spi, number) for number in forth[index:index + 1]]
        datas += [esp(B, A, spi + 1, number) for number in back[index:index + 1]]
    return datas


def plain():
    return conversation(range(1, 11))


# Edits of real frames (Ethernet without tags, IPv4 without options)

def protocol_of(frame):
    return frame.data[23] if frame.data[12:14] == b"\x08\x00" else None


def rewritten(frame, ip_header, rest):
    ip_header = ip_header[:2] + struct.pack(">H", len(ip_header) + len(rest)) + ip_header[4:10] + b"\0\0" + ip_header[12:]
    ip_header = ip_header[:10] + struct.pack(">H", checksum(ip_header)) + ip_header[12:]
    return Frame(frame.data[:14] + ip_header + rest, frame.time)


def without_ah(frame):
    """The same frame as if AH had never been put around its content (RFC 4302 section 2)."""
    if protocol_of(frame) != AH:
        return frame
    header, ah = frame.data[14:34], frame.data[34:]
    size = (ah[1] + 2) * 4
    return rewritten(frame, header[:9] + ah[:1] + header[10:], ah[size:])


def with_ends(frame, source, destination):
    header = frame.data[14:34]
    return rewritten(frame, header[:12] + address(source) + address(destination), frame.data[34:])


def cut(frame, size):
    return Frame(frame.data[:size], frame.time, frame.wire)


# Captures

def before_nat():
    """tunnel-gw, where the gateways' own pings become pings of a host that source NAT hid behind gateway A."""
    frames = []
    for frame in read_pcap("tunnel-gw"):
        if protocol_of(frame) == ICMP:
            request = frame.data[34] == 8
            frame = with_ends(frame, A, "10.2.0.10") if request else with_ends(frame, "10.2.0.10", A)
        frames.append(frame)
    return pcap(frames)


def ports_cut(size):
    """ESP both ways, then ten segments to and from port 80, of which `size` octets were kept."""
    web = [tcp(A, 40000, B, 80, b"GET"), tcp(B, 80, A, 40000, b"200")] * 5
    return pcap([cut(frame, size) if protocol_of(frame) == TCP else frame for frame in paced(plain() + web)])


def both_sides(keep_errors=False, leak=False):
    """Gateway A of tunnel-gw on both of its interfaces: lan0 shows the plaintext, wan0 the tunnel."""
    lan, wan = read_pcap("tunnel-gw-lan", "lan-a.pcap"), read_pcap("tunnel-gw")
    if not keep_errors:
        lan = [frame for frame in lan if not (protocol_of(frame) == ICMP and frame.data[34] == 3)]
    if leak:
        # After one tunnel packet, whose length does not fit it: it cannot be the decrypted copy of anything.
        datagram = next(frame for frame in lan if protocol_of(frame) == UDP)
        macs = bytes.fromhex(MAC[B] + MAC[A])
        wan = wan + [Frame(macs + datagram.data[12:], wan[2].time + 10 * MILLISECOND)]
    for frame in wan:
        frame.interface = 1
    return pcapng(sorted(lan + wan, key=lambda frame: frame.time), ("lan0", "wan0"))


def lan_only():
    frames = read_pcap("tunnel-gw-lan", "lan-a.pcap")
    return pcapng([frame for frame in frames if not (protocol_of(frame) == ICMP and frame.data[34] == 3)], ("lan0",))


def damaged_block():
    """The block of the last frame but five ends in another length than it begins with."""
    frames = paced(plain())
    keep = len(pcapng(frames[:-5]))
    octets = bytearray(pcapng(frames))
    octets[keep - 4:keep] = struct.pack("<I", 0x11111111)
    return bytes(octets)


def two_policies():
    """Two SA pairs between the same two hosts: SPIs 0x200 and 0x201, then 0x300 and 0x301."""
    return pcap(paced(conversation(range(1, 6)) + conversation(range(1, 6), spi=0x300)[1:]))


def loss(both):
    """Numbers 5 to 7 of A's SA never came; those of B's only where `both` says so."""
    holed = [number for number in range(1, 16) if number not in (5, 6, 7)]
    whole = list(range(1, 16))
    datas = {}
    for index, number in enumerate(whole):
        if number in holed:
            datas[2 * index] = esp(A, B, 0x200, number)
        if number in holed or not both:
            datas[2 * index + 1] = esp(B, A, 0x201, number)
    frames = [Frame(data, START + slot * 20 * MILLISECOND) for slot, data in sorted(datas.items())]
    return pcap([Frame(arp(), START - SECOND)] + frames)


def overtaken(distance):
    """Number 40 - `distance` comes right after number 40."""
    late = 40 - distance
    forth = [number for number in range(1, 41) if number != late] + [late]
    return pcap(paced(conversation(forth, list(range(1, 41)))))


def quoting(frame_quoted):
    return pcap(paced(plain() + [unreachable(B, A, frame_quoted)] * 2))


def halves():
    frames = read_pcap("tunnel-gw")
    return pcap(frames[:30]), pcap(frames[30:])


def repeated(delay):
    """Frame 10 comes once more, `delay` microseconds after itself."""
    frames = paced(plain())
    return pcap(sorted(frames + [Frame(frames[9].data, frames[9].time + delay)], key=lambda frame: frame.time))


def old_ones_again():
    """Forty packets, and then the first five of A again, octet for octet: an attacker with a recording."""
    datas = plain_run(40)
    return pcap(paced(datas + [data for data in datas if data[34:42] in [struct.pack(">II", 0x200, number) for number in range(1, 6)]]))


def plain_run(count):
    return conversation(range(1, count + 1))


def begun_again():
    """A's counter goes from 40 back to 1 with new content, as after a restart with the same keys."""
    return pcap(paced(plain_run(40) + [esp(A, B, 0x200, number, label="second life") for number in range(1, 6)]))


def translated():
    """ESP in UDP port 4500 between B and the address that NAT gave A."""
    datas = [arp()]
    for number in range(1, 11):
        for source, destination, spi in ((TRANSLATED, B, 0x200), (B, TRANSLATED, 0x201)):
            datas.append(udp(source, 4500, destination, 4500, struct.pack(">II", spi, number) + noise(f"{spi} {number}", 96)))
    return pcap(paced(datas))


def twins(*delays):
    """One tunnel packet each way as gateway B's link shows them, and the first one's inner ping so many microseconds after it."""
    tunnel = [Frame(frame.data, START + index * MILLISECOND) for index, frame in enumerate(read_pcap("tunnel-gw")[2:4])]
    ping = next(frame for frame in read_pcap("tunnel-gw-lan", "lan-a.pcap") if protocol_of(frame) == ICMP)
    inner = [Frame(tunnel[0].data[:12] + ping.data[12:], START + delay) for delay in delays]
    return pcapng(sorted(tunnel + inner, key=lambda frame: frame.time))


def first_plaintext(before):
    """One ping on lan0, its tunnel packets on wan0 from `before` microseconds later."""
    wan = [Frame(frame.data, START + SECOND + before + index * MILLISECOND, interface=1) for index, frame in enumerate(read_pcap("tunnel-gw")[2:12])]
    ping = next(frame for frame in read_pcap("tunnel-gw-lan", "lan-a.pcap") if protocol_of(frame) == ICMP)
    return pcapng([Frame(ping.data, START + SECOND)] + wan, ("lan0", "wan0"))


def sides(apart=0):
    """The clear side and the tunnel in a file each; the clear side `apart` microseconds earlier than it was."""
    lan = [Frame(frame.data, frame.time - apart, frame.wire) for frame in read_pcap("tunnel-gw-lan", "lan-a.pcap")]
    return pcap(lan), pcap(read_pcap("tunnel-gw"))


def late_fragments(port):
    """ESP, then the fragments of a datagram to `port` without the first one, which alone has the ports."""
    datagram = udp(A, 40000, B, port, b"0123456789abcdef" * 8)
    return pcap(paced(plain() + fragments(A, B, datagram, 48)[1:]))


def all_fragments(port):
    return pcap(paced(plain() + fragments(A, B, udp(A, 40000, B, port, b"0123456789abcdef" * 8), 48)))


CAPTURES = {
    "missing-ah/wire.pcap": lambda: pcap([without_ah(frame) for frame in read_pcap("classic-ah-esp")]),
    "ah-behind-esp/wire.pcap": lambda: pcap([without_ah(frame) for frame in read_pcap("classic-ah-esp")]),
    "icmp-quote/wire.pcap": lambda: quoting(tcp(A, 40000, B, 23)),
    "icmp-quote-esp/wire.pcap": lambda: quoting(esp(A, B, 0x200, 10)),
    "before-nat/wire.pcap": before_nat,
    "two-ports-shared/wire.pcap": two_policies,
    "two-ports-reqid/wire.pcap": two_policies,
    "discard-telnet/wire.pcap": lambda: pcap(read_pcap("port-5901")),
    "level-use-kept/wire.pcap": lambda: pcap(paced(plain())),
    "marked-everything/wire.pcap": lambda: pcap(read_pcap("tunnel-gw")),
    "marked-narrow/wire.pcap": lambda: pcap(read_pcap("tunnel-gw")),
    "ignored-policies/wire.pcap": lambda: pcap(paced(plain())),
    "exhaustion/wire.pcap": lambda: pcap(paced(conversation(range(0xFFFFFFF0, 0xFFFFFFFA), range(1, 11)))),
    "exhaustion-esn/wire.pcap": lambda: pcap(paced(conversation(range(0xFFFFFFF0, 0xFFFFFFFA), range(1, 11)))),
    "beyond-window/wire.pcap": lambda: overtaken(32),
    "within-window/wire.pcap": lambda: overtaken(31),
    "sequence-zero/wire.pcap": lambda: pcap(paced(conversation(range(0, 10), range(1, 11)))),
    "sequence-one/wire.pcap": lambda: pcap(paced(plain())),
    "reserved-spi/wire.pcap": lambda: pcap(paced(conversation(range(1, 6), spi=0xFE))),
    "first-free-spi/wire.pcap": lambda: pcap(paced(conversation(range(1, 6), spi=0x100))),
    "lost-in-one-sa/wire.pcap": lambda: loss(False),
    "lost-everywhere/wire.pcap": lambda: loss(True),
    "drops-interface/wire.pcapng": lambda: pcapng(paced(plain()), statistics=[(4, 28), (5, 7)]),
    "drops-kernel/wire.pcapng": lambda: pcapng(paced(plain()), statistics=[(4, 28), (7, 3)]),
    "drops-none/wire.pcapng": lambda: pcapng(paced(plain()), statistics=[(4, 21), (5, 0), (7, 0)]),
    "cut-before-ports/wire.pcap": lambda: ports_cut(34),
    "cut-after-ports/wire.pcap": lambda: ports_cut(38),
    "file-cut/wire.pcap": lambda: pcap(paced(plain()))[:-40],
    "file-whole/wire.pcap": lambda: pcap(paced(plain())),
    "block-damaged/wire.pcapng": damaged_block,
    "filter-recorded/wire.pcapng": lambda: pcapng(paced(plain()[1:]), capture_filter="esp"),
    "filter-not-recorded/wire.pcapng": lambda: pcapng(paced(plain()[1:])),
    "two-interfaces/both.pcapng": both_sides,
    "two-interfaces-icmp/both.pcapng": lambda: both_sides(keep_errors=True),
    "two-interfaces-leak/both.pcapng": lambda: both_sides(leak=True),
    "lan-vouched/lan.pcapng": lan_only,
    "two-files/first.pcap": lambda: halves()[0],
    "two-files/second.pcap": lambda: halves()[1],
    "two-files-reversed/first.pcap": lambda: halves()[0],
    "two-files-reversed/second.pcap": lambda: halves()[1],
    "folder/captures/a.pcap": lambda: halves()[0],
    "folder/captures/b.pcap": lambda: halves()[1],
    "other-peer-unseen/wire.pcap": lambda: pcap(paced(plain())),
    "other-peer-allowed/wire.pcap": lambda: pcap(paced(plain())),
    "strict/wire.pcap": lambda: overtaken(32),
    "copy-within-10-ms/wire.pcap": lambda: repeated(9 * MILLISECOND),
    "copy-after-10-ms/wire.pcap": lambda: repeated(11 * MILLISECOND),
    "clear-side-in-time/both.pcapng": lambda: first_plaintext(900 * MILLISECOND),
    "clear-side-too-early/both.pcapng": lambda: first_plaintext(1100 * MILLISECOND),
    "two-sides/lan.pcap": lambda: sides()[0],
    "two-sides/wan.pcap": lambda: sides()[1],
    "two-sides-apart/lan.pcap": lambda: sides(600 * SECOND)[0],
    "two-sides-apart/wan.pcap": lambda: sides(600 * SECOND)[1],
    "late-fragments/wire.pcap": lambda: late_fragments(514),
    "clear-fragments/wire.pcap": lambda: all_fragments(514),
    "clear-fragments-other-port/wire.pcap": lambda: all_fragments(53),
    "neighbour-far/wire.pcap": lambda: pcap(paced([neighbour_solicitation(254)] + [esp6(number) for number in range(1, 6)])),
    "neighbour-near/wire.pcap": lambda: pcap(paced([neighbour_solicitation(255)] + [esp6(number) for number in range(1, 6)])),
    "drops-in-packet/wire.pcapng": lambda: pcapng(paced(plain()), lost_before=4),
    "old-ones-again/wire.pcap": old_ones_again,
    "begun-again/wire.pcap": begun_again,
    "nat-address/wire.pcap": translated,
    "any-peer/wire.pcap": lambda: pcap(paced(plain() + [tcp(A, 40000, B, 23), tcp(A, 40000, OTHER, 23)])),
    "twin/wire.pcapng": lambda: twins(300),
    "twin-twice/wire.pcapng": lambda: twins(300, 400 * MILLISECOND),
    "twin-too-late/wire.pcapng": lambda: twins(1100 * MILLISECOND),
    "twin-before-its-esp/wire.pcapng": lambda: twins(-300),
    "unknown-spi/wire.pcap": lambda: pcap(paced(plain())),
    "unknown-spi-ike/wire.pcap": lambda: pcap(paced(plain() + [udp(A, 500, B, 500, ike())])),
    "strict-drops/wire.pcapng": lambda: pcapng(paced(plain()), statistics=[(4, 28), (5, 7)]),
}


def check():
    wrong = [path for path, make in CAPTURES.items() if not (PCAPS / path).is_file() or (PCAPS / path).read_bytes() != make()]
    for path in wrong:
        print(f"{path}: not what make_captures.py writes")
    print(f"{len(CAPTURES)} captures, {len(wrong)} differ")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--check"]:
        return check()
    for path, make in CAPTURES.items():
        if sys.argv[1:] and path.split("/")[0] not in sys.argv[1:]:
            continue
        target = PCAPS / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(make())
        print(f"{path}: {target.stat().st_size} octets")
    return 0


if __name__ == "__main__":
    sys.exit(main())
