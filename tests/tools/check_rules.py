#!/usr/bin/env python3
"""Checks that each rule of the verdict, V1 to V28, is cited where it is carried out and where it is tested.

usage: check_rules.py

In code: `V<number>` in a source file of verify/, ipsec/, config/, cli/ or report/. In tests: the same in a C++ test, or in the "rules" of a
case.json. `V6 to V9` and `V20 and V21` cite what they name, not what lies between.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = [f"V{number}" for number in range(1, 29)]
CODE = ("verify", "ipsec", "config", "cli", "report")
RULE = re.compile(r"\bV\d+\b")


def sources(folder):
    return sorted(path for path in (ROOT / folder).rglob("*") if path.suffix in (".cpp", ".h"))


def cited_in(paths):
    return {rule for path in paths for rule in RULE.findall(path.read_text())}


def cited_in_cases():
    """Each case's rules; a rule that does not exist ends the check."""
    rules = set()
    for path in sorted((ROOT / "tests" / "pcaps").glob("*/case.json")):
        listed = json.loads(path.read_text()).get("rules", [])
        unknown = set(listed) - set(RULES)
        if unknown:
            sys.exit(f"{path.parent.name}: there is no rule {', '.join(sorted(unknown))}")
        rules.update(listed)
    return rules


def main():
    code = cited_in(path for folder in CODE for path in sources(folder))
    tests = cited_in(path for path in sources("tests") if path.suffix == ".cpp") | cited_in_cases()
    missing = [(rule, where) for where, cited in (("code", code), ("tests", tests)) for rule in RULES if rule not in cited]
    for rule, where in missing:
        print(f"{rule} is not cited in {where}")
    print(f"{len(RULES)} rules, {len(missing)} citations missing")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
