#!/usr/bin/env python3
"""Makes the cases of tests/pcaps whose packets are sealed here: algorithms that no kernel at hand has, and what a diagnosis needs.

usage: make_algorithm_captures.py [CASE...]     writes these cases, or all
       make_algorithm_captures.py --check       compares every file with what would be written

The constructions (ipsec_algorithms.py, ipsec_packets.py) are written out after the RFCs, the primitives are Nettle's: a library that espy does
not use. Everything is deterministic. Exit status 77 where libnettle is not installed.
"""

import pathlib
import sys

import algorithm_cases
import finding_cases
import ipsec_algorithms
import nettle

PCAPS = pathlib.Path(__file__).resolve().parents[1] / "pcaps"
TABLES = (algorithm_cases.CASES, finding_cases.CASES)
SKIPPED = 77


def cases():
    for table in TABLES:
        yield from table.items()


def write(name, files):
    folder = PCAPS / name
    folder.mkdir(parents=True, exist_ok=True)
    for file, octets in files.items():
        (folder / file).write_bytes(octets)
    print(f"{name}: {sum(map(len, files.values()))} octets")


def check():
    wrong = 0
    for name, make in cases():
        for file, octets in make().files(name).items():
            path = PCAPS / name / file
            if not path.exists() or path.read_bytes() != octets:
                print(f"{name}/{file}: is not what the script makes")
                wrong += 1
    print(f"{wrong} files differ")
    return 1 if wrong else 0


def main():
    try:
        nettle.library()
    except OSError as error:
        print(f"skipped: {error}")
        return SKIPPED
    ipsec_algorithms.self_test()
    if sys.argv[1:] == ["--check"]:
        return check()
    for name, make in cases():
        if not sys.argv[1:] or name in sys.argv[1:]:
            write(name, make().files(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
