"""Runs programs on captures and takes medians: what bench/compare measures with, without knowing what it measures."""

import os
import random
import resource
import statistics
import subprocess
import time
from dataclasses import dataclass

QUIET_FOR = 0.3  # seconds
QUIET_SHARE = 0.9
RETRIES = 3  # of a run that found part of its file on disk instead of in memory


@dataclass
class Sample:
    wall: float  # seconds
    cpu: float  # of all threads
    peak: int  # octets of memory
    blocks: int  # read from a disk


@dataclass
class Contender:
    """A command, and how many frames of the capture it reads."""

    command: list
    frames: int
    idle: list = None  # the same on almost nothing: its time is taken off, so that a part of a capture can stand for the whole


@dataclass
class Result:
    """Of the turns of a race: medians, and the peak of all."""

    rate: float  # frames a second
    wall: float
    cpu: float
    peak: int
    rates: list  # turn by turn

    @property
    def nanoseconds(self):
        return 1e9 / self.rate

    def over(self, other):
        """How many times as fast as another of the same race: the median of what each turn says, as what made a turn slow made both slow."""
        return statistics.median(own / theirs for own, theirs in zip(self.rates, other.rates))


class Failed(Exception):
    pass


def run(command, feeder=None):
    """One run. `feeder` is a command whose output it reads. espy's verdicts are no failures."""
    source = subprocess.Popen(feeder, stdout=subprocess.PIPE) if feeder else None
    start = time.perf_counter()
    child = subprocess.Popen(
        command,
        stdin=source.stdout if source else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if source:
        source.stdout.close()
        source.wait()
    if child.returncode not in (0, 1, 3):
        raise Failed(f"{' '.join(command)[:200]}: ended with {child.returncode}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, usage.ru_inblock)


def read_through(path):
    """Puts a file into the page cache."""
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 20):
            pass


def processor_times():
    """Seconds that all processors were idle, and that they were there."""
    with open("/proc/stat", encoding="ascii") as file:
        numbers = [int(word) for word in file.readline().split()[1:9]]
    ticks = os.sysconf("SC_CLK_TCK")
    return (numbers[3] + numbers[4]) / ticks, sum(numbers) / ticks


class OtherWork:
    """What else the machine does: told on the page, and waited out while patience lasts."""

    def __init__(self, patience):
        self.patience = patience  # seconds of waiting that are left
        self.start = processor_times()

    def wait(self):
        while self.patience > 0:
            before = processor_times()
            time.sleep(QUIET_FOR)
            self.patience -= QUIET_FOR
            after = processor_times()
            if after[0] - before[0] > QUIET_SHARE * (after[1] - before[1]):
                break

    def share(self):
        """Of the processors' time, since the start."""
        idle, there = (now - then for now, then in zip(processor_times(), self.start))
        own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return max(0, there - idle - sum(usage.ru_utime + usage.ru_stime for usage in own)) / there


def run_warm(command, path):
    """One run on a file that is in memory. Some machines take files out of it after seconds."""
    for _ in range(RETRIES):
        read_through(path)
        sample = run(command)
        if sample.blocks == 0:
            break
    return sample


def race(contenders, path, runs, other_work):
    """Lets all contenders take turns, so that a slow minute of the machine hits each of them alike; a Result for each. Each turn has another
    order, the same whenever this is called: who always comes after the same one inherits what that one left in the caches."""
    samples = {name: [] for name in contenders}
    idle = {name: [] for name in contenders}
    orders = random.Random(0)
    for _ in range(runs):
        for name in orders.sample(list(contenders), len(contenders)):
            contender = contenders[name]
            other_work.wait()
            samples[name].append(run_warm(contender.command, path))
            if contender.idle:
                idle[name].append(run_warm(contender.idle, path).wall)
    return {
        name: summarise(samples[name], contender.frames, idle[name])
        for name, contender in contenders.items()
    }


def summarise(samples, frames, idle):
    idle_wall = statistics.median(idle) if idle else 0
    rates = [frames / max(sample.wall - idle_wall, 1e-9) for sample in samples]
    return Result(
        rate=statistics.median(rates),
        wall=statistics.median(sample.wall for sample in samples),
        cpu=statistics.median(sample.cpu for sample in samples),
        peak=max(sample.peak for sample in samples),
        rates=rates,
    )


def level(turns):
    """The median of each column of `turns`, when each turn is brought to the level of the usual one by its median: what makes a turn slow makes
    all of it slow."""
    levels = [max(statistics.median(turn), 1e-9) for turn in turns]
    usual = statistics.median(levels)
    return [statistics.median(value * usual / own for value, own in zip(column, levels)) for column in zip(*turns)]


def median_wall(command, runs):
    return statistics.median(run(command).wall for _ in range(runs))


class BusyProcess:
    """Something else that wants a processor for itself."""

    def __enter__(self):
        self.child = subprocess.Popen(["sh", "-c", "while :; do :; done"])
        return self

    def __exit__(self, *unused):
        self.child.kill()
        self.child.wait()
