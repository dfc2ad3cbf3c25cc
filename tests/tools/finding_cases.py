"""Cases of wrong parameters and odd traffic that no kernel makes: what a diagnosis or a finding must say, and twins where it must not. A
function a case, each returning a capture_case.Case.
"""

import dataclasses
import struct

from algorithm_cases import A, AH_A, AH_B, B, SIX_A, SIX_B, ah, esp
from capture_case import Case, ah_frame, content, esp_frame, ethernet, exchange, name_of
from internet_checksum import checksum
from ipsec_packets import ESP, NONE, Ip, muted, noise, tcp

SITES = ("10.1.0.10", "10.2.0.10")
MILLISECOND = 1_000
SECOND = 1_000_000


def failing(case, *associations, diagnosis):
    """All packets of these are wrong, and why."""
    for association in associations:
        case.expect[f"associations[{name_of(association)}].diagnosis"] = diagnosis
    case.findings, case.absent, case.rules = ["sa.icv-bad"], ["leak.plaintext"], ("V16",)
    case.verdict = case.verdict or "inconclusive"
    return case


# AH of peers that mute too little

def kept(field):
    """A muting that leaves `field` as it is sent."""
    def mute(header):
        out = bytearray(muted(header))
        if header[0] >> 4 == 6:
            places = {"tos": (0, 2), "flow-label": (1, 4), "ttl": (7, 8), "options": (40, len(header))}
        else:
            places = {"tos": (1, 2), "flags": (6, 7), "ttl": (8, 9), "checksum": (10, 12), "options": (20, len(header))}
        start, end = places[field]
        out[start:end] = header[start:end]
        if header[0] >> 4 == 6 and field == "tos":
            out[1] &= 0xF0
        if header[0] >> 4 == 6 and field == "flow-label":
            out[1] &= 0x0F
        return bytes(out)

    return mute


def vpp4(header):
    """VPP mutes type of service, TTL and checksum alone."""
    return header[:1] + b"\0" + header[2:8] + b"\0" + header[9:10] + b"\0\0" + header[12:]


def vpp6(header):
    """VPP mutes the hop limit alone."""
    return header[:7] + b"\0" + header[8:]


def unmuted(why, field, mute, ends=(AH_A, AH_B), hops=64, arriving=None, **ip):
    """Host A mutes too little, B does it right. `arriving`: the TTL that the capture sees, after routers."""
    case = Case(why)
    case.require(*ends, "ah")
    forth, back = ah(*ends, 0x2000, "hmac-sha256"), ah(*ends[::-1], 0x2001, "hmac-sha256")
    for number in range(1, 11):
        sent = Ip(*ends, hops=hops, identification=number, **ip)
        packet = forth.authenticate(number, sent, *content(forth, number, 30 + 40 * number), mute=mute)
        case.add(ethernet(arrived(packet, arriving or hops)), "unverified", (forth, "bad"))
        case.add(ah_frame(back, number, number, 30 + 40 * number), "protected", (back, "good"))
    case.words = {"sa.icv-bad": "not muted"}
    failing(case, forth, diagnosis=f"ah-mute:{field}")
    case.expect[f"associations[{name_of(back)}].diagnosis"] = None
    return case


def arrived(packet, hops):
    """A packet whose TTL or hop limit routers made `hops`."""
    if packet[0] >> 4 == 6:
        return packet[:7] + bytes([hops]) + packet[8:]
    size = 4 * (packet[0] & 15)
    header = packet[:8] + bytes([hops]) + packet[9:10] + b"\0\0" + packet[12:size]
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + packet[size:]


def unmuted_in_some():
    """Only packets with Don't Fragment set fail: the field is named although the SA verifies."""
    case = Case("The peer does not mute the flags. Packets without Don't Fragment verify, those with it do not.")
    case.require(AH_A, AH_B, "ah")
    forth, back = ah(AH_A, AH_B, 0x2000, "hmac-sha256"), ah(AH_B, AH_A, 0x2001, "hmac-sha256")
    for number in range(1, 21):
        flags = 0x4000 if number % 2 else 0
        packet = forth.authenticate(number, Ip(AH_A, AH_B, flags=flags, identification=number), *content(forth, number, 300), mute=kept("flags"))
        case.add(ethernet(packet), "forged" if flags else "protected", (forth, "bad" if flags else "good"))
        case.add(ah_frame(back, number, number, 100), "protected", (back, "good"))
    case.verdict = "violated"
    return failing(case, forth, diagnosis="ah-mute:flags")


