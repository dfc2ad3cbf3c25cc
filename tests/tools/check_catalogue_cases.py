#!/usr/bin/env python3
"""Holds tests/pcaps against the catalogue of findings: each code listed here has a case that fires it and a twin that does not.

usage: check_catalogue_cases.py

A case fires a code by its "findings" and is a twin by its "absent_findings" (tests/pcaps/run_cases). A code that the catalogue does not know
is a slip of the pen in a case, and is reported too.
"""

import collections
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CODES = """
leak.plaintext leak.integrity-only leak.null-encryption leak.missing-ah leak.one-way leak.icmp-quote leak.before-nat leak.window
policy.unseen policy.attribution policy.discard-violated policy.optional-clear policy.marked
policy.inner-mismatch policy.wrong-mode
sa.unknown sa.unused sa.replay sa.gap sa.beyond-window sa.reset sa.exhaustion sa.sequence-zero sa.reserved-spi sa.looks-unencrypted
sa.icv-bad sa.iv-reuse sa.iv-predictable sa.padding-bad
capture.drops capture.cut-short capture.damaged capture.filtered capture.vantage capture.clear-beside-tunnel
""".split()


def catalogue():
    text = "".join(path.read_text() for path in sorted((ROOT / "verdict").glob("catalogue*.cpp")))
    return set(re.findall(r'\.code = "([a-z0-9.-]+)"', text))


def cases():
    return {path.parent.name: json.loads(path.read_text()) for path in sorted((ROOT / "tests" / "pcaps").glob("*/case.json"))}


def problems(known, read):
    fired, absent = collections.Counter(), collections.Counter()
    for name, case in read.items():
        findings, absences = set(case.get("findings", [])), set(case.get("absent_findings", []))
        fired.update(findings)
        absent.update(absences)
        yield from (f"{name}: {code} is expected and excluded" for code in sorted(findings & absences))
        yield from (f"{name}: the catalogue has no {code}" for code in sorted((findings | absences) - known))
    for code in CODES:
        if code not in known:
            yield f"{code}: the catalogue does not have it"
        if not fired[code]:
            yield f"{code}: no case fires it"
        if not absent[code]:
            yield f"{code}: no twin shows that it stays away"


def main():
    read = cases()
    found = list(problems(catalogue(), read))
    for problem in found:
        print(problem)
    print(f"{len(CODES)} codes, {len(read)} cases, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
