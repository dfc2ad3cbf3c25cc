#!/usr/bin/env python3
"""Makes the cases of tests/pcaps that show an algorithm at work in a real kernel: captures of shared scenarios, cut, with keys.

usage: make_kernel_cases.py SCENARIOS [CASE...]
       make_kernel_cases.py --lab OUT     from what lab_algorithms.py wrote

SCENARIOS holds a folder a scenario (tests/tools/make_case.py says what is in it). Expected of each case: every ICV that the kernel wrote is
good. How many that are is counted by tshark; nothing comes from espy.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys

import kernel_diagnoses
import make_case

PCAPS = make_case.ROOT / "tests" / "pcaps"
PAIR = [["10.0.0.1", "10.0.0.2"]]
SITES = [["10.1.0.0/24", "10.2.0.0/24"]]
MAC_OF_A = "02:00:00:00:00:0a"
LARGEST = 600   # of the frames kept of a capture with every size of key
ESN_CONTEXT = re.compile(r"\tanti-replay esn context:\n(?:\t .*\n)*")


class Scenario:
    """What a case takes from where. `frames`: only so many; `forget_esn`: the high half that the host knew is taken out of its listing;
    `endpoint`: made on host a, which shows what it decrypted beside it."""

    def __init__(self, scenario, why, frames=40, secured=None, protect=None, forget_esn=False, endpoint=False):
        self.scenario, self.why, self.frames, self.capture = scenario, why, frames, "endpoint.pcap" if endpoint else "wire.pcap"
        self.secured, self.protect, self.forget_esn = secured or PAIR, protect or secured or PAIR, forget_esn
        self.endpoint = {"twins": True, "mac": MAC_OF_A} if endpoint else {}


CASES = {
    "algorithm-3des-cbc": Scenario("cipher-3des-cbc-sha1", "3DES-CBC with HMAC-SHA1-96."),
    "algorithm-des-cbc": Scenario("cipher-des-cbc-sha1", "DES-CBC with HMAC-SHA1-96."),
    "algorithm-aes-cbc": Scenario("cipher-aes128-cbc-sha1", "AES-CBC, 128 bits, with HMAC-SHA1-96."),
    "algorithm-aes-ctr": Scenario("cipher-aes128-ctr-sha1", "AES-CTR, 128 bits, with HMAC-SHA1-96."),
    "algorithm-camellia-cbc": Scenario("cipher-camellia256-cbc-sha1", "Camellia-CBC, 256 bits, with HMAC-SHA1-96."),
    "algorithm-twofish-cbc": Scenario("cipher-twofish-cbc-sha1", "Twofish-CBC, 256 bits, with HMAC-SHA1-96."),
    "algorithm-null": Scenario("cipher-null-sha1", "NULL encryption with HMAC-SHA1-96."),
    "algorithm-null-sha256": Scenario("esp-null-sha256", "NULL encryption with HMAC-SHA2-256-128."),
    "algorithm-aes-ccm": Scenario("aead-aes128-ccm16", "AES-CCM, 128 bits, ICV of 16 octets."),
    "algorithm-aes-gcm": Scenario("aead-aes128-gcm16", "AES-GCM, 128 bits, ICV of 16 octets."),
    "algorithm-aes-gcm-256": Scenario("tunnel-host", "AES-GCM, 256 bits, ICV of 16 octets, tunnel mode."),
    "algorithm-aes-gmac": Scenario("aead-aes128-gmac", "NULL encryption with AES-GMAC, 128 bits."),
    "algorithm-chacha20-poly1305": Scenario("aead-chacha20poly1305", "ChaCha20-Poly1305."),
    "algorithm-hmac-md5": Scenario("auth-aes128-cbc-md5-96", "AES-CBC with HMAC-MD5-96."),
    "algorithm-hmac-sha256": Scenario("auth-aes128-cbc-sha256-128", "AES-CBC with HMAC-SHA2-256-128."),
    "algorithm-hmac-sha256-96": Scenario("auth-aes128-cbc-sha256-96", "AES-CBC with HMAC-SHA2-256 cut to 96 bits, as old kernels do."),
    "algorithm-aes-xcbc": Scenario("auth-aes128-cbc-xcbc-96", "AES-CBC with AES-XCBC-MAC-96."),
    "algorithm-ah-hmac-sha256": Scenario("ah-only", "AH with HMAC-SHA2-256-128; Linux pads it to 8 octets."),
    "algorithm-ah-tunnel-hmac-sha1": Scenario("ah-tunnel", "AH in tunnel mode with HMAC-SHA1-96."),
    "algorithm-ah-routed": Scenario("ah-routed-ttl-dscp", "AH through a router that changes TTL and DSCP, with record-route options and fragments.",
                                    frames=60, secured=[["10.0.1.1", "10.0.2.2"]]),
    "algorithm-ah-esn-wrap": Scenario("ah-esn", "AH with extended sequence numbers across the wrap of the low half.", frames=82),
    "algorithm-ah-outside-esp": Scenario("classic-ah-sha256-esp-aescbc", "AH with HMAC-SHA2-256-128 around ESP with AES-CBC alone."),
    "algorithm-ah-outside-esp-md5": Scenario("classic-ah-md5-esp-aescbc", "AH with HMAC-MD5-96 around ESP with AES-CBC alone."),
    "algorithm-ah6-outside-esp": Scenario("classic6-ah-sha256-esp-aescbc", "The same over IPv6, neighbour discovery in clear beside it.",
                                          secured=[["fd00::1", "fd00::2"]]),
    "algorithm-esp6": Scenario("esp6-transport", "ESP over IPv6, AES-CBC with HMAC-SHA2-256-128.", secured=[["fd00::1", "fd00::2"]]),
    "algorithm-tunnel-gateways": Scenario("tunnel-gw", "Tunnel mode between two gateways.", frames=62, protect=SITES),
    "algorithm-tunnel-6in4": Scenario("tunnel-gw-6in4", "IPv6 in an ESP tunnel over IPv4.", frames=46, protect=[["fd01::/64", "fd02::/64"]]),
    "algorithm-beet": Scenario("beet", "BEET mode with AES-GCM.", protect=[["192.168.50.1", "192.168.50.2"]]),
    "algorithm-ipcomp": Scenario("ipcomp-esp", "IPComp (deflate) inside ESP; small packets carry none."),
    "algorithm-udp": Scenario("natt-transport", "ESP in UDP port 4500 with AES-GCM.", frames=48),
    "algorithm-fragments": Scenario("frag-transport", "Fragments of ESP in transport mode: the ICV covers the whole datagram.", frames=32),
    "algorithm-fragments-tunnel": Scenario("frag-tunnel-outer", "Fragments of the outer datagrams of an ESP tunnel.", frames=36, protect=SITES),
    "algorithm-fragments6": Scenario("frag6-transport", "IPv6 fragments of ESP.", frames=26, secured=[["fd00::1", "fd00::2"]]),
    "algorithm-esn": Scenario("esn-from-zero", "Extended sequence numbers from zero, AES-CBC with HMAC-SHA1-96.", frames=40),
    "algorithm-esn-wrap-cbc": Scenario("esn-wrap-cbc-sha256", "Extended sequence numbers across the wrap, AES-CBC of 256 bits with HMAC-SHA2-256-128.", frames=82),
    "algorithm-esn-wrap-gcm": Scenario("esn-wrap-gcm", "Extended sequence numbers across the wrap, AES-GCM.", frames=82),
    "algorithm-esn-high": Scenario("esn-high-5", "A capture that starts where the high half is 5, with a configuration that does not say so.", forget_esn=True),
    "algorithm-esn-high-told": Scenario("esn-high-5", "The same, with the high half in the listing."),
    "twin-keyed-gateway": Scenario("tunnel-gw", "On a gateway with its keys: every decrypted copy is recognised by content.", frames=100, protect=SITES, endpoint=True),
    "twin-keyed-host": Scenario("tunnel-host", "A tunnel between two hosts, seen on one of them, with its keys.", frames=100, endpoint=True),
    "twin-keyed-beet": Scenario("beet", "BEET mode, seen on one of the hosts, with its keys.", frames=60, protect=[["192.168.50.1", "192.168.50.2"]], endpoint=True),
    "twin-keyed-ah": Scenario("ah-tunnel", "AH in tunnel mode, seen on one of its ends.", frames=60, endpoint=True),
    "tfc-padding-keyed": Scenario("tfc-padding", "TFC padding behind the inner packets of a tunnel is no wrong padding.", frames=40),
}


def copy_capture(source, target, frames):
    subprocess.run(["editcap", "-F", "pcap", "-r", str(source), str(target), f"1-{frames}"], check=True, capture_output=True)


def copy_inputs(folder, scenario, path):
    copy_capture(path / scenario.capture, folder / "wire.pcap", scenario.frames)
    shutil.copyfile(path / "xfrm-policy-a.txt", folder / "xfrm-policy.txt")
    listing = (path / "xfrm-state-a.txt").read_text()
    (folder / "xfrm-state.txt").write_text(ESN_CONTEXT.sub("", listing) if scenario.forget_esn else listing)


def expectation(counts):
    """Everything that carries AH or ESP is protected, every ICV good."""
    expect = {"verdict": "protected", "packets.total": sum(counts.classes.values())}
    classes = dict(counts.classes, protected=counts.classes["unverified"], unverified=0)
    for name in ("protected", "unverified", "leaked", "forged", "decapsulated", "undecodable"):
        expect[f"packets.{name}"] = classes.get(name, 0)
    for association, packets in sorted(counts.associations.items()):
        for figure, value in (("good", packets), ("bad", 0), ("unchecked", 0)):
            expect[f"associations[{association}].integrity_checks.{figure}"] = value
        if association.startswith("esp"):
            expect[f"associations[{association}].decryption.opened"] = packets
    return expect


def without_icv(listing, association):
    """ESP that leaves integrity to the AH around it has no ICV to check."""
    _, spi, source, _, destination = association.split()
    for block in re.split(r"\n(?=src )", "\n" + listing):
        if f"src {source} dst {destination}\n" in block and f"spi {spi}" in block:
            return "auth" not in block and "aead" not in block
    return False


def drop_unauthenticated(expect, listing):
    for path in list(expect):
        found = re.match(r"associations\[(.*)\]\.integrity_checks", path)
        if found and without_icv(listing, found[1]):
            del expect[path]


def write_readme(folder, name, scenario, truth):
    lines = [f"# {name}", "", scenario.why, "", f"The first {scenario.frames} frames of `{scenario.capture}` of scenario `{scenario.scenario}`, made with Linux {truth['kernel']}",
             "network namespaces; nothing in it comes from a real network, and its keys were made for it alone.", "",
             "The kernel's ICVs are right; packets were counted by tshark. Made by tests/tools/make_kernel_cases.py."]
    (folder / "README.md").write_text("\n".join(lines) + "\n")


def make(scenarios, name, scenario):
    path, folder = scenarios / scenario.scenario, PCAPS / name
    truth = json.loads((path / "truth.json").read_text())
    folder.mkdir(parents=True, exist_ok=True)
    copy_inputs(folder, scenario, path)
    judged = {"keyed": set(), "secured": scenario.secured, "protect": [{"between": ends} for ends in scenario.protect], **scenario.endpoint}
    counts = make_case.Counts(judged, [make_case.Frame(fields) for fields in make_case.dissect(folder / "wire.pcap")])
    expect = expectation(counts)
    drop_unauthenticated(expect, (folder / "xfrm-state.txt").read_text())
    write_case(folder, counts, expect, "V20" if scenario.endpoint else "V14")
    write_readme(folder, name, scenario, truth)
    print(f"{name:34} {dict(counts.classes)} {dict(counts.associations)}")


def write_case(folder, counts, expect, rule):
    case = {"command": ["verify", "--unfiltered", "-c", "xfrm-policy.txt", "-c", "xfrm-state.txt", "wire.pcap"], "exit_status": 0, "rules": [rule], "expect": expect,
            "associations": dict(sorted(counts.associations.items())), "leaks": {}, "findings": [],
            "absent_findings": ["leak.plaintext", "sa.icv-bad", "sa.padding-bad", "policy.inner-mismatch", "policy.wrong-mode", "capture.vantage"]}
    (folder / "case.json").write_text(json.dumps(case, indent=2) + "\n")


def blocks(listing, *words):
    """The entries of a listing that hold all these words."""
    return "".join(entry for entry in re.split(r"(?m)^(?=src )", listing) if entry and all(word in entry for word in words))


def make_from_lab(path):
    """AH between the same addresses as ESP goes into a case of its own: two policies for one pair of hosts would contradict each other."""
    has_ah = "proto ah" in (path / "xfrm-state.txt").read_text()
    if has_ah:
        make_part(path, path.name.replace("linux-", "linux-ah-"), "ah", ("proto ah",))
    make_part(path, path.name, "esp", ("proto esp",) if has_ah else ())


def make_part(path, name, display, words):
    """A case of lab_algorithms.py's: every packet good."""
    folder = PCAPS / name
    folder.mkdir(parents=True, exist_ok=True)
    smaller = ["tshark", "-n", "-r", str(path / "wire.pcap"), "-Y", f"{display} and frame.len < {LARGEST}", "-F", "pcap", "-w", str(folder / "wire.pcap")]
    subprocess.run(smaller, check=True, capture_output=True)
    for file in ("xfrm-policy.txt", "xfrm-state.txt"):
        (folder / file).write_text(blocks((path / file).read_text(), *words))
    (folder / "wire.pcap").chmod(0o644)
    pairs = PAIR + [["fd00::1", "fd00::2"]]
    counts = make_case.Counts({"keyed": set(), "secured": pairs, "protect": [{"between": ends} for ends in pairs]},
                              [make_case.Frame(fields) for fields in make_case.dissect(folder / "wire.pcap")])
    write_case(folder, counts, expectation(counts), "V14")
    what = name.removeprefix("algorithm-linux-").replace("ah-", "AH, IPv4 and IPv6, with ")
    lines = [f"# {name}", "", f"{what}: one pair of SAs after the other, with all sizes of keys and ICVs.", "",
             f"The {display.upper()} that passed the interface of host a in frames below {LARGEST} octets, made with Linux 6.1 network namespaces by",
             "tests/tools/lab_algorithms.py; no traffic of a real network, and keys made for it alone.", "",
             "The kernel's ICVs are right; packets were counted by tshark. Made by tests/tools/make_kernel_cases.py."]
    (folder / "README.md").write_text("\n".join(lines) + "\n")
    print(f"{name:34} {dict(counts.classes)} {sum(counts.associations.values())}")