# Keys

def zeros(integrity, why):
    """A's key begins with zeros in the configuration; A's own tool lost them."""
    case = Case(why)
    case.require(A, B)
    forth, back = esp(A, B, 0x1000, "aes-cbc", 128, integrity), esp(B, A, 0x1001, "aes-cbc", 128, integrity)
    said = b"\0" + forth.integrity_key[1:]
    case.configured[name_of(forth)] = dataclasses.replace(forth, integrity_key=said)
    forth.integrity_key = said[1:]
    run(case, forth, back, "bad")
    return failing(case, forth, diagnosis="zeros")


def zeros_sealed():
    """An AES key has a fixed size: what was lost in front was filled up behind."""
    case = Case("AES-GCM whose key lost a leading zero octet and was filled up at its end.")
    case.require(A, B)
    forth, back = esp(A, B, 0x1000, "aes-gcm", 128, icv_size=16), esp(B, A, 0x1001, "aes-gcm", 128, icv_size=16)
    said = b"\0" + forth.key[1:]
    case.configured[name_of(forth)] = dataclasses.replace(forth, key=said)
    forth.key = said[1:] + b"\0"
    run(case, forth, back, "bad")
    return failing(case, forth, diagnosis="zeros")


def run(case, forth, back, check, count=10):
    for number in range(1, count + 1):
        case.add(esp_frame(forth, number, number, 30 + 40 * number), "unverified" if check == "bad" else "protected", (forth, check))
        case.add(esp_frame(back, number, number, 30 + 40 * number), "protected", (back, "good"))


def salt(why, change):
    """AES-GCM; A uses another salt than the configuration says."""
    case = Case(why)
    case.require(A, B)
    forth, back = esp(A, B, 0x1000, "aes-gcm", 128, icv_size=16), esp(B, A, 0x1001, "aes-gcm", 128, icv_size=16)
    case.configured[name_of(forth)] = dataclasses.replace(forth)
    forth.salt = change(forth, back)
    run(case, forth, back, "bad")
    return failing(case, forth, diagnosis="salt")


def damage():
    case = Case("Three of forty packets were damaged on the way: a bit in the first block, in the ICV, in the last block.")
    case.require(A, B)
    forth, back = esp(A, B, 0x1000, "aes-cbc", 256, "hmac-sha256"), esp(B, A, 0x1001, "aes-cbc", 256, "hmac-sha256")
    for number in range(1, 41):
        packet = esp_frame(forth, number, number, 50 + 5 * number)
        spoiled = {9: 60, 20: len(packet) - 1, 33: len(packet) - 20}.get(number)
        if spoiled:
            packet = packet[:spoiled] + bytes([packet[spoiled] ^ 1]) + packet[spoiled + 1:]
        case.add(packet, "forged" if spoiled else "protected", (forth, "bad" if spoiled else "good"))
        case.add(esp_frame(back, number, number, 100), "protected", (back, "good"))
    failing(case, forth, diagnosis="damage")
    case.verdict, case.words = "violated", {"sa.icv-bad": "damaged"}
    return case


def high_told(told):
    case = Case(f"The capture starts where the high half is 5; the configuration says {told}.")
    case.require(A, B)
    pair = [esp(*end, "aes-cbc", 128, "hmac-sha256", esn=True, extra=[f"esn_high = {told}"]) for end in ((A, B, 0x1000), (B, A, 0x1001))]
    exchange(case, *pair, start=(5 << 32) + 77, spoil=False)
    case.absent = ["sa.icv-bad"]
    for association in pair:
        case.expect[f"associations[{name_of(association)}].sequence.esn_high"] = 5
    return case


# Initialisation vectors

