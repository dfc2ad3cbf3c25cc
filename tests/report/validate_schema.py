#!/usr/bin/env python3
"""Holds sample reports against the JSON Schemas of docs/ and against the XML and JSON parsers of Python.

Usage: validate_schema.py REPORT_SAMPLES ESPY: made-up reports from the one, those of every case in tests/pcaps from the other. Exit status 77 (skipped) without python3-jsonschema.
"""
import copy
import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree

try:
    import jsonschema
except ImportError:
    sys.exit(77)

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
NAMES = ["good", "bad", "empty"]


def sample(program, name, form):
    return subprocess.run([program, name, form], check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")


def validator(schema_name):
    schema = json.loads((DOCS / schema_name).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def check_closed(schema, value, path, problems):
    """Fields that the schema does not name: allowed to readers, a mistake in espy's own output."""
    for extra in set(value) - set(schema["properties"]):
        problems.append(f"{path}: {extra} is not documented")


def check_reports(program, report):
    problems = []
    schema = report.schema
    for name in NAMES:
        data = json.loads(sample(program, name, "json"))
        report.validate(data)
        check_closed(schema["$defs"]["report"], data, name, problems)
        for row in ["requirement", "association", "leak", "finding"]:
            for value in data[row + "s"]:
                check_closed(schema["$defs"][row], value, f"{name}.{row}s", problems)
    return problems


def check_refusals(program, report):
    """The schema can fail: each of these changes must be refused."""
    good = json.loads(sample(program, "bad", "json"))
    changes = [("verdict", "fine"), ("exit_status", 2), ("schema", 2), ("leaks", [{}]), ("reasons", ["Plain"]), ("packets", {})]
    problems = []
    for key, value in changes:
        broken = copy.deepcopy(good)
        broken[key] = value
        if report.is_valid(broken):
            problems.append(f"the schema accepts {key} = {value}")
    return problems


def check_cases(espy, report, packet):
    """What espy says of every recorded case: the verdict of `verify`, which adds up, and each packet of `dump`."""
    problems = []
    for case in sorted((DOCS.parent / "tests" / "pcaps").glob("*/case.json")):
        arguments = json.loads(case.read_text(encoding="utf-8"))["command"]
        run = subprocess.run([espy, *arguments, "--json"], cwd=case.parent, capture_output=True, check=False)
        data = json.loads(run.stdout)
        problems += [f"{case.parent.name}: {error.json_path}: {error.message}" for error in report.iter_errors(data)]
        if run.returncode == 2:
            continue
        classes = ["protected", "unverified", "leaked", "forged", "exempt", "decapsulated", "control", "unrelated", "undecodable"]
        if sum(data["packets"][name] for name in classes) != data["packets"]["total"]:
            problems.append(f"{case.parent.name}: the classes do not add up")
    capture = DOCS.parent / "tests" / "pcaps" / "leak-telnet" / "wire.pcap"
    lines = subprocess.run([espy, "dump", "--json", capture], capture_output=True, check=True).stdout.splitlines()
    for line in lines:
        problems += [f"dump: {error.message}" for error in packet.iter_errors(json.loads(line))]
    return problems + ([] if lines else ["dump printed nothing"])


def check_xml(program):
    problems = []
    for name in NAMES + ["hostile"]:
        root = xml.etree.ElementTree.fromstring(sample(program, name, "junit"))
        cases = list(root.iter("testcase"))
        counted = [int(root.get(key)) for key in ("tests", "failures", "skipped")]
        found = [len(cases), len(list(root.iter("failure"))), len(list(root.iter("skipped")))]
        if counted != found:
            problems.append(f"{name}: JUnit says {counted}, holds {found}")
    return problems


def main():
    program = sys.argv[1]
    report = validator("report.schema.json")
    report.validate(json.loads(sample(program, "good", "errors")))
    packet = validator("packet.schema.json")
    for line in sample(program, "good", "packets").splitlines():
        packet.validate(json.loads(line))
    for name in NAMES + ["hostile"]:
        json.loads(sample(program, name, "json"))
        json.loads(sample(program, name, "sarif"))
    problems = check_reports(program, report) + check_refusals(program, report) + check_xml(program)
    problems += check_cases(sys.argv[2], report, packet)
    print("\n".join(problems) or "all samples are valid")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
