"""A Capture that is made for a race, and the Bench that lets programs race on it and keeps what came out."""

import json
import os
import shutil
import subprocess
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from measure import Contender, Failed, OtherWork, race


class Capture:
    """A capture that make_capture made and its configuration; removed at the end of a `with`. `name` tells it from others of its kind."""

    def __init__(self, bench, kind, frames, options=(), name=None):
        self.kind, self.frames = kind, frames
        self.path = bench.folder / f"{name or kind}.pcap"
        self.configuration = bench.folder / f"{name or kind}.conf"
        bench.make(kind, frames, options, self.path, self.configuration)
        os.sync()  # or the disk is busy with it while others are measured

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.path.unlink()
        self.configuration.unlink()


class Bench:
    def __init__(self, arguments, folder):
        build = Path(arguments.build).resolve()
        self.folder, self.scale, self.runs = folder, arguments.scale, arguments.runs
        self.other_work = OtherWork(arguments.patience)
        self.espy_program = str(build / "espy")
        self.build = build / "bench"
        self.speeds = []  # (group, name, Result)
        self.goals = []  # (what, measured, goal, met)
        self.flat = []  # (group, [(what, ns)])

    def frames(self, number):
        return max(1000, int(number * self.scale))

    def make(self, kind, frames, options, path, configuration):
        command = self.make_command(kind, frames, options, str(path))
        subprocess.run(command + ["-c", str(configuration)], check=True)

    def make_command(self, kind, frames, options, path):
        words = [str(self.build / "make_capture"), kind, "--frames", str(frames), "-w", path]
        return words + [str(option) for option in options]

    def write_configuration(self, kind, path):
        subprocess.run([str(self.build / "make_capture"), kind, "-c", str(path)], check=True)

    def espy(self, configuration, path, jobs=2):
        return [self.espy_program, "verify", "-q", "--no-progress", "--jobs", str(jobs), "-c", str(configuration), str(path)]

    def bare(self, program, capture, jobs=2):
        return [str(self.build / program), "--jobs", str(jobs), "-c", str(capture.configuration), str(capture.path)]

    def espy_contender(self, capture, jobs=2):
        return Contender(self.espy(capture.configuration, capture.path, jobs), capture.frames)

    def bare_contender(self, program, capture, jobs=2):
        return Contender(self.bare(program, capture, jobs), capture.frames)

    def race(self, capture, contenders, group=None):
        there = {name: one for name, one in contenders.items() if shutil.which(one.command[0])}
        results = race(there, capture.path, self.runs, self.other_work)
        for name, result in results.items():
            self.speeds.append((group or capture.kind, name, result))
            print(f"  {group or capture.kind:12} {name:28} {result.rate / 1e6:9.3f} million/s", flush=True)
        return results

    def goal(self, what, measured, goal, met):
        self.goals.append((what, measured, goal, met))
        print(f"  {'met   ' if met else 'MISSED'} {what}: {measured} ({goal})", flush=True)

    def at_least(self, what, ratio, least, form="{:.2f}"):
        self.goal(what, form.format(ratio), "at least " + form.format(least), ratio >= least)

    def at_most(self, what, value, most, form="{:.2f}"):
        self.goal(what, form.format(value), "at most " + form.format(most), value <= most)

    def check_counts(self, program, capture):
        """A limit that counts something else is none."""
        text = subprocess.run(self.bare(program, capture), check=True, capture_output=True, text=True).stdout
        theirs, ours = json.loads(text), self.espy_counts(capture)
        for name, count in ours.items():
            if theirs[name] != count:
                raise Failed(f"{capture.kind}: {program} counts {theirs[name]} {name}, espy {count}")

    def espy_counts(self, capture):
        report = self.folder / "report.json"
        words = self.espy(capture.configuration, capture.path)
        status = subprocess.run(words[:-1] + [f"--json={report}", words[-1]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
        if status == 2:
            raise Failed(f"{capture.kind}: espy could not run")
        # Elsewhere: a child's peak memory is never below what its parent once had.
        with ProcessPoolExecutor(max_workers=1) as pool:
            counts = pool.submit(read_counts, report).result()
        report.unlink()
        return counts


def read_counts(report):
    told = json.loads(report.read_text())
    packets, associations = told["packets"], told["associations"]
    counts = {"packets": packets["total"], "esp": packets["esp"], "ah": packets["ah"], "ike": packets["ike"], "leaked": packets["leaked"]}
    counts["good"] = sum(one["integrity_checks"]["good"] for one in associations)
    counts["repeated"] = sum(one["sequence"]["duplicates"] + one["sequence"]["replayed"] for one in associations)
    return counts
