#!/usr/bin/env python3
"""Makes the case folders of tests/pcaps from a folder of recorded scenarios.

usage: make_case.py SCENARIOS [CASE...]

A scenario is a folder with captures, the configuration that the hosts had, and truth.json, which says what was sent and what was meant to
be protected. Nothing expected here comes from espy: frames are taken apart by tshark, the policy of the case (tests/tools/cases.json) is
applied to them by the few lines below, and the flows that truth.json calls leaks are held against the result.
"""

import collections
import ipaddress
import json
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIELDS = ["frame.number", "eth.dst", "sll.pkttype", "sll.ifindex", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "ip.proto", "ipv6.nxt",
          "ip.frag_offset", "ip.id", "ipv6.fraghdr.offset", "ipv6.fraghdr.ident", "tcp.srcport", "tcp.dstport", "udp.srcport",
          "udp.dstport", "icmpv6.type", "esp.spi", "ah.spi", "frame.protocols"]
UNDISSECTED = ["-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE"]
NEIGHBOUR_DISCOVERY = range(133, 138)


def dissect(capture):
    command = ["tshark", "-n", "-r", str(capture), *UNDISSECTED, "-T", "fields", "-E", "occurrence=a", "-E", "separator=/t"]
    for field in FIELDS:
        command += ["-e", field]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [dict(zip(FIELDS, (line + "\t" * len(FIELDS)).split("\t"))) for line in lines]


def first(value):
    return value.split(",")[0]


def number(value):
    return int(first(value), 0) if value else None


class Quoted:
    """The addresses of the packet that an ICMP error quotes."""

    protocol = source_port = destination_port = None

    def __init__(self, fields):
        self.source, self.destination = fields["ip.src"].split(",")[-1], fields["ip.dst"].split(",")[-1]


class Frame:
    """What the judgement needs of one frame."""

    def __init__(self, fields):
        self.source = first(fields["ip.src"] or fields["ipv6.src"])
        self.destination = first(fields["ip.dst"] or fields["ipv6.dst"])
        self.protocols = fields["frame.protocols"].split(":")
        self.quoted = Quoted(fields) if "icmp" in self.protocols and "," in fields["ip.src"] else None
        self.quotes_ipsec = bool(fields["esp.spi"] or fields["ah.spi"])
        self.ip = bool(self.source)
        quoted = "icmp" in self.protocols or "icmpv6" in self.protocols
        inside = "esp" in self.protocols or "ah" in self.protocols
        visible = inside and not (quoted and "ah" not in self.protocols)
        self.esp = [] if not visible or not fields["esp.spi"] else fields["esp.spi"].split(",")
        self.ah = [] if not visible or not fields["ah.spi"] else fields["ah.spi"].split(",")
        self.transport = None if quoted and not inside else "tcp" if fields["tcp.srcport"] else "udp" if fields["udp.srcport"] else None
        self.source_port = number(fields["tcp.srcport"] or fields["udp.srcport"])
        self.destination_port = number(fields["tcp.dstport"] or fields["udp.dstport"])
        self.icmpv6_type = number(fields["icmpv6.type"])
        protocol = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6"}
        self.protocol = protocol.get(number(fields["ip.proto"] or fields["ipv6.nxt"]), None)
        if self.icmpv6_type is not None:
            self.protocol = "icmpv6"
        self.offset = number(fields["ip.frag_offset"] or fields["ipv6.fraghdr.offset"]) or 0
        self.datagram = (self.source, self.destination, fields["ip.id"], fields["ipv6.fraghdr.ident"])
        self.isakmp = "isakmp" in self.protocols
        self.encapsulated = "udpencap" in self.protocols
        self.mac = first(fields["eth.dst"])
        self.packet_type = fields["sll.pkttype"]
        self.interface = fields["sll.ifindex"]

    def inwards(self, case):
        if self.packet_type:
            return number(self.packet_type) != 4
        return self.mac == case.get("mac")


def within(address, prefix):
    return address and ipaddress.ip_address(address) in ipaddress.ip_network(prefix)