def counters(why, encryption, nonces, finding, shared_key=False, bits=128, icv_size=16, integrity="none"):
    """A counter mode whose IVs are `nonces` of the packet's number, by direction."""
    case = Case(why)
    case.require(A, B)
    forth, back = (esp(*end, encryption, bits, integrity, None if integrity != "none" else icv_size) for end in ((A, B, 0x1000), (B, A, 0x1001)))
    if shared_key:
        back.key, back.salt = forth.key, forth.salt
    for number in range(1, 13):
        for association, nonce in zip((forth, back), nonces):
            packet = association.seal(number, *content(association, number, 40 + 20 * number), iv=struct.pack(">Q", nonce(number)))
            case.add(ethernet(Ip(association.source, association.destination).build(ESP, packet)), "protected", (association, "good"))
    (case.findings if finding else case.absent).append("sa.iv-reuse")
    return case


def chained(why, make, finding):
    """AES-CBC; make(number, packet before) gives A's IV."""
    case = Case(why)
    case.require(A, B)
    forth, back = esp(A, B, 0x1000, "aes-cbc", 128, "hmac-sha256"), esp(B, A, 0x1001, "aes-cbc", 128, "hmac-sha256")
    before = noise("first iv", 16) + bytes(16)
    for number in range(1, 21):
        before = forth.seal(number, *content(forth, number, 40 + 9 * number), iv=make(number, before))
        case.add(ethernet(Ip(A, B).build(ESP, before)), "protected", (forth, "good"))
        case.add(esp_frame(back, number, number, 80), "protected", (back, "good"))
    (case.findings if finding else case.absent).append("sa.iv-predictable")
    return case


# Content

def padding(why, pad, finding):
    case = Case(why)
    case.require(A, B)
    forth, back = esp(A, B, 0x1000, "aes-cbc", 128, "hmac-sha256"), esp(B, A, 0x1001, "aes-cbc", 128, "hmac-sha256")
    for number in range(1, 11):
        next_header, octets = content(forth, number, 40 + 16 * number - (8 if number % 3 == 0 else 0))
        size = -(len(octets) + 2) % 16
        packet = forth.seal(number, next_header, octets, pad=pad(number, size))
        case.add(ethernet(Ip(A, B).build(ESP, packet)), "protected", (forth, "good"))
        case.add(esp_frame(back, number, number, 90), "protected", (back, "good"))
    (case.findings if finding else case.absent).append("sa.padding-bad")
    return case


def again(why, delay, finding, other=False):
    """A's fifth packet comes once more after `delay`; `other`: with other content under the same number, and a good ICV."""
    case = Case(why, rules=("V15", "V27"))
    case.require(A, B)
    forth, back = esp(A, B, 0x1000, "aes-cbc", 128, "hmac-sha256"), esp(B, A, 0x1001, "aes-cbc", 128, "hmac-sha256")
    for number in range(1, 21):
        case.add(esp_frame(forth, number, number, 60), "protected", (forth, "good"))
        case.add(esp_frame(back, number, number, 60), "protected", (back, "good"))
    time, frame = case.frames[8]
    case.add(esp_frame(forth, 5, 99, 60) if other else frame, "protected", (forth, "good"))
    case.frames[-1] = (time + delay, case.frames[-1][1])
    case.frames.sort(key=lambda row: row[0])
    (case.findings if finding else case.absent).append("sa.replay")
    case.absent += ["sa.icv-bad", "sa.iv-reuse"]
    case.expect[f"associations[{name_of(forth)}].sequence.replayed"] = int(finding)
    case.expect[f"associations[{name_of(forth)}].sequence.duplicates"] = int(not finding)
    return case


def dummies():
    """RFC 4303 section 2.6: next header 59, any content."""
    case = Case("Every second packet of A is a dummy (next header 59); packets between have TFC padding behind the inner packet.")
    case.require("10.1.0.0/24", "10.2.0.0/24", via=[A, B])
    forth, back = (esp(*end, "aes-gcm", 128, icv_size=16, mode="tunnel") for end in ((A, B, 0x1000), (B, A, 0x1001)))
    for number in range(1, 21):
        inner = (NONE, noise(f"dummy {number}", 100)) if number % 2 else padded_inner(forth, number)
        packet = forth.seal(number, *inner)
        case.add(ethernet(Ip(A, B).build(ESP, packet)), "protected", (forth, "good"))
        case.add(esp_frame(back, number, number, 100, inner=SITES[::-1]), "protected", (back, "good"))
    case.expect["packets.dummy"] = 10
    case.absent = ["sa.padding-bad", "policy.inner-mismatch", "sa.icv-bad"]
    return case


