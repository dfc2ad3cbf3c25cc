#!/usr/bin/env python3
"""Keeps docs/algorithms.md true.

usage: check_algorithms.py

Every algorithm of ipsec/algorithm.cpp has a row of names and rows of evidence, or stands under "Not computed". Every case that is named exists,
uses the algorithm in its configuration and expects packets of it that verify or open; its README says who made it, as the table does. Every unit
test that is named exists in tests/crypto.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PCAPS = ROOT / "tests" / "pcaps"
MADE_BY = {"Linux 6.1": "made with Linux 6.1", "Nettle": "Nettle"}
TITLES = {"encryption": ("Encryption", "Evidence for encryption"), "integrity": ("Integrity", "Evidence for integrity")}


def algorithms():
    """{"encryption": names, "integrity": names} of the tables in ipsec/algorithm.cpp."""
    text = (ROOT / "ipsec" / "algorithm.cpp").read_text()
    return {"encryption": re.findall(r'\{E::k\w+, "([^"]+)"', text), "integrity": re.findall(r'\{I::k\w+, "([^"]+)"', text)}


def sections(text):
    """{title: lines} of the page."""
    parts = re.split(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {title: body.splitlines() for title, body in zip(parts[1::2], parts[2::2])}


def rows(lines):
    """The cells of a table, without its head."""
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return table[2:]


def quoted(cell):
    return re.findall(r"`([^`]+)`", cell)


def unit_tests():
    text = "".join(path.read_text() for path in (ROOT / "tests" / "crypto").glob("*.cpp"))
    return {f"{suite}.{name}" for suite, name in re.findall(r"^TEST(?:_[FP])?\((\w+), (\w+)\)", text, re.MULTILINE)}


def verified(case):
    """How many packets the case expects to verify or, without an ICV, to open."""
    return sum(value for path, value in case["expect"].items() if path.endswith((".integrity_checks.good", ".decryption.opened")) and value)


def configuration(folder, case):
    files = [value for option, value in zip(case["command"], case["command"][1:]) if option == "-c"]
    return "\n".join((folder / name.split(":")[-1]).read_text() for name in files).lower()


def case_problems(name, made_by, spellings=None):
    folder = PCAPS / name
    if not (folder / "case.json").exists():
        yield f"{name}: there is no such case"
        return
    case = json.loads((folder / "case.json").read_text())
    if not verified(case):
        yield f"{name}: it expects no packet to verify"
    if MADE_BY.get(made_by, "?") not in (folder / "README.md").read_text():
        yield f"{name}: its README does not say that {made_by} made it"
    if spellings and not any(spelling in configuration(folder, case) for spelling in spellings):
        yield f"{name}: its configuration names none of {', '.join(spellings)}"


def spellings_of(row):
    """What configurations call the algorithm of a row of names: espy's own, setkey's, the kernel's and Wireshark's name."""
    words = [row[0], *row[1].split(", "), row[2], row[3]]
    return [word.lower() for word in words if word and word != "–"]


def kind_problems(kind, names, page):
    title, evidence_title = TITLES[kind]
    named = {row[0]: spellings_of(row) for row in rows(page[title])}
    evidence, tests = rows(page[evidence_title]), unit_tests()
    not_computed = {name for line in page["Not computed"] for name in quoted(line)[:1]}
    for name in names:
        if name in not_computed:
            continue
        if name not in named:
            yield f"{kind} {name}: no row of names"
        if not any(row[0] == name for row in evidence):
            yield f"{kind} {name}: no row of evidence"
    yield from (f"{kind} {name}: ipsec/algorithm.cpp does not have it" for name in named.keys() - set(names))
    for name, unit, cases, made_by, _ in evidence:
        yield from (f"{kind} {name}: tests/crypto has no {test}" for test in quoted(unit) if test not in tests)
        if not quoted(cases):
            yield f"{kind} {name}: no case"
        for case in quoted(cases):
            yield from (f"{kind} {name}: {problem}" for problem in case_problems(case, made_by, named.get(name)))


def unmentioned(text):
    """Cases of algorithms that the page forgot."""
    for path in sorted(PCAPS.glob("algorithm-*/case.json")):
        if f"`{path.parent.name}`" not in text:
            yield f"{path.parent.name}: docs/algorithms.md does not mention it"


def main():
    text = (ROOT / "docs" / "algorithms.md").read_text()
    page, found = sections(text), []
    for kind, names in algorithms().items():
        found += kind_problems(kind, names, page)
    for what, cases, made_by in rows(page["Evidence for headers, modes and encapsulations"]):
        found += [f"{what}: {problem}" for case in quoted(cases) for problem in case_problems(case, made_by)]
    found += unmentioned(text)
    for problem in found:
        print(problem)
    print(f"{len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