def covers(rule, frame):
    """Whether a rule {"between": [A, B], "protocol": "tcp", "port": B's port} speaks of a frame, in either direction."""
    for here, there, port in ((*rule["between"], frame.destination_port), (*reversed(rule["between"]), frame.source_port)):
        if within(frame.source, here) and within(frame.destination, there):
            if "protocol" in rule and frame.protocol != rule["protocol"]:
                continue
            if "port" in rule and port != rule["port"]:
                continue
            return True
    return False


def keyed_spis(folder):
    """The SPIs whose keys the configuration files of a case hold, as (protocol, number)."""
    found = set()
    for path in folder.iterdir():
        if path.suffix not in (".txt", ".conf") and path.name != "esp_sa":
            continue
        text = path.read_text()
        found.update(("esp", int(spi, 0)) for spi in re.findall(r'^"[^"]*","[^"]*","[^"]*","(0x\w+)"', text, re.M))
        for protocol, spi in re.findall(r"^add \S+ \S+ (esp|ah|esp-udp) (\w+)", text, re.M):
            found.add((protocol[:3].rstrip("-"), int(spi, 0)))
        for entry in re.split(r"^src ", text, flags=re.M):
            header = re.search(r"proto (esp|ah) spi (0x\w+)", entry)
            if header and re.search(r"^\s+(enc|auth|auth-trunc|aead) \S+ 0x", entry, re.M):
                found.add((header[1], int(header[2], 0)))
    return found


def is_keyed(case, frame):
    """What the kernels of the scenarios sent verifies, so that a packet is protected when every header of it that shows has its key."""
    headers = [("esp", spi) for spi in frame.esp] + [("ah", spi) for spi in frame.ah]
    return all((protocol, int(spi, 0)) in case["keyed"] for protocol, spi in headers)


def is_control(frame):
    return frame.isakmp or (frame.encapsulated and not frame.esp)


def judge(case, frame):
    if not frame.ip:
        return "unrelated"
    if is_control(frame):
        return "control"
    if frame.esp or frame.ah:
        if not any(covers({"between": ends}, frame) for ends in case["secured"]):
            return "unrelated"
        if case.get("demands") == "esp" and not frame.esp:
            return "leaked"
        return "protected" if is_keyed(case, frame) else "unverified"
    if frame.interface and frame.interface in case.get("clear_side", []):
        return "exempt"
    return judge_clear(case, frame)


def judge_clear(case, frame):
    if any(covers(rule, frame) for rule in case.get("bypass", [])):
        return "exempt"
    protected = case.get("protect", [])
    if frame.quoted and not frame.quotes_ipsec and any(covers(rule, frame.quoted) for rule in protected):
        return "leaked"
    if not any(covers(rule, frame) for rule in protected):
        return "unrelated"
    if frame.icmpv6_type in NEIGHBOUR_DISCOVERY:
        return "exempt"
    if case.get("twins") and frame.inwards(case):
        return "decapsulated"
    return "exempt" if case.get("optional") else "leaked"


def leak_key(frame, reason):
    if frame.transport:
        return f"{frame.protocol} {frame.source}:{frame.source_port} > {frame.destination}:{frame.destination_port} {reason}"
    return f"{frame.protocol} {frame.source} > {frame.destination} {reason}"


class Counts:
    def __init__(self, case, frames):
        self.classes = collections.Counter()
        self.associations = collections.Counter()
        self.leaks = collections.Counter()
        self.headers = collections.Counter()
        first_fragments = {}
        for frame in frames:
            if frame.offset:
                judged = first_fragments.get(frame.datagram, "unrelated")
            else:
                judged = first_fragments[frame.datagram] = judge(case, frame)
            self.add(frame, judged)

    def add(self, frame, judged):
        self.classes[judged] += 1
        self.headers["esp"] += bool(frame.esp)
        self.headers["ah"] += bool(frame.ah)
        self.headers["esp_in_udp"] += bool(frame.esp and frame.encapsulated)
        for protocol in ("esp", "ah"):
            for spi in getattr(frame, protocol):
                self.associations[f"{protocol} {spi} {frame.source} > {frame.destination}"] += 1
        if judged == "leaked":
            self.leaks[leak_key(frame, "integrity-only" if frame.ah else "icmp-quote" if frame.quoted else "plaintext")] += 1


