"""IP, ESP and AH packets octet by octet: what a peer would send, computed from ipsec_algorithms.py.

An Association seals contents one by one; it knows no capture and no configuration. Sequence numbers have 64 bits, of which the wire carries
the low half.
"""

import dataclasses
import hashlib
import ipaddress
import struct

import ipsec_algorithms as algorithms
from internet_checksum import checksum

ICMP, IPV4, TCP, UDP, IPV6, ESP, AH, ICMP6, NONE, WESP = 1, 4, 6, 17, 41, 50, 51, 58, 59, 141
HOP_BY_HOP, ROUTING, DESTINATION_OPTIONS = 0, 43, 60
CBC = {"des-cbc": "des", "3des-cbc": "3des", "blowfish-cbc": "blowfish", "cast128-cbc": "cast128", "aes-cbc": "aes", "camellia-cbc": "camellia",
       "serpent-cbc": "serpent", "twofish-cbc": "twofish"}
SHORT_IV = {"des-deriv": "des", "des-32iv": "des", "3des-deriv": "3des"}
CTR = {"aes-ctr": "aes", "camellia-ctr": "camellia"}
COUNTERS = (*CTR, "aes-gcm", "aes-ccm", "camellia-ccm", "aes-gmac", "chacha20-poly1305")
HASHES = {"hmac-md5": "md5", "hmac-sha1": "sha1", "hmac-sha256": "sha256", "hmac-sha384": "sha384", "hmac-sha512": "sha512",
          "hmac-ripemd160": "ripemd160"}
IMMUTABLE_OPTIONS = (0, 1, 130, 133, 134, 148, 149)


def noise(label, size):
    """Octets that look random, the same every time."""
    return hashlib.shake_256(label.encode()).digest(size)


def packed(address):
    return ipaddress.ip_address(address).packed


def is_ipv6(address):
    return ":" in address


# IP