def padded_inner(association, number):
    next_header, octets = content(association, number, 80, SITES)
    return next_header, octets + bytes(400 - len(octets))


# Policies

def inner(why, ends, finding):
    case = Case(why)
    case.require("10.1.0.0/24", "10.2.0.0/24", via=[A, B])
    forth, back = (esp(*end, "aes-gcm", 128, icv_size=16, mode="tunnel") for end in ((A, B, 0x1000), (B, A, 0x1001)))
    for number in range(1, 11):
        case.add(esp_frame(forth, number, number, 100, inner=ends if number > 7 else SITES), "protected", (forth, "good"))
        case.add(esp_frame(back, number, number, 100, inner=SITES[::-1]), "protected", (back, "good"))
    return told(case, "policy.inner-mismatch", finding)


def told(case, code, finding):
    """A finding about packets whose class it may change: classes are compared where it must stay away alone."""
    if finding:
        case.findings.append(code)
        case.expect.update({"packets.protected": None, "packets.unrelated": None, "packets.unverified": None})
    else:
        case.absent.append(code)
    return case


def ports(why, port, finding):
    """A policy for TCP 5001 alone; its SA carries TCP to `port`."""
    case = Case(why)
    case.require(A, B, ports=["tcp/5001"])
    forth, back = esp(A, B, 0x1000, "aes-cbc", 128, "hmac-sha256"), esp(B, A, 0x1001, "aes-cbc", 128, "hmac-sha256")
    for number in range(1, 11):
        out = port if number > 6 else 5001
        for association, pair in ((forth, (40000, out)), (back, (out, 40000))):
            next_header, octets = tcp(association.source, association.destination, pair, 1000 * number, noise(f"text {number}", 50))
            case.add(ethernet(Ip(association.source, association.destination).build(ESP, association.seal(number, next_header, octets))), "protected", (association, "good"))
    return told(case, "policy.inner-mismatch", finding)


def mode(why, demanded, sent, finding):
    """The policy demands a mode, the SAs use another."""
    case = Case(why)
    case.require(A, B, mode=demanded)
    forth, back = (esp(*end, "aes-gcm", 128, icv_size=16, mode=sent) for end in ((A, B, 0x1000), (B, A, 0x1001)))
    exchange(case, forth, back, spoil=False, inner=(A, B))
    case.verdict = "inconclusive" if finding else ""
    return told(case, "policy.wrong-mode", finding)


LINEAR = (lambda number: number, lambda number: number)
REPEATING = (lambda number: 7 if number in (7, 11) else number, lambda number: number)
APART = (lambda number: number, lambda number: number + 1000)