def check_against_truth(name, case, truth, counts):
    """The flows that the scenario meant to leak are the ones that the counts show, by destination port."""
    if "truth_leaks" not in case:
        return
    ports = {flow.get("dport") for flow in truth["flows"] if "LEAK" in flow["intended"] and flow["proto"] == "tcp"}
    seen = {int(key.split()[3].rsplit(":", 1)[1]) for key in counts.leaks if key.startswith("tcp")}
    if not ports <= seen:
        sys.exit(f"{name}: truth.json names leaks to ports {ports}, the capture shows {seen}")


def expectation(case, counts):
    expect = {"verdict": {0: "protected", 1: "violated", 3: "inconclusive"}[case["exit_status"]]}
    if not case.get("filtered"):
        expect["packets.total"] = sum(counts.classes.values())
    for name in ("protected", "unverified", "leaked", "forged", "exempt", "decapsulated", "control", "unrelated", "undecodable"):
        expect[f"packets.{name}"] = counts.classes[name]
    for name in ("ah", "esp", "esp_in_udp"):
        expect[f"packets.{name}"] = counts.headers[name]
    expect.update(case.get("expect", {}))
    return {path: value for path, value in expect.items() if value is not None}


def write_readme(folder, name, case, truth, scenario):
    lines = [f"# {name}", "", case["why"], "", f"Capture: `{case['capture']}` of scenario `{scenario.name}`, made with Linux {truth['kernel']}",
             "network namespaces; nothing in it comes from a real network, and its keys were made for it alone.", "", f"The scenario: {truth['description']}", "",
             "Counts by tshark; what should be protected, by truth.json of the scenario. Made by tests/tools/make_case.py."]
    (folder / "README.md").write_text("\n".join(lines) + "\n")


def copy_inputs(folder, case, scenario):
    name = case.get("save_as", pathlib.Path(case["capture"]).name)
    if "tcpdump_filter" in case:
        subprocess.run(["tcpdump", "-r", str(scenario / case["capture"]), "-w", str(folder / name), *case["tcpdump_filter"].split()],
                       check=True, capture_output=True)
    else:
        shutil.copyfile(scenario / case["capture"], folder / name)
    for source, target in case.get("configs", {}).items():
        shutil.copyfile(scenario / source, folder / target)
    for target, text in case.get("texts", {}).items():
        (folder / target).write_text("\n".join(text) + "\n")
    for path in folder.iterdir():
        path.chmod(0o644)
    return name


def make(scenarios, name, case):
    scenario = scenarios / case["scenario"]
    truth = json.loads((scenario / "truth.json").read_text())
    folder = ROOT / "tests" / "pcaps" / name
    folder.mkdir(parents=True, exist_ok=True)
    capture = copy_inputs(folder, case, scenario)
    case["keyed"] = set() if case.get("unverifiable") else keyed_spis(folder)
    counts = Counts(case, [Frame(fields) for fields in dissect(folder / capture)])
    check_against_truth(name, case, truth, counts)
    written = {"command": ["verify", *case["arguments"], capture], "exit_status": case["exit_status"], "rules": case.get("rules", []),
               "expect": expectation(case, counts),
               "associations": dict(sorted(counts.associations.items())), "leaks": dict(sorted(counts.leaks.items())),
               "findings": case.get("findings", []), "absent_findings": case.get("absent_findings", [])}
    if "advice" in case:
        written["advice"] = case["advice"]
    if not case.get("compare_rows", True):
        del written["leaks"]
    (folder / "case.json").write_text(json.dumps(written, indent=2) + "\n")
    write_readme(folder, name, case, truth, scenario)
    print(f"{name:34} exit {case['exit_status']} {dict(counts.classes)}")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    scenarios = pathlib.Path(sys.argv[1])
    cases = json.loads((ROOT / "tests" / "tools" / "cases.json").read_text())
    for name, case in cases.items():
        if not sys.argv[2:] or name in sys.argv[2:]:
            make(scenarios, name, case)


if __name__ == "__main__":
    main()
