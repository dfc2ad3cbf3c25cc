"""The cases algorithm-* that no kernel made: a function a case, each returning a capture_case.Case."""

import struct

from capture_case import Case, content, esp_frame, ethernet, exchange
from ipsec_packets import AH, DESTINATION_OPTIONS, ESP, HOP_BY_HOP, ROUTING, UDP, WESP, Association, Ip, noise

A, B = "10.0.0.1", "10.0.0.2"
AH_A, AH_B = "10.0.1.1", "10.0.1.2"
SIX_A, SIX_B = "fd00::1", "fd00::2"
INTEGRITY = {"none": (0, 0), "hmac-md5": (16, 12), "hmac-sha1": (20, 12), "hmac-sha256": (32, 16), "hmac-sha384": (48, 24), "hmac-sha512": (64, 32),
             "hmac-ripemd160": (20, 12), "aes-xcbc-mac": (16, 12), "aes-cmac": (16, 12), "keyed-md5": (16, 12), "keyed-sha1": (20, 12), "aes-gmac": (16, 24)}
SALTS = {"aes-ctr": 4, "camellia-ctr": 4, "aes-gcm": 4, "aes-gcm-iiv": 4, "aes-ccm": 3, "aes-ccm-iiv": 3, "camellia-ccm": 3, "aes-gmac": 4,
         "chacha20-poly1305": 4, "chacha20-poly1305-iiv": 4}