CASES = {
    "diagnosis-ah-mute-ttl": lambda: unmuted("A computes AH's ICV over the TTL; no router has changed it yet.", "ttl", kept("ttl")),
    "diagnosis-ah-mute-ttl-routed": lambda: unmuted("The same behind two routers: the TTL was 64 where it was sent.", "ttl", kept("ttl"), arriving=62),
    "diagnosis-ah-mute-tos": lambda: unmuted("A computes AH's ICV over the type of service.", "tos", kept("tos"), tos=0xB8),
    "diagnosis-ah-mute-flags": lambda: unmuted("A computes AH's ICV over Don't Fragment.", "flags", kept("flags")),
    "diagnosis-ah-mute-flags-vpp": lambda: unmuted("A mutes as VPP does: type of service, TTL and checksum, but not the flags.", "flags", vpp4),
    "diagnosis-ah-mute-checksum": lambda: unmuted("A computes AH's ICV over the header checksum.", "checksum", kept("checksum")),
    "diagnosis-ah-mute-options": lambda: unmuted("A computes AH's ICV over a time stamp option.", "options", kept("options"), options=bytes.fromhex("440c0500") + bytes(8)),
    "diagnosis-ah-mute-hop-limit": lambda: unmuted("A computes AH's ICV over the hop limit.", "ttl", kept("ttl"), ends=(SIX_A, SIX_B)),
    "diagnosis-ah-mute-traffic-class": lambda: unmuted("A computes AH's ICV over the traffic class.", "tos", kept("tos"), ends=(SIX_A, SIX_B), tos=0xB8),
    "diagnosis-ah-mute-flow-label": lambda: unmuted("A computes AH's ICV over the flow label.", "flow-label", kept("flow-label"), ends=(SIX_A, SIX_B), flow_label=0x12345),
    "diagnosis-ah-mute-flow-label-vpp": lambda: unmuted("A mutes as VPP does over IPv6: the hop limit alone.", "flow-label", vpp6, ends=(SIX_A, SIX_B), flow_label=0x54321),
    "diagnosis-ah-mute-some": unmuted_in_some,
    "diagnosis-zeros": lambda: zeros("hmac-sha1", "HMAC-SHA1 whose key lost a leading zero octet."),
    "diagnosis-zeros-sealed": zeros_sealed,
    "diagnosis-salt-zero": lambda: salt("A uses a salt of zeros.", lambda forth, back: bytes(4)),
    "diagnosis-salt-other": lambda: salt("A uses the salt of the other direction.", lambda forth, back: back.salt),
    "diagnosis-damage": damage,
    "diagnosis-esn-high-off": lambda: high_told(6),
    "diagnosis-esn-high-right": lambda: high_told(5),
    "iv-reuse": lambda: counters("AES-GCM; two packets of an SA have the same IV.", "aes-gcm", REPEATING, True),
    "iv-reuse-shared-key": lambda: counters("AES-GCM; both directions have the same key and salt, and both count from one.", "aes-gcm", LINEAR, True, shared_key=True),
    "iv-reuse-ctr": lambda: counters("AES-CTR; two packets of an SA have the same IV.", "aes-ctr", REPEATING, True, integrity="hmac-sha256"),
    "iv-no-reuse": lambda: counters("AES-GCM; both directions count from one, with keys of their own.", "aes-gcm", LINEAR, False),
    "iv-no-reuse-shared-key": lambda: counters("AES-GCM; both directions share a key, and their IVs never meet.", "aes-gcm", APART, False, shared_key=True),
    "iv-chained": lambda: chained("AES-CBC; the last block of a packet is the IV of the next, as before RFC 3602.", lambda number, before: before[-32:-16], True),
    "iv-counter": lambda: chained("AES-CBC; the IVs count upwards.", lambda number, before: struct.pack(">QQ", 0, number), True),
    "iv-random": lambda: chained("AES-CBC; every IV is random.", lambda number, before: noise(f"random {number}", 16), False),
    "padding-random": lambda: padding("Random padding under a good ICV.", lambda number, size: noise(f"pad {number}", size), True),
    "padding-default": lambda: padding("The padding that RFC 4303 asks for.", lambda number, size: bytes(range(1, size + 1)), False),
    "replay-good": lambda: again("A packet again 200 ms after itself, its ICV good: an attacker with a recording.", 200 * MILLISECOND, True),
    "replay-mirror": lambda: again("A packet again 2 ms after itself: a mirror port's copy.", 2 * MILLISECOND, False),
    "replay-other-octets": lambda: again("Other content under a number that was used 2 ms before, with a good ICV: the sender counts wrong.", 2 * MILLISECOND, True, other=True),
    "dummy-packets": dummies,
    "inner-mismatch": lambda: inner("A tunnel between two networks carries a packet of a third.", ("10.9.0.1", "10.2.0.10"), True),
    "inner-match": lambda: inner("A tunnel between two networks carries what is theirs.", ("10.1.0.77", "10.2.0.88"), False),
    "inner-port-mismatch": lambda: ports("A policy for one TCP port; its SA carries another port too.", 23, True),
    "inner-port-match": lambda: ports("A policy for one TCP port; its SA carries that port alone.", 5001, False),
    "wrong-mode-transport": lambda: mode("The policy demands tunnel mode, the packets are transport mode.", "tunnel", "transport", True),
    "wrong-mode-tunnel": lambda: mode("The policy demands transport mode, the packets are a tunnel between the same hosts.", "transport", "tunnel", True),
    "right-mode-tunnel": lambda: mode("The policy demands tunnel mode, and tunnel mode it is.", "tunnel", "tunnel", False),
}
