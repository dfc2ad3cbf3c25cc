"""Cases that a kernel's packets make when the configuration is wrong, or the traffic odd: what make_kernel_cases.py does with a listing before
espy reads it, and what must come of it.
"""

import re

KEYS = re.compile(r"(?P<name>auth-trunc \S+|enc \S+|aead \S+) 0x(?P<key>[0-9a-f]+)")


def block_of(listing, spi):
    """(start, end) of an SA's lines."""
    at = listing.index(f"spi 0x{spi:08x}")
    start = listing.rindex("src ", 0, at)
    end = listing.find("\nsrc ", at)
    return start, len(listing) if end < 0 else end + 1


def edited(listing, spi, edit):
    start, end = block_of(listing, spi)
    return listing[:start] + edit(listing[start:end]) + listing[end:]


def key_changed(kind, change):
    """An edit of one SA: `change` makes another key of the one that `kind` (auth-trunc, enc, aead) has."""
    def edit(block):
        def replaced(match):
            return f"{match['name']} 0x{change(match['key'])}" if match["name"].startswith(kind) else match[0]

        return KEYS.sub(replaced, block)

    return edit


def one_bit(key):
    return f"{int(key[0], 16) ^ 8:x}{key[1:]}"


def salt_first(key):
    return key[-8:] + key[:-8]


def salt_reversed(key):
    return key[:-8] + bytes.fromhex(key[-8:])[::-1].hex()


def swapped(listing):
    """The keys of 0x200 and 0x201 exchanged, each under the other's SPI."""
    one, two = (KEYS.findall(listing[slice(*block_of(listing, spi))]) for spi in (0x200, 0x201))
    for (name, key), (_, other) in zip(one, two):
        listing = listing.replace(f"{name} 0x{key}", f"{name} 0x@{other}").replace(f"{name} 0x{other}", f"{name} 0x{key}").replace("0x@", "0x")
    return listing


def both(edit):
    return lambda listing: edited(edited(listing, 0x200, edit), 0x201, edit)


def forth(edit):
    return lambda listing: edited(listing, 0x200, edit)


def with_esn(block):
    return re.sub(r"(replay-window \d+ )\n", r"\1flag esn\n", block, count=1)


def without_esn(block):
    return block.replace("flag esn", "")


class Wrong:
    """What a wrong configuration leads to: the check of each direction ("good", "bad") and the diagnosis of those that fail."""

    def __init__(self, scenario, why, edit, diagnosis, checks=("bad", "bad"), exit_status=3, words=None, state="xfrm-state-a.txt", protocol="esp", findings=(), frames=40):
        self.scenario, self.why, self.edit, self.diagnosis, self.checks, self.exit_status = scenario, why, edit, diagnosis, checks, exit_status
        self.words, self.state, self.protocol, self.findings, self.frames = words, state, protocol, list(findings), frames


CASES = {
    "diagnosis-auth-key": Wrong("cipher-aes128-cbc-sha1", "One octet of an authentication key is wrong; the encryption key is right, and says so.",
                                forth(key_changed("auth-trunc", one_bit)), "auth-key", ("bad", "good"), words="encryption key is right"),
    "diagnosis-encryption-key": Wrong("cipher-3des-cbc-sha1", "The ICVs verify, and nothing that decrypts makes sense.",
                                      forth(key_changed("enc", lambda key: key[::-1])), "encryption-key", ("good", "good")),
    "diagnosis-icv-length-128": Wrong("auth-aes128-cbc-sha256-96", "The configuration says 128 bits, the peer cuts HMAC-SHA-256 to 96.",
                                      lambda listing: listing.replace(" 96\n", " 128\n"), "icv-length", words="96-bit"),
    "diagnosis-icv-length-96": Wrong("auth-aes128-cbc-sha256-128", "The configuration says 96 bits, the peer sends 128.",
                                     lambda listing: listing.replace(" 128\n", " 96\n"), "icv-length", words="128-bit"),
    "diagnosis-esn-unsaid": Wrong("esn-from-zero", "Both hosts use extended sequence numbers, the configuration does not say so.",
                                  both(without_esn), "esn", words="does not say so"),
    "diagnosis-esn-said": Wrong("cipher-aes128-cbc-sha1", "The configuration says extended sequence numbers, the hosts use 32 bits.",
                                both(with_esn), "esn", words="32-bit"),
    "diagnosis-swapped": Wrong("cipher-aes128-ctr-sha1", "The keys of the two directions are exchanged.", swapped, "swapped", words="other direction"),
    "diagnosis-swapped-gcm": Wrong("aead-aes128-gcm16", "The keys of the two directions are exchanged, with an AEAD cipher.", swapped, "swapped", words="other direction"),
    "diagnosis-salt-first": Wrong("aead-aes128-gcm16", "The salt stands in front of the key, as some tools write it; it belongs at the end.",
                                  both(key_changed("aead", salt_first)), "salt", words="front"),
    "diagnosis-salt-reversed": Wrong("aead-aes128-gcm16", "The salt's octets stand in the reverse order, in one direction.",
                                     forth(key_changed("aead", salt_reversed)), "salt", ("bad", "good"), words="reverse"),
    "diagnosis-unknown": Wrong("aead-aes128-gcm16", "A key that is none of the known mistakes.", forth(key_changed("aead", lambda key: key[::-1])), "unknown", ("bad", "good")),
    "diagnosis-unknown-ah": Wrong("ah-tunnel", "AH with a wrong key: nothing inside can tell more.", forth(key_changed("auth-trunc", one_bit)), "unknown", ("bad", "good"), protocol="ah"),
    "diagnosis-unknown-both": Wrong("wrong-auth-key", "Host b's own listing: neither key of what a sends it is right, and the way back was never used.",
                                    lambda listing: listing, "unknown", ("bad", None), state="xfrm-state-b.txt", findings=["policy.unseen"]),
}


def expectation(wrong, counts):
    """(expected values, findings) for the counts that tshark gave."""
    names = {spi: next((name for name in counts.associations if f" 0x{spi:08x} " in name), None) for spi in (0x200, 0x201)}
    expect = {"verdict": {0: "protected", 3: "inconclusive"}[wrong.exit_status], "packets.total": sum(counts.classes.values()), "packets.forged": 0, "packets.leaked": 0}
    totals = {"good": 0, "bad": 0}
    for (spi, name), check in zip(names.items(), wrong.checks):
        if check is None:
            continue
        packets = counts.associations[name]
        totals[check] += packets
        # Where a high half is searched for in vain, packets may count as unchecked: a search that runs out proves nothing.
        figures = ("good",) if wrong.diagnosis == "esn" and check == "bad" else ("good", "bad")
        expect.update({f"associations[{name}].integrity_checks.{figure}": packets if figure == check else 0 for figure in figures})
        diagnosed = check == "bad" or (spi == 0x200 and wrong.diagnosis == "encryption-key")
        expect[f"associations[{name}].diagnosis"] = wrong.diagnosis if diagnosed else None
    expect["packets.protected"], expect["packets.unverified"] = totals["good"], totals["bad"]
    return expect, ["sa.icv-bad", *wrong.findings]
