"""The goals of espy's speed, one function a group: each makes its capture, lets the programs race and says what is met."""

import random
import statistics
import subprocess
from contextlib import ExitStack

from contest import Capture
from measure import BusyProcess, Contender, level, median_wall, run, run_warm

MILLION = 1_000_000
START_RUNS = 31
FLAT_TURNS = 2  # for each turn of a race: differences are less steady than what they are taken of
FIRST_FRAMES = 1000


def capture_of(bench, kind, frames, options=()):
    return Capture(bench, kind, bench.frames(frames), options)


def tcpdump_write(capture):
    return Contender(["tcpdump", "-r", str(capture.path), "-w", "/dev/null", "esp"], capture.frames)


def tcpdump_print(capture):
    part = min(capture.frames, MILLION // 2)
    return Contender(["tcpdump", "-n", "-c", str(part), "-r", str(capture.path)], part)


def tshark(capture, part, options=()):
    part = min(capture.frames, part)
    words = ["tshark", "-n", *options, "-r", str(capture.path), "-c"]
    return Contender(words + [str(part)], part, idle=words + ["1"])


def tshark_keys(bench, capture):
    """tshark's options that make it open and check ESP."""
    words = [bench.espy_program, "convert", str(capture.configuration), "--to", "esp-sa-8", "--show-keys"]
    table = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    options = ["-o", "esp.enable_encryption_decode:TRUE", "-o", "esp.enable_authentication_check:TRUE"]
    for row in table.splitlines():
        if row.startswith('"'):
            options += ["-o", "uat:esp_sa:" + row]
    return options


def absolute(bench, what, result, least):
    bench.goal(what + ", frames a second", f"{result.rate / MILLION:.1f} million", f"at least {least} million", result.rate >= least * MILLION)


def scan(bench):
    with capture_of(bench, "scan", 12 * MILLION) as capture:
        bench.check_counts("bare_scan", capture)
        contenders = {
            "espy": bench.espy_contender(capture),
            "espy --jobs 1": bench.espy_contender(capture, 1),
            "bare scan": bench.bare_contender("bare_scan", capture),
            "bare scan --jobs 1": bench.bare_contender("bare_scan", capture, 1),
            "libpcap's loop": Contender([str(bench.build / "bare_pcap"), str(capture.path)], capture.frames),
            "tcpdump -w /dev/null esp": tcpdump_write(capture),
            "tcpdump -n": tcpdump_print(capture),
            "tshark -n": tshark(capture, MILLION // 10),
        }
        results = bench.race(capture, contenders)
        espy, one = results["espy"], results["espy --jobs 1"]
        bench.at_least("scan, of bare scan, two cores", espy.over(results["bare scan"]), 0.6)
        bench.at_least("scan, of bare scan, one core", one.over(results["bare scan --jobs 1"]), 0.6)
        absolute(bench, "scan", results["espy"], 25)
        for name, least in (("tcpdump -w /dev/null esp", 5), ("tcpdump -n", 100)):
            if name in results:
                bench.at_least(f"scan, times {name}", espy.over(results[name]), least, "{:.1f}")
        bench.at_least("scan, two jobs over one", espy.over(one), 1.6)
        busy(bench, capture)


def busy(bench, capture):
    with BusyProcess():
        contenders = {"espy": bench.espy_contender(capture), "espy --jobs 1": bench.espy_contender(capture, 1)}
        results = bench.race(capture, contenders, "scan, busy")
    bench.at_least("scan beside a busy process, two jobs over one", results["espy"].over(results["espy --jobs 1"]), 0.8)


def mix(bench):
    with capture_of(bench, "mix", 4 * MILLION) as capture:
        bench.check_counts("bare_scan", capture)
        results = bench.race(
            capture,
            {
                "espy": bench.espy_contender(capture),
                "espy --jobs 1": bench.espy_contender(capture, 1),
                "bare scan": bench.bare_contender("bare_scan", capture),
                "bare scan --jobs 1": bench.bare_contender("bare_scan", capture, 1),
                "tcpdump -w /dev/null esp": tcpdump_write(capture),
                "tshark -n": tshark(capture, MILLION // 10),
            },
        )
        bench.at_least("mix, of bare scan", results["espy"].over(results["bare scan"]), 0.4)


def opened(bench, kind, frames, what, least):
    with capture_of(bench, kind, frames) as capture:
        bench.check_counts("bare_open", capture)
        contenders = {
            "espy": bench.espy_contender(capture),
            "espy --jobs 1": bench.espy_contender(capture, 1),
            "bare open": bench.bare_contender("bare_open", capture),
            "bare open --jobs 1": bench.bare_contender("bare_open", capture, 1),
            "tshark, opening": tshark(capture, MILLION // 50, tshark_keys(bench, capture)),
        }
        results = bench.race(capture, contenders)
        bench.at_least(f"{what}, of bare open", results["espy"].over(results["bare open"]), least)
        return results


def open_large(bench):
    results = opened(bench, "open", 1.5 * MILLION, "open", 0.85)
    absolute(bench, "open", results["espy"], 2.1)
    if "tshark, opening" in results:
        bench.at_least("open, times tshark", results["espy"].over(results["tshark, opening"]), 120, "{:.0f}")
    bench.at_least("open, two jobs over one", results["espy"].over(results["espy --jobs 1"]), 1.6)
    with capture_of(bench, "open_one", 1.5 * MILLION) as capture:
        one = bench.race(capture, {"espy": bench.espy_contender(capture), "bare open": bench.bare_contender("bare_open", capture)})
    bench.at_least("open, one busy SA of sixteen", one["espy"].rate / results["espy"].rate, 0.9)


def open_small(bench):
    results = opened(bench, "open_small", 8 * MILLION, "open, 60 octets", 0.65)
    absolute(bench, "open, 60 octets", results["espy"], 10)


def open_cbc(bench):
    opened(bench, "open_cbc", 1.5 * MILLION, "open, AES-CBC with HMAC-SHA-256", 0.8)


def leaks(bench):
    with capture_of(bench, "leaks", 12 * MILLION) as capture:
        bench.check_counts("bare_scan", capture)
        contenders = {"espy": bench.espy_contender(capture), "bare scan": bench.bare_contender("bare_scan", capture)}
        result = bench.race(capture, contenders)["espy"]
    absolute(bench, "leaks", result, 8)
    bench.at_most("leaks, peak memory in MB", result.peak / MILLION, 256, "{:.0f}")


def shuffled(values, counts):
    """Each value as often as its count says, in no order but the same each time."""
    return random.Random(0).sample(values, sum(counts), counts=counts)


def flat(bench, what, costs, most):
    bench.flat.append((what, costs))
    for name, nanoseconds in costs:
        print(f"  {what}: {name} {nanoseconds:.1f} ns", flush=True)
    values = [nanoseconds for _, nanoseconds in costs]
    bench.at_most(f"cost of a frame, {what}, largest of smallest", max(values) / max(min(values), 0.01), most)


def stream_lengths(bench):
    """Streamed from make_capture, never stored. Processor time, as the stream is no faster than its maker. The first thousand frames meet every
    SA and flow and are taken off. The lengths mingle, so that a slow minute of the machine hits all that it can."""
    configuration = bench.folder / "stream.conf"
    bench.write_configuration("scan", configuration)
    command = bench.espy(configuration, "-", 1)

    def cpu(frames):
        return run(command, bench.make_command("scan", frames, (), "-")).cpu

    turns = {10**4: 401, 10**5: 101, 10**6: 21, 10**7: 5, bench.frames(10**8): 1}
    differences = {frames: [] for frames in turns}
    for frames in shuffled(list(turns), list(turns.values())):
        differences[frames].append(cpu(frames) - cpu(FIRST_FRAMES))
    costs = [(f"{frames:,} frames", statistics.median(found) / (frames - FIRST_FRAMES) * 1e9) for frames, found in differences.items()]
    flat(bench, "by length", costs, 1.3)


def by_number(bench, kind, option, numbers):
    """What nine tenths of the frames cost: a tenth is enough to see every SA and policy, and what comes of that. In turn, so that all see the
    same machine."""
    frames = bench.frames(4 * MILLION)
    short = frames // 10
    with ExitStack() as stack:
        captures = {
            (number, length): stack.enter_context(Capture(bench, kind, length, (option, number), name=f"{kind}-{number}-{length}"))
            for number in numbers
            for length in (frames, short)
        }

        def cpu(number, length):
            capture = captures[number, length]
            bench.other_work.wait()
            return run_warm(bench.espy(capture.configuration, capture.path, 1), capture.path).cpu

        orders = random.Random(0)
        turns = []
        for _ in range(FLAT_TURNS * bench.runs):
            turn = {number: cpu(number, frames) - cpu(number, short) for number in orders.sample(numbers, len(numbers))}
            turns.append([turn[number] for number in numbers])
    return [(f"{number:,}", seconds / (frames - short) * 1e9) for number, seconds in zip(numbers, level(turns))]


def policies(bench):
    flat(bench, "by number of policies", by_number(bench, "many_policies", "--policies", (1, 10, 100, 1000, 10_000)), 1.3)


def associations(bench):
    numbers = (1, 10, 100, 1000, 10_000, 100_000)
    flat(bench, "by number of SAs", by_number(bench, "many_associations", "--associations", numbers), 2.5)


def start_up(bench):
    with Capture(bench, "open", 100) as capture:
        seconds = median_wall(bench.espy(capture.configuration, capture.path), START_RUNS)
    bench.at_most("start-up to the verdict on 100 packets, ms", seconds * 1e3, 20, "{:.1f}")


GROUPS = {
    "scan": scan,
    "mix": mix,
    "open": open_large,
    "open_small": open_small,
    "open_cbc": open_cbc,
    "leaks": leaks,
    "length": stream_lengths,
    "policies": policies,
    "associations": associations,
    "start_up": start_up,
}