@dataclasses.dataclass
class Ip:
    """The outer header of a packet, without what follows. `extensions` are IPv6 headers in order: (type, octets after the next header)."""

    source: str
    destination: str
    tos: int = 0
    identification: int = 0
    flags: int = 0x4000
    hops: int = 64
    flow_label: int = 0
    flow_label: int = 0
    options: bytes = b""
    extensions: tuple = ()

    def build(self, protocol, payload):
        return self.build6(protocol, payload) if is_ipv6(self.source) else self.build4(protocol, payload)

    def build4(self, protocol, payload):
        size = 20 + len(self.options)
        header = struct.pack(">BBHHHBBH", 0x40 | size // 4, self.tos, size + len(payload), self.identification, self.flags, self.hops, protocol, 0)
        header += packed(self.source) + packed(self.destination) + self.options
        return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + payload

    def build6(self, protocol, payload):
        types = [kind for kind, _ in self.extensions] + [protocol]
        chain = b"".join(bytes([after]) + octets for (_, octets), after in zip(self.extensions, types[1:]))
        first = struct.pack(">IHBB", 6 << 28 | self.tos << 20 | self.flow_label, len(chain) + len(payload), types[0], self.hops)
        return first + packed(self.source) + packed(self.destination) + chain + payload


def upper_checksum(source, destination, protocol, segment, at):
    """The segment with its checksum over pseudo header and segment at offset `at`."""
    if is_ipv6(source):
        pseudo = packed(source) + packed(destination) + struct.pack(">II", len(segment), protocol)
    else:
        pseudo = packed(source) + packed(destination) + struct.pack(">BBH", 0, protocol, len(segment))
    return segment[:at] + struct.pack(">H", checksum(pseudo + segment)) + segment[at + 2:]


def icmp_echo(source, destination, number, size):
    body = struct.pack(">HH", 7, number) + noise(f"ping {number}", max(0, size - 8))
    if is_ipv6(source):
        return ICMP6, upper_checksum(source, destination, ICMP6, struct.pack(">BBH", 128, 0, 0) + body, 2)
    message = struct.pack(">BBH", 8, 0, 0) + body
    return ICMP, message[:2] + struct.pack(">H", checksum(message)) + message[4:]


def udp(source, destination, ports, payload):
    header = struct.pack(">HHHH", *ports, 8 + len(payload), 0)
    return UDP, upper_checksum(source, destination, UDP, header + payload, 6)


def tcp(source, destination, ports, sequence, payload):
    header = struct.pack(">HHIIBBHHH", *ports, sequence, 1, 0x50, 0x18, 65535, 0, 0)
    return TCP, upper_checksum(source, destination, TCP, header + payload, 16)


# AH

def muted4(header):
    """RFC 4302 appendix A1; Linux clears source routes whole."""
    out = bytearray(header)
    out[1] = out[8] = 0
    out[6:8] = out[10:12] = bytes(2)
    at = 20
    while at < len(header):
        kind = header[at]
        size = 1 if kind in (0, 1) else header[at + 1]
        if kind not in IMMUTABLE_OPTIONS:
            out[at:at + size] = bytes(size)
        at += size
    return bytes(out)


def muted_options6(octets):
    """The options of a hop-by-hop or destination header: the data of those that may change is zero."""
    out, at = bytearray(octets), 2
    while at < len(octets):
        if octets[at] == 0:
            at += 1
            continue
        size = octets[at + 1]
        if octets[at] & 0x20:
            out[at + 2:at + 2 + size] = bytes(size)
        at += 2 + size
    return bytes(out)


def at_receiver(header, octets):
    """A type 0 routing header and the destination as they are when no segment is left (RFC 4302 section 3.3.3.1.2.3)."""
    left, addresses = octets[3], [octets[at:at + 16] for at in range(8, len(octets), 16)]
    if left == 0:
        return header, octets
    visited = len(addresses) - left
    rest = [header[24:40], *addresses[visited:]]   # where it goes now, and on
    return header[:24] + rest[-1], octets[:3] + b"\0" + octets[4:8] + b"".join(addresses[:visited] + rest[:-1])


def muted6(header):
    """RFC 4302 appendix A2."""
    chain, kind, at, fixed = b"", header[6], 40, struct.pack(">I", 6 << 28) + header[4:7] + b"\0" + header[8:40]
    while at < len(header):
        octets = header[at:at + 8 * (header[at + 1] + 1)]
        if kind in (HOP_BY_HOP, DESTINATION_OPTIONS):
            octets_muted = muted_options6(octets)
        else:
            fixed, octets_muted = at_receiver(fixed, octets)
        chain, kind, at = chain + octets_muted, octets[0], at + len(octets)
    return fixed + chain


def muted(header):
    return muted6(header) if header[0] >> 4 == 6 else muted4(header)


# Security associations

@dataclasses.dataclass(eq=False)
class Association:
    """One direction, its keys and how it writes. `icv_size` 0: what the algorithm says. `align`: AH is filled to a multiple of it."""

    source: str
    destination: str
    spi: int
    protocol: str = "esp"
    encryption: str = "none"
    key: bytes = b""
    salt: bytes = b""
    integrity: str = "none"
    integrity_key: bytes = b""
    icv_size: int = 0
    esn: bool = False
    mode: str = "transport"
    old: bool = False
    align: int = 4
    wesp: bytes = b""
    iv_covered: bool = False   # AH with AES-GMAC: the ICV covers the IV in its field, which others have zero
    extra: list = dataclasses.field(default_factory=list)   # lines of its [[sa]]

    def high(self, sequence):
        return struct.pack(">I", sequence >> 32) if self.esn else b""

    def header(self, sequence):
        return struct.pack(">I", self.spi) + (b"" if self.old else struct.pack(">I", sequence & 0xFFFFFFFF))

    def mac(self, octets):
        if self.integrity in HASHES:
            return algorithms.hmac(HASHES[self.integrity], self.integrity_key, octets)[:self.icv_size]
        if self.integrity.startswith("keyed-"):
            return algorithms.keyed_hash(self.integrity[6:], self.integrity_key, octets)[:self.icv_size]
        return {"aes-cmac": algorithms.cmac, "aes-xcbc-mac": algorithms.xcbc}[self.integrity](self.integrity_key, octets)[:self.icv_size]

    # ESP

    def block(self):
        return algorithms.nettle.block_size({**CBC, **SHORT_IV}[self.encryption]) if self.encryption in {**CBC, **SHORT_IV} else 4

    def iv(self, sequence):
        if self.encryption in CBC:
            return noise(f"iv {self.spi} {sequence}", self.block())
        if self.encryption in COUNTERS:
            return struct.pack(">Q", sequence)
        return noise(f"iv {self.spi} {sequence}", 4) if self.encryption == "des-32iv" else b""

    def trailer(self, content, next_header, pad=None):
        size = -(len(content) + 2) % self.block() if pad is None else len(pad)
        return (bytes(range(1, size + 1)) if pad is None else pad) + bytes([size, next_header])

    def seal(self, sequence, next_header, content, pad=None, iv=None):
        """An ESP packet from the SPI (from a WESP header where there is one) to the ICV."""
        plaintext = content + self.trailer(content, next_header, pad)
        iv = self.iv(sequence) if iv is None else iv
        header = self.header(sequence)
        if self.encryption.startswith(("aes-gcm", "aes-ccm", "camellia-ccm", "aes-gmac", "chacha20")):
            ciphertext, icv = self.combined(sequence, header, iv, plaintext)
            return self.wesp + header + iv + ciphertext + icv
        packet = self.wesp + header + iv + self.encrypted(sequence, iv, plaintext)
        return packet + (self.mac(packet + self.high(sequence)) if self.integrity != "none" else b"")

    def encrypted(self, sequence, iv, plaintext):
        if self.encryption == "null":
            return plaintext
        if self.encryption in CTR:
            return algorithms.ctr(CTR[self.encryption], self.key, self.salt, iv, plaintext)
        if self.encryption in CBC:
            return algorithms.cbc(CBC[self.encryption], self.key, iv, plaintext)
        half = iv or struct.pack(">I", sequence & 0xFFFFFFFF)   # RFC 1829: the other half is the complement
        return algorithms.cbc(SHORT_IV[self.encryption], self.key, half + bytes(octet ^ 0xFF for octet in half), plaintext)

    def combined(self, sequence, header, iv, plaintext):
        """AEAD: the high half stands between SPI and low half (RFC 4106 section 5), an implicit IV is the number itself (RFC 8750)."""
        associated = self.wesp + header[:4] + self.high(sequence) + header[4:]
        nonce = self.salt + (iv or struct.pack(">Q", sequence if self.esn else sequence & 0xFFFFFFFF))
        name = self.encryption.removesuffix("-iiv")
        if name == "chacha20-poly1305":
            return algorithms.chacha20_poly1305(self.key, nonce, plaintext, associated)
        if name == "aes-gmac":
            return plaintext, algorithms.gcm(self.key, nonce, b"", associated + iv + plaintext)[1]
        if name == "aes-gcm":
            return algorithms.gcm(self.key, nonce, plaintext, associated, self.icv_size)
        return algorithms.ccm(self.key, nonce, plaintext, associated, self.icv_size, name.removesuffix("-ccm"))

    # AH

    def authenticate(self, sequence, ip, next_header, content, mute=muted):
        """An IP packet with AH in front of `content` (RFC 4302). `mute` makes the covered header of the sent one."""
        gmac = struct.pack(">Q", sequence) if self.integrity == "aes-gmac" else b""
        size = self.icv_size + -(4 + 4 * (not self.old) + 4 + self.icv_size) % self.align
        ah = struct.pack(">BBH", next_header, (4 + 4 * (not self.old) + 4 + size) // 4 - 2, 0) + self.header(sequence)
        empty = ip.build(AH, ah + bytes(size) + content)
        header = empty[:len(empty) - len(content) - len(ah) - size]
        fill = noise(f"fill {self.spi} {sequence}", size - self.icv_size)   # AH's own padding is covered as it is sent
        field = (gmac if self.iv_covered else b"").ljust(self.icv_size, b"\0")
        covered = mute(header) + ah + field + fill + content + self.high(sequence)
        if gmac:
            icv = gmac + algorithms.gcm(self.integrity_key, self.salt + gmac, b"", covered)[1]
        else:
            icv = self.mac(covered)
        return header + ah + icv + fill + content
