#!/usr/bin/env python3
"""Holds the ICVs that espy checked against what the kernels of the lab sent.

usage: compare_with_truth.py [SCENARIOS] ESPY [SCENARIO...]

SCENARIOS (else the environment variable ESPY_LAB) holds a folder a scenario: truth.json and captures, with the listings of SAs and policies of the
hosts a and b. Every capture is verified with the listings of the host whose end it shows. Expected of each SA that tshark counts in it: all
ICVs good, because a kernel wrote them; those bad that truth.json says were damaged or that the host itself could not verify; unchecked where
the listing has no key for it or the capture was cut. Of SAs without an ICV every packet must open. Exit status 0 when all agree, 1 when not,
77 when there is no folder.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import sys

import espy_report
import make_case

SKIPPED = 77
SECONDS = 300
SA = re.compile(r"^src (\S+) dst (\S+)\n\tproto (esp|ah) spi (0x[0-9a-f]+)(.*?)(?=^src |\Z)", re.MULTILINE | re.DOTALL)
CUT = ("snaplen-96.pcap",)
# Where both are right. (scenario, capture): why.
EXPLAINED = {}


def host_of(capture):
    return "b" if "-b" in capture else "a"


def listings(folder, host, kind):
    """The listings of a host: one at the end, and those taken before a rekey; not those of empty tables."""
    return sorted(path for path in folder.glob(f"xfrm-{kind}-{host}*.txt") if not re.search(r"-s(-|\.)", path.name) and path.stat().st_size)


def configured(folder, host):
    """What the host's listings know: {"esp 0x… A > B": "icv", "open"}; no entry where there is no key."""
    found = {}
    for path in listings(folder, host, "state"):
        for source, destination, protocol, spi, rest in SA.findall(path.read_text()):
            has_icv = "auth" in rest or "aead" in rest
            if has_icv or "\tenc " in rest:
                found[f"{protocol} 0x{int(spi, 16):08x} {source} > {destination}"] = "icv" if has_icv else "open"
    return found


def damaged(truth, capture):
    """How many packets of a to b the receiver refused for their ICV, where the capture shows what it received."""
    refused = truth["xfrm_stat"].get("b", {}).get("XfrmInStateProtoError", 0)
    return refused if host_of(capture) == "b" else 0


def expected(folder, truth, capture):
    """{association: {"good", "bad", "unchecked"} or {"opened"}}"""
    frames = [make_case.Frame(fields) for fields in make_case.dissect(folder / capture)]
    counts = make_case.Counts({"keyed": set(), "secured": [], "protect": []}, frames).associations
    known, bad, table = configured(folder, host_of(capture)), damaged(truth, capture), {}
    for association, packets in counts.items():
        kind = known.get(association)
        if kind == "open":
            table[association] = {"opened": packets}
        elif kind is None or capture in CUT:
            table[association] = {"good": 0, "bad": 0, "unchecked": packets}
        else:
            forth = association.endswith("> " + truth["hosts"]["b"].get("eth0", [""])[0]) and bad
            table[association] = {"good": packets - (bad if forth else 0), "bad": bad if forth else 0, "unchecked": 0}
    return table


def found(report):
    table = {}
    for row in report["associations"]:
        name = f"{row['protocol']} {row['spi']} {row['source']} > {row['destination']}"
        into = table.setdefault(name, {"good": 0, "bad": 0, "unchecked": 0, "opened": 0})
        for figure in ("good", "bad", "unchecked"):
            into[figure] += row["integrity_checks"][figure]
        into["opened"] += row["decryption"]["opened"] or 0
    return table


def run(espy, folder, capture):
    host = host_of(capture)
    files = [argument for kind in ("policy", "state") for path in listings(folder, host, kind) for argument in ("-c", str(path))]
    return espy_report.read_report(espy, [*files, str(folder / capture)], SECONDS)


def differences(espy, folder, capture):
    truth = json.loads((folder / "truth.json").read_text())
    report, trouble = run(espy, folder, capture)
    if trouble:
        return [f"{trouble}"]
    seen, lines = found(report), []
    for association, wanted in sorted(expected(folder, truth, capture).items()):
        got = {figure: seen.get(association, {}).get(figure, 0) for figure in wanted}
        if got != wanted:
            lines.append(f"{association}: expected {wanted}, found {got}")
    return lines


def captures_of(folder):
    return sorted(path.name for path in folder.glob("*.pcap") if not path.name.startswith(("nlmon", "lan-")))


def main(arguments):
    root = os.environ.get("ESPY_LAB") if len(arguments) == 1 else arguments.pop(0)
    if not root or not pathlib.Path(root).is_dir():
        print("skipped: ESPY_LAB names no folder of scenarios")
        return SKIPPED
    espy, *chosen = arguments
    folders = [path.parent for path in sorted(pathlib.Path(root).glob("*/truth.json")) if not chosen or path.parent.name in chosen]
    tasks = [(folder, capture) for folder in folders if json.loads((folder / "truth.json").read_text())["sas"] for capture in captures_of(folder)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda task: differences(espy, *task), tasks))
    open_questions = 0
    for (folder, capture), lines in zip(tasks, results):
        reason = EXPLAINED.get((folder.name, capture))
        for line in lines:
            open_questions += reason is None
            print(f"{folder.name}/{capture}: {line}{f' (explained: {reason})' if reason else ''}")
    print(f"{len(tasks)} captures of {len(folders)} scenarios: {open_questions} differences")
    return 1 if open_questions or not tasks else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
