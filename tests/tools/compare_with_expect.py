#!/usr/bin/env python3
"""Holds what `espy verify --json` counts against figures that an independent reference computed.

usage: compare_with_expect.py [--keys] [FOLDER] ESPY [CAPTURE...]

For every X.expect.json below FOLDER espy reads X without configuration; with --keys, also with the SAs and keys of X.keys.json as espy's TOML,
which must change none of these counts. Compared: packets, AH, ESP and IKE datagrams, NAT keep-alives, and of each SA its packets, lowest and
highest sequence number, repeats, reordered and missing numbers; with keys also its ICVs good and bad, and the SAs inside decrypted ESP. Without FOLDER the environment variable ESPY_CORPORA names it. Exit status 0 when all agree, 1
when not, 77 when there is no folder.

How the two are made comparable. Both sides are summed over the encapsulation: espy has one row for (protocol, SPI, source, destination). SAs
inside decrypted ESP ("lvl" above 0) need a key and are left out without. `dups` is espy's duplicates + replayed. The reference counts as
out_of_order every number below the one before it; espy counts a number that comes late for the first time, so that figure is counted anew
from "per_packet". Across a wrap the reference states no missing numbers, and the lowest one is not the first: both are left out. Where
espy reports a reset, the counter began again and `lost` and `highest` are those of its epochs. A first fragment whose others never came counts for
espy and not for the reference: rows and counts of such fragments are taken off. What else differs for a reason is in EXPLAINED.
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import sys
import tempfile

import espy_report

SKIPPED = 77
SECONDS = 120
EVENTS = {"ah": ("ah",), "esp": ("esp", "esp-udp", "esp-tcp", "esp-wesp", "esp-udp-wesp"), "ike": ("ike", "ike-tcp"), "keepalive": ("natt-keepalive",)}
FIGURES = ("packets", "first", "highest", "repeated", "reordered", "missing", "icv good", "icv bad")
HALF = 1 << 31

# Where both are right. (capture, figure): why.
BAD_HEADER = "no valid ISAKMP header: "
SHARED_COUNTER = "one counter serves two destinations, so both miss numbers at the same time, which espy takes for a pause of the capture"
UNTRUSTED = "the numbers of packets whose ICV is wrong do not count (RFC 4303 section 3.4.3); the reference counts them"
EXPLAINED = {
    **{("pcapplusplus/ipv6_options.pcap", figure): "one packet has a routing header with segments left: its destination is the last of them"
       for figure in ("packets", "repeated")},
    **{("derived/damaged-aes128-sha256-a.pcap", figure): UNTRUSTED for figure in ("highest", "repeated", "reordered", "missing")},
    **{("derived/damaged-ah-sha256-a.pcap", figure): UNTRUSTED for figure in ("repeated", "reordered")},
    ("tcpdump/ikev2-id-normal.pcap", "ike"): BAD_HEADER + "the initiator's SPI is zero (RFC 7296 section 3.1)",
    ("tcpdump/ikev2-id-short.pcap", "ike"): BAD_HEADER + "the initiator's SPI is zero (RFC 7296 section 3.1)",
    ("tcpdump/isakmp-delete-segfault.pcap", "ike"): BAD_HEADER + "version 11.14 (made by a fuzzer)",
    ("tcpdump/isakmp-no-none-np.pcapng", "ike"): BAD_HEADER + "the initiator's cookie is zero, the length 84 of 2186",
    ("zeek-spicy-ipsec/ipsec-ikev1-zero-length.pcap", "ike"): BAD_HEADER + "its length is zero",
    ("zeek/ipv6_zero_len_ah.pcap", "ah"): "an AH of 8 octets holds no sequence number (RFC 4302 section 2.2): undecodable",
    ("zeek/ipv6_zero_len_ah.pcap", "packets"): "an AH of 8 octets holds no sequence number (RFC 4302 section 2.2): undecodable",
    ("tcpdump/OSPFv3_with_AH.pcap", "missing"): SHARED_COUNTER,
}


def late_numbers(numbers):
    """How many numbers come for the first time after a higher one."""
    seen, late = set(), 0
    for number in numbers:
        if number not in seen and seen and number < max(seen):
            late += 1
        seen.add(number)
    return late


def expected_associations(expect, keyed):
    """The SAs that are seen, with keys those inside others too: {(protocol, SPI, source, destination): figures}; None is a figure that
    cannot be compared."""
    seen = [row for row in expect["sas"] if keyed or row["lvl"] == 0]
    table = {}
    for key in sorted({association_key(row) for row in seen}):
        rows = [row for row in seen if association_key(row) == key]
        numbers = [packet["seq"] for packet in expect["per_packet"]
                   if (keyed or packet["lvl"] == 0) and (packet["p"], packet["spi"], packet["src"], packet["dst"]) == key]
        packets = sum(row["n"] for row in rows)
        whole = len(numbers) == packets
        lowest, highest = min(row["seq_min"] for row in rows), max(row["seq_max"] for row in rows)
        wrapped = highest - lowest > HALF
        distinct = len(set(numbers))
        missing = highest - lowest + 1 - distinct if whole else (rows[0]["missing"] if len(rows) == 1 else None)
        if len(rows) == 1 and rows[0]["missing"] is not None and not wrapped and missing != rows[0]["missing"]:
            print(f"{key}: the reference contradicts itself: {missing} numbers missing by its packets, {rows[0]['missing']} by its sum")
        table[key] = {
            "packets": packets,
            "first": numbers[0] if whole else None,
            "highest": None if wrapped else highest,
            "repeated": packets - distinct if whole else sum(row["dups"] for row in rows),
            "reordered": late_numbers(numbers) if whole and not wrapped else None,
            "missing": None if wrapped else missing,
            "icv good": sum(row["icv_ok"] for row in rows) if keyed else None,
            "icv bad": sum(row["icv_bad"] for row in rows) if keyed else None,
        }
    return table


def association_key(row):
    return row["proto"], row["spi"], row["src"], row["dst"]


def lone_fragments(row):
    return row["integrity_checks"]["unchecked_because"]["fragment"]


def found_associations(report):
    table = {}
    for row in report["associations"]:
        if row["packets"] == lone_fragments(row):
            continue
        sequence = row["sequence"]
        reset = sequence["resets"] > 0
        table[row["protocol"], row["spi"], row["source"], row["destination"]] = {
            "packets": row["packets"],
            "first": sequence["first"],
            "highest": None if reset else sequence["highest"],
            "repeated": None if reset else sequence["duplicates"] + sequence["replayed"],
            "reordered": None if reset else sequence["reordered"],
            "missing": None if reset else sequence["lost"],
            "icv good": row["integrity_checks"]["good"],
            "icv bad": row["integrity_checks"]["bad"],
        }
    return table


def compare_associations(expected, found):
    for key in sorted(expected.keys() | found.keys()):
        name = f"{key[0]} {key[1]} {key[2]} > {key[3]}"
        if key not in found or key not in expected:
            packets = (expected.get(key) or found.get(key))["packets"]
            yield name, "packets", packets if key in expected else 0, packets if key in found else 0
            continue
        for figure in FIGURES:
            wanted, got = expected[key][figure], found[key][figure]
            if wanted is not None and got is not None and wanted != got:
                yield name, figure, wanted, got


def compare(expect, report, keyed=False):
    """(what, figure, expected, found) for every difference."""
    counts = report["packets"]
    if counts["total"] != expect["packets"]:
        yield "capture", "total", expect["packets"], counts["total"]
    for figure, events in EVENTS.items():
        wanted = sum(expect["events"].get(event, 0) for event in events)
        lone = sum(lone_fragments(row) for row in report["associations"] if row["protocol"] == figure)
        if counts[figure] - lone != wanted:
            yield "capture", figure, wanted, counts[figure]
    yield from compare_associations(expected_associations(expect, keyed), found_associations(report))


TOML_NAMES = (("proto", "protocol"), ("src", "source"), ("dst", "destination"), ("mode", "mode"), ("encap", "encapsulation"))
FAR = 100
ANY_ADDRESS = "0.0.0.0/0"
ENCRYPTIONS = {"null-aes-gmac": "aes-gmac", "cast-cbc": "cast128-cbc", "aes-gcm-8": "aes-gcm", "aes-gcm-12": "aes-gcm", "aes-gcm-16": "aes-gcm",
               "aes-ccm-8": "aes-ccm", "aes-ccm-12": "aes-ccm", "aes-ccm-16": "aes-ccm"}
INTEGRITIES = {"hmac-md5-96": "hmac-md5", "hmac-sha1-96": "hmac-sha1", "hmac-sha256-96": "hmac-sha256", "hmac-sha256-128": "hmac-sha256",
               "hmac-sha384-192": "hmac-sha384", "hmac-sha512-256": "hmac-sha512", "hmac-ripemd160-96": "hmac-ripemd160",
               "aes-xcbc-96": "aes-xcbc-mac", "aes-cmac-96": "aes-cmac"}


def toml_keys(row):
    """The algorithms and keys of an SA. A high half is left for espy to find, unless nobody would look there."""
    lines = []
    if row["proto"] == "esp" and row.get("enc"):
        lines.append(f'encryption = "{ENCRYPTIONS.get(row["enc"], row["enc"])}"')
        if row.get("enc_key"):
            lines.append(f'encryption_key = "0x{row["enc_key"]}"')
    if row.get("auth") not in (None, "none"):
        lines += [f'integrity = "{INTEGRITIES.get(row["auth"], row["auth"])}"', f'integrity_key = "0x{row["auth_key"]}"']
    if row.get("icv_len"):
        lines.append(f"icv_bits = {8 * row['icv_len']}")
    if row.get("esn"):
        lines += ["esn = true"] + ([f"esn_high = {row['esn_hi']}"] if row["esn_hi"] > FAR else [])
    return lines


def toml_of(keys):
    """The SAs of X.keys.json; several keys for one SA are all said."""
    seen, text = set(), []
    for row in keys["sas"]:
        lines = [f'{ours} = "{ANY_ADDRESS if row[theirs] == "*" else row[theirs]}"' for theirs, ours in TOML_NAMES if row.get(theirs) and (theirs != "encap" or row[theirs] in ("udp", "tcp"))]
        entry = "\n".join(["[[sa]]", *lines, f"spi = {row['spi']}", *toml_keys(row), ""])
        if row["spi"] != "*" and entry not in seen:
            seen.add(entry)
            text.append(entry)
    return "\n".join(text)


def differences(espy, capture, with_keys):
    expect = json.loads(pathlib.Path(f"{capture}.expect.json").read_text())
    report, trouble = espy_report.read_report(espy, [str(capture)], SECONDS)
    yield from [("capture", "run", "a report", trouble)] if trouble else compare(expect, report)
    keys = pathlib.Path(f"{capture}.keys.json")
    if not with_keys or not keys.exists():
        return
    text = toml_of(json.loads(keys.read_text()))
    if not text:
        return
    with tempfile.TemporaryDirectory() as folder:
        configuration = pathlib.Path(folder, "sas.toml")
        configuration.write_text(text)
        report, trouble = espy_report.read_report(espy, ["-c", str(configuration), str(capture)], SECONDS)
        found = [("capture", "run", "a report", trouble)] if trouble else compare(expect, report, keyed=True)
        yield from ((f"keyed: {what}", figure, wanted, got) for what, figure, wanted, got in found)


def main(arguments):
    with_keys = "--keys" in arguments
    arguments = [argument for argument in arguments if argument != "--keys"]
    folder = os.environ.get("ESPY_CORPORA") if len(arguments) == 1 else arguments.pop(0)
    if not folder or not pathlib.Path(folder).is_dir():
        print("skipped: ESPY_CORPORA names no folder of captures with expected figures")
        return SKIPPED
    espy, *chosen = arguments
    root = pathlib.Path(folder)
    captures = sorted(path.with_name(path.name.removesuffix(".expect.json")) for path in root.rglob("*.expect.json"))
    captures = [path for path in captures if path.exists() and (not chosen or str(path.relative_to(root)) in chosen)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda path: list(differences(espy, path, with_keys)), captures))
    figures, explained = collections.Counter(), 0
    for capture, rows in zip(captures, results):
        name = str(capture.relative_to(root))
        for what, figure, wanted, got in rows:
            reason = EXPLAINED.get((name, figure))
            explained += reason is not None
            figures[figure] += reason is None
            print(f"{name:50} {what:62} {figure:9} expected {wanted}, found {got}{f' (explained: {reason})' if reason else ''}")
    figures = +figures
    print(f"{len(captures)} captures: {sum(figures.values())} differences {dict(figures) or ''}, {explained} explained")
    return 1 if figures or not captures else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