def esp(source, destination, spi, encryption, bits, integrity="none", icv_size=None, **more):
    integrity_size, usual = INTEGRITY[integrity]
    return Association(source, destination, spi, encryption=encryption, key=noise(f"key {spi}", bits // 8), salt=noise(f"salt {spi}", SALTS.get(encryption, 0)),
                       integrity=integrity, integrity_key=noise(f"integrity {spi}", integrity_size), icv_size=usual if icv_size is None else icv_size, **more)


def ah(source, destination, spi, integrity, icv_size=None, bits=128, **more):
    size, usual = INTEGRITY[integrity]
    gmac = integrity == "aes-gmac"
    return Association(source, destination, spi, protocol="ah", integrity=integrity, integrity_key=noise(f"integrity {spi}", bits // 8 if gmac else size),
                       salt=noise(f"salt {spi}", 4 if gmac else 0), icv_size=usual if icv_size is None else icv_size, align=8 if ":" in source else 4, **more)


def esp_pairs(case, rows, source=A, destination=B, base=0x1000, **more):
    """An exchange with each row's algorithm: (encryption, key bits, integrity, ICV octets of an AEAD)."""
    case.require(source, destination)
    for index, (encryption, bits, integrity, icv_size) in enumerate(rows):
        ends = [(source, destination, base + 2 * index), (destination, source, base + 2 * index + 1)]
        forth, back = (esp(*end, encryption, bits, integrity, icv_size, **more) for end in ends)
        exchange(case, forth, back, spoil=integrity != "none" or bool(icv_size))
    return case


def esp_case(why, *rows):
    return esp_pairs(Case(why), rows)


def ah_pair(case, source, destination, integrity, base, **more):
    case.require(source, destination, "ah")
    exchange(case, ah(source, destination, base, integrity, **more), ah(destination, source, base + 1, integrity, **more))


def ah_case(why, integrity, with_esp=False, **more):
    """AH over IPv4 and IPv6, and with ESP before them."""
    case = Case(why)
    if with_esp:
        esp_pairs(case, [("aes-cbc", 128, integrity, None)])
    ah_pair(case, AH_A, AH_B, integrity, 0x2000, **more)
    ah_pair(case, SIX_A, SIX_B, integrity, 0x3000, **more)
    return case


# Headers in front

def ipv4_options():
    """Record route and time stamp change on the way, router alert and security do not; a source route is muted whole."""
    case = Case("AH under IPv4 options: those that routers write into, those that count, and a loose source route; TTL and TOS changed on the way.")
    case.require(AH_A, AH_B, "ah")
    forth, back = ah(AH_A, AH_B, 0x2000, "hmac-sha256"), ah(AH_B, AH_A, 0x2001, "hmac-sha1")
    sets = [bytes.fromhex(text) for text in ("94040000", "070b04" + "00" * 8 + "00", "440c0500" + "00" * 8, "820b" + "00" * 9 + "00",
                                             "83070a000101ff" + "00", "860801020304" + "0506", "0101940400000000", "99060102030400" + "00")]
    for number, options in enumerate(sets * 2):
        association = forth if number % 2 == 0 else back
        size = 20 + 7 * number
        ip = Ip(association.source, association.destination, options=options, hops=61, tos=0x48, identification=number)
        packet = association.authenticate(number + 1, Ip(ip.source, ip.destination, options=options, identification=number), *content(association, number, size))
        case.add(ethernet(rebuilt(packet, ip, recorded(options))), "protected", (association, "good"))
    return case


def recorded(options):
    """What a router makes of record route: an address, and the pointer after it."""
    return options[:2] + b"\x08" + bytes([192, 0, 2, 7]) + options[7:] if options[0] == 7 else options


def rebuilt(packet, ip, options):
    """The packet of an AH sender as it arrives: another header in front of the same octets."""
    header = 4 * (packet[0] & 15)
    ip.options = options
    return ip.build(AH, packet[header:])


def ipv6_headers():
    case = Case("AH behind a hop-by-hop header, a routing header at its last stop and destination options; traffic class, flow label and hop limit changed on the way.")
    case.require(SIX_A, SIX_B, "ah")
    forth, back = ah(SIX_A, SIX_B, 0x3000, "hmac-sha256"), ah(SIX_B, SIX_A, 0x3001, "hmac-sha1")
    hop_by_hop = (HOP_BY_HOP, b"\0" + bytes.fromhex("050200003e00"))   # router alert; an option that may change, without data
    changing = (HOP_BY_HOP, b"\1" + bytes.fromhex("05020000" + "3e06010203040506" + "0100"))
    options = (DESTINATION_OPTIONS, b"\0" + bytes.fromhex("1e0401020304"))
    routing = (ROUTING, bytes([2, 0, 0]) + bytes(4) + bytes.fromhex("fd000000000000000000000000000077"))
    chains = [(hop_by_hop,), (changing,), (options,), (hop_by_hop, options), (routing,), (hop_by_hop, routing, options)]
    for number, chain in enumerate(chains * 2):
        association = back if number % 2 and routing not in chain else forth
        packet = association.authenticate(number + 1, Ip(association.source, association.destination, extensions=chain), *content(association, number, 40 + 10 * number))
        changed = struct.pack(">IHBB", 6 << 28 | 0x20 << 20 | 0x12345, *struct.unpack(">HB", packet[4:7]), 60)   # as routers may
        case.add(ethernet(changed + packet[8:]), "protected", (association, "good"))
    return case


def esp_headers():
    case = Case("ESP behind IPv6 extension headers.")
    case.require(SIX_A, SIX_B)
    association, back = esp(SIX_A, SIX_B, 0x1000, "aes-cbc", 256, "hmac-sha512"), esp(SIX_B, SIX_A, 0x1001, "aes-gcm", 256, icv_size=16)
    chains = [((HOP_BY_HOP, b"\0" + bytes.fromhex("050200000100")),), ((DESTINATION_OPTIONS, b"\0" + bytes.fromhex("1e0401020304")),)]
    for number in range(20):
        row = association if number % 2 else back
        frame = esp_frame(row, number + 1, number, 30 + 40 * number, ip=Ip(row.source, row.destination, extensions=chains[number // 2 % 2], flow_label=5))
        case.add(frame, "protected", (row, "good"))
    return case


# Extended sequence numbers

SHORT = (20, 57, 84)
SUITES = (("aes-cbc", 256, "hmac-sha256", None), ("aes-ctr", 128, "aes-xcbc-mac", None), ("null", 0, "hmac-sha512", None), ("aes-gcm", 128, "none", 16),
          ("aes-ccm", 128, "none", 16), ("chacha20-poly1305", 256, "none", 16), ("aes-gmac", 128, "none", 16), ("aes-gcm-iiv", 128, "none", 16),
          ("chacha20-poly1305-iiv", 256, "none", 16))


def extended(why, start, high):
    case = Case(why)
    case.require(A, B)
    for index, (encryption, bits, integrity, icv_size) in enumerate(SUITES):
        ends = [(A, B, 0x1000 + 2 * index), (B, A, 0x1001 + 2 * index)]
        exchange(case, *(esp(*end, encryption, bits, integrity, icv_size, esn=True) for end in ends), start=start, sizes=SHORT)
    case.require(AH_A, AH_B, "ah")
    exchange(case, *(ah(*end, "hmac-sha256", esn=True) for end in ((AH_A, AH_B, 0x2000), (AH_B, AH_A, 0x2001))), start=start)
    for name in case.checks:
        case.expect[f"associations[{name}].sequence.esn_high"] = high
    return case


# Encapsulation

def wesp():
    """RFC 5840: the wrapper is covered by the ICV; with the E bit its fields are zero."""
    case = Case("WESP, as its own protocol and in UDP, encrypted and with NULL; the ICV covers the wrapper.")
    case.require(A, B)
    encrypted, visible = bytes.fromhex("00000020"), lambda icv, header=12: bytes([UDP, header, icv, 0])
    rows = [(esp(A, B, 0x1000, "aes-cbc", 128, "hmac-sha256", wesp=encrypted), ip_wesp), (esp(B, A, 0x1001, "aes-gcm", 128, icv_size=16, wesp=encrypted), ip_wesp),
            (esp(A, B, 0x1002, "null", 0, "hmac-sha256", wesp=visible(16)), ip_wesp), (esp(B, A, 0x1003, "null", 0, "hmac-sha1", wesp=visible(12)), ip_wesp),
            (esp(A, B, 0x1004, "aes-cbc", 128, "hmac-sha1", wesp=encrypted), udp_wesp), (esp(B, A, 0x1005, "aes-gcm", 128, icv_size=16, wesp=encrypted), udp_wesp)]
    for number in range(1, 11):
        for association, wrap in rows:
            only_udp = 3 * number + 1   # what the wrapper of NULL says is inside
            packet = association.seal(number, *content(association, only_udp, 30 + 9 * number))
            case.add(wrap(association, packet), "protected", (association, "good"))
    return case


def ip_wesp(association, packet):
    return ethernet(Ip(association.source, association.destination).build(WESP, packet))


def udp_wesp(association, packet):
    datagram = struct.pack(">HHHH", 4500, 4500, 12 + len(packet), 0) + struct.pack(">I", 2) + packet
    return ethernet(Ip(association.source, association.destination).build(UDP, datagram))


def udp_encapsulated():
    case = Case("ESP in UDP port 4500 with AES-CBC and HMAC-SHA2-256, tunnel mode between translated ends.")
    case.require("10.1.0.0/24", "10.2.0.0/24", via=[A, B])
    forth, back = (esp(*end, "aes-cbc", 256, "hmac-sha256", mode="tunnel", extra=['encapsulation = "udp"']) for end in ((A, B, 0x1000), (B, A, 0x1001)))
    for number in range(1, 11):
        for association, inner in ((forth, ("10.1.0.10", "10.2.0.10")), (back, ("10.2.0.10", "10.1.0.10"))):
            packet = association.seal(number, *content(association, number, 60 + 50 * number, inner))
            datagram = struct.pack(">HHHH", 4500, 4500, 8 + len(packet), 0) + packet
            case.add(ethernet(Ip(association.source, association.destination).build(UDP, datagram)), "protected", (association, "good"))
    return case


def segment(association, position, payload, flags=0x18):
    ports = (50000, 4500) if association.source == A else (4500, 50000)
    header = struct.pack(">HHIIBBHHH", *ports, position, 1, 0x50, flags, 65535, 0, 0)
    return ethernet(Ip(association.source, association.destination).build(6, header + payload))


def tcp_encapsulated():
    """RFC 8229: a stream prefix, then messages behind their lengths; every segment carries one message whole."""
    case = Case("ESP in TCP port 4500 (RFC 8229) with AES-GCM.")
    case.require(A, B)
    forth, back = (esp(*end, "aes-gcm", 128, icv_size=16, extra=['encapsulation = "tcp"']) for end in ((A, B, 0x1000), (B, A, 0x1001)))
    positions = {A: 1, B: 1}
    for number in range(1, 11):
        for association in (forth, back):
            packet = association.seal(number, *content(association, number, 40 + 60 * number))
            stream = (b"IKETCP" if association is forth and number == 1 else b"") + struct.pack(">H", 2 + len(packet)) + packet
            case.add(segment(association, positions[association.source], stream), "protected", (association, "good"))
            positions[association.source] += len(stream)
    return case


def nested():
    """A transport SA of two hosts inside the tunnel of their gateways."""
    case = Case("ESP in ESP: the hosts' own transport SAs inside the gateways' tunnel.")
    inside = ("10.1.0.10", "10.2.0.10")
    case.require("10.1.0.0/24", "10.2.0.0/24", via=[A, B])
    outer = [esp(*end, "aes-gcm", 128, icv_size=16, mode="tunnel") for end in ((A, B, 0x1000), (B, A, 0x1001))]
    inner = [esp(*end, "aes-cbc", 256, "hmac-sha256") for end in ((*inside, 0x1100), (*inside[::-1], 0x1101))]
    for number in range(1, 11):
        for tunnel, transport in zip(outer, inner):
            host = Ip(transport.source, transport.destination).build(ESP, transport.seal(number, *content(transport, number, 30 * number)))
            packet = Ip(tunnel.source, tunnel.destination).build(ESP, tunnel.seal(number, 4, host))
            case.add(ethernet(packet), "protected", (tunnel, "good"), (transport, "good"))
    return case


def unsupported():
    """A key size that no back-end has."""
    case = Case("Twofish with a key of 192 bits: no back-end has it, so nothing can be said of its packets but that they carried ESP.")
    case.require(A, B)
    for association in (esp(A, B, 0x1000, "twofish-cbc", 192, "none"), esp(B, A, 0x1001, "twofish-cbc", 192, "none")):
        for number in range(1, 11):
            frame = ethernet(Ip(association.source, association.destination).build(ESP, association.header(number) + noise(f"{association.spi} {number}", 16 * (2 + number))))
            case.add(frame, "unverified", (association, "unchecked"))
    return case


# RFC 1825 to 1829

OLD_CONF = """flush;
spdflush;
add {a} {b} ah-old 0x2000 -A keyed-md5 0x{ah};
add {a} {b} esp-old 0x1000 -E {cipher} 0x{esp};
add {b} {a} ah-old 0x2001 -A {other} 0x{back_ah};
add {b} {a} esp-old 0x1001 -E {cipher} 0x{back_esp};
spdadd {a} {b} any -P out ipsec esp/transport//require ah/transport//require;
spdadd {b} {a} any -P in ipsec esp/transport//require ah/transport//require;
"""


def old(cipher, why):
    """The old AH (a header of eight octets and the hash) around the old ESP (SPI and IV)."""
    case = Case(why)
    encryptions = [esp(A, B, 0x1000, cipher, 64, old=True), esp(B, A, 0x1001, cipher, 64, old=True)]
    hashes = [ah(A, B, 0x2000, "keyed-md5", 16, old=True), ah(B, A, 0x2001, "keyed-sha1", 20, old=True)]
    for number in range(1, 11):
        for encryption, keyed in zip(encryptions, hashes):
            packet = encryption.seal(number, *content(encryption, number, 20 + 30 * number))
            ip = Ip(keyed.source, keyed.destination, identification=number)
            case.add(ethernet(keyed.authenticate(number, ip, ESP, packet)), "protected", (keyed, "good"), (encryption, "none"))
    text = OLD_CONF.format(a=A, b=B, cipher=cipher, other="keyed-sha1", ah=hashes[0].integrity_key.hex(), esp=encryptions[0].key.hex(),
                           back_ah=hashes[1].integrity_key.hex(), back_esp=encryptions[1].key.hex())
    case.configuration = lambda: {"setkey.conf": text}
    return case


def esp_row(why, encryption, sizes, integrity="hmac-sha256"):
    return lambda: esp_case(why, *((encryption, bits, integrity, None) for bits in sizes))


def sealed_row(why, encryption, *rows):
    return lambda: esp_case(why, *((encryption, bits, "none", icv_size) for bits, icv_size in rows))


CASES = {
    "algorithm-aes-cbc-192-256": esp_row("AES-CBC with keys of 192 and 256 bits.", "aes-cbc", (192, 256)),
    "algorithm-aes-ctr-192-256": esp_row("AES-CTR with keys of 192 and 256 bits.", "aes-ctr", (192, 256), "hmac-sha1"),
    "algorithm-camellia-cbc-128-192": esp_row("Camellia-CBC with keys of 128 and 192 bits.", "camellia-cbc", (128, 192)),
    "algorithm-camellia-ctr": esp_row("Camellia-CTR with keys of 128, 192 and 256 bits.", "camellia-ctr", (128, 192, 256)),
    "algorithm-serpent-cbc": esp_row("Serpent-CBC with keys of 128, 192 and 256 bits.", "serpent-cbc", (128, 192, 256)),
    "algorithm-twofish-cbc-128": esp_row("Twofish-CBC with a key of 128 bits.", "twofish-cbc", (128,)),
    "algorithm-twofish-cbc-192": unsupported,
    "algorithm-blowfish-cbc": esp_row("Blowfish-CBC with keys of 40, 128 and 448 bits.", "blowfish-cbc", (40, 128, 448), "hmac-md5"),
    "algorithm-cast128-cbc": esp_row("CAST-128-CBC with keys of 40, 80 and 128 bits: up to 80 bits it has 12 rounds.", "cast128-cbc", (40, 80, 128), "hmac-sha1"),
    "algorithm-des-deriv": lambda: esp_case("DES and 3DES whose IV is the sequence number and its complement.", ("des-deriv", 64, "hmac-md5", None), ("3des-deriv", 192, "hmac-sha1", None)),
    "algorithm-old-des": lambda: old("des-cbc", "RFC 1826 around RFC 1827: keyed-MD5 (RFC 1828) and keyed-SHA1 (RFC 1852) around DES-CBC with an IV of 64 bits (RFC 1829)."),
    "algorithm-old-des-32iv": lambda: old("des-32iv", "The same with an IV of 32 bits on the wire, whose complement is the other half (RFC 1829)."),
    "algorithm-aes-gcm-8-12": sealed_row("AES-GCM with ICVs of 8 and 12 octets.", "aes-gcm", (128, 8), (128, 12), (256, 8)),
    "algorithm-aes-gcm-192": sealed_row("AES-GCM with a key of 192 bits.", "aes-gcm", (192, 16)),
    "algorithm-aes-ccm-8-12": sealed_row("AES-CCM with ICVs of 8 and 12 octets.", "aes-ccm", (128, 8), (128, 12)),
    "algorithm-aes-ccm-192-256": sealed_row("AES-CCM with keys of 192 and 256 bits.", "aes-ccm", (192, 16), (256, 16)),
    "algorithm-camellia-ccm": sealed_row("Camellia-CCM.", "camellia-ccm", (128, 16), (256, 8)),
    "algorithm-aes-gmac-192-256": sealed_row("NULL with AES-GMAC, keys of 192 and 256 bits.", "aes-gmac", (192, 16), (256, 16)),
    "algorithm-implicit-iv": lambda: esp_case("The suites of RFC 8750: the IV is the sequence number and is not sent.", ("aes-gcm-iiv", 128, "none", 16),
                                              ("aes-gcm-iiv", 256, "none", 16), ("aes-ccm-iiv", 128, "none", 8), ("chacha20-poly1305-iiv", 256, "none", 16)),
    "algorithm-hmac-sha384": lambda: ah_case("HMAC-SHA2-384-192 in ESP, and in AH over IPv4 and IPv6.", "hmac-sha384", with_esp=True),
    "algorithm-hmac-sha512": lambda: ah_case("HMAC-SHA2-512-256 in ESP, and in AH over IPv4 and IPv6.", "hmac-sha512", with_esp=True),
    "algorithm-hmac-ripemd160": lambda: ah_case("HMAC-RIPEMD-160-96 in ESP, and in AH over IPv4 and IPv6.", "hmac-ripemd160", with_esp=True),
    "algorithm-aes-cmac": lambda: ah_case("AES-CMAC-96 in ESP, and in AH over IPv4 and IPv6.", "aes-cmac", with_esp=True),
    "algorithm-ah-aes-xcbc": lambda: ah_case("AES-XCBC-MAC-96 in AH.", "aes-xcbc-mac"),
    "algorithm-ah-hmac-md5": lambda: ah_case("HMAC-MD5-96 in AH.", "hmac-md5"),
    "algorithm-ah-hmac-sha1": lambda: ah_case("HMAC-SHA1-96 in AH.", "hmac-sha1"),
    "algorithm-ah-hmac-sha256-96": lambda: ah_case("HMAC-SHA2-256 cut to 96 bits in AH.", "hmac-sha256", icv_size=12),
    "algorithm-ah-keyed-md5": lambda: ah_case("Keyed MD5, 96 bits, in the AH of RFC 4302.", "keyed-md5"),
    "algorithm-ah-keyed-sha1": lambda: ah_case("Keyed SHA-1, 96 bits, in the AH of RFC 4302.", "keyed-sha1"),
    "algorithm-ah-aes-gmac": lambda: ah_case("AES-GMAC in AH: the ICV field holds IV and tag (RFC 4543 section 4), both zero while it is computed.", "aes-gmac"),
    "algorithm-ah-aes-gmac-256": lambda: ah_case("AES-GMAC in AH with a key of 256 bits, from a sender that leaves the IV in the ICV field while it computes.", "aes-gmac", bits=256, iv_covered=True),
    "algorithm-ah-ipv4-options": ipv4_options,
    "algorithm-ah-ipv6-headers": ipv6_headers,
    "algorithm-esp-ipv6-headers": esp_headers,
    "algorithm-esn-high-suites": lambda: extended("A capture that starts where the high half is 5, in every construction.", (5 << 32) + 1000, 5),
    "algorithm-esn-wrap-suites": lambda: extended("The low half wraps after the fifth packet, in every construction.", (1 << 32) - 5, 1),
    "algorithm-wesp": wesp,
    "algorithm-udp-tunnel": udp_encapsulated,
    "algorithm-tcp": tcp_encapsulated,
    "algorithm-nested": nested,
}