def make_wrong(scenarios, name, wrong):
    """A diagnosis: the kernel's packets with an edited listing."""
    path, folder = scenarios / wrong.scenario, PCAPS / name
    truth = json.loads((path / "truth.json").read_text())
    folder.mkdir(parents=True, exist_ok=True)
    copy_capture(path / "wire.pcap", folder / "wire.pcap", wrong.frames)
    host = wrong.state[-5]
    shutil.copyfile(path / f"xfrm-policy-{host}.txt", folder / "xfrm-policy.txt")
    before = (path / wrong.state).read_text()
    listing = wrong.edit(before)
    if listing == before and wrong.state.endswith("-a.txt"):
        sys.exit(f"{name}: the listing was not changed")
    (folder / "xfrm-state.txt").write_text(listing)
    counts = make_case.Counts({"keyed": set(), "secured": PAIR, "protect": [{"between": ends} for ends in PAIR + SITES]},
                              [make_case.Frame(fields) for fields in make_case.dissect(folder / "wire.pcap")])
    expect, findings = kernel_diagnoses.expectation(wrong, counts)
    case = {"command": ["verify", "--unfiltered", "-c", "xfrm-policy.txt", "-c", "xfrm-state.txt", "wire.pcap"], "exit_status": wrong.exit_status, "rules": ["V16"],
            "expect": expect, "associations": dict(sorted(counts.associations.items())), "leaks": {}, "findings": findings, "absent_findings": ["leak.plaintext"]}
    if wrong.words:
        case["messages"] = {"sa.icv-bad": wrong.words}
    (folder / "case.json").write_text(json.dumps(case, indent=2) + "\n")
    write_readme(folder, name, make_wrong_scenario(wrong), truth)
    print(f"{name:34} {dict(counts.classes)} {dict(counts.associations)}")


def make_wrong_scenario(wrong):
    return Scenario(wrong.scenario, wrong.why + " The configuration is the host's listing, changed accordingly.", wrong.frames)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if sys.argv[1] == "--lab":
        for path in sorted(pathlib.Path(sys.argv[2]).iterdir()):
            make_from_lab(path)
        return
    for name, wrong in kernel_diagnoses.CASES.items():
        if not sys.argv[2:] or name in sys.argv[2:]:
            make_wrong(pathlib.Path(sys.argv[1]), name, wrong)
    for name, scenario in CASES.items():
        if not sys.argv[2:] or name in sys.argv[2:]:
            make(pathlib.Path(sys.argv[1]), name, scenario)


if __name__ == "__main__":
    main()
