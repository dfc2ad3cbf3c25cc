"""Writes what bench/compare measured into docs/performance.md, between two markers; everything else there is written by hand."""

import os
import platform
import subprocess

BEGIN = "<!-- bench/compare writes from here -->"
END = "<!-- to here -->"


def first_value(path, name):
    with open(path, encoding="ascii") as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith(name)), "unknown")


def machine(bench):
    memory = int(first_value("/proc/meminfo", "MemTotal").split()[0]) / (1 << 20)
    words = subprocess.run([bench.espy_program, "--version"], check=True, capture_output=True, text=True).stdout.splitlines()
    libraries = [line.split(" (")[0].replace(" version", "") for line in words[1:] if line.startswith(("IPsec-MB", "OpenSSL", "libgcrypt", "libpcap"))]
    tools = [line for line in map(first_line, ("tcpdump", "tshark")) if line]
    return (
        f"{first_value('/proc/cpuinfo', 'model name')} (family {first_value('/proc/cpuinfo', 'cpu family')}, model "
        f"{model()}), {os.cpu_count()} cores, {memory:.0f} GiB; Linux {platform.release().split('-')[0]}; "
        f"{', '.join(libraries + tools)}. Medians of {bench.runs} turns, of ratios too; other programs took "
        f"{bench.other_work.share():.0%} of the processors meanwhile."
    )


def model():
    with open("/proc/cpuinfo", encoding="ascii") as file:
        return next((line.split(":")[1].strip() for line in file if line.split(":")[0].strip() == "model"), "unknown")


def first_line(program):
    """Name and version of a tool, or nothing."""
    try:
        words = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout.split()
    except FileNotFoundError:
        return ""
    return next((f"{program} {word.rstrip('.')}" for word in words if word[:1].isdigit()), "")


def goal_table(bench):
    rows = ["| goal | measured | wanted | |", "|---|---:|---:|---|"]
    for what, measured, goal, met in bench.goals:
        rows.append(f"| {what} | {measured} | {goal} | {'met' if met else '**missed**'} |")
    return rows


def speed_table(bench):
    rows = ["| capture | program | million frames a second | ns a frame |", "|---|---|---:|---:|"]
    for group, name, result in bench.speeds:
        rows.append(f"| {group} | {name} | {result.rate / 1e6:.3g} | {result.nanoseconds:,.{0 if result.nanoseconds > 100 else 1}f} |")
    return rows


def flat_tables(bench):
    rows = ["| | processor time, ns a frame |", "|---|---:|"]
    for what, costs in bench.flat:
        rows += [f"| {what}: {name} | {nanoseconds:.1f} |" for name, nanoseconds in costs]
    return rows


def takes_tables(path):
    return path.is_file() and all(marker in path.read_text() for marker in (BEGIN, END))


def write(path, bench):
    before, rest = path.read_text().split(BEGIN)
    after = rest.split(END)[1]
    sections = [[machine(bench)], goal_table(bench), speed_table(bench), flat_tables(bench)]
    text = "\n\n".join("\n".join(section) for section in sections)
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
