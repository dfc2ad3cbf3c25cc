#!/usr/bin/env python3
"""What `watch --save` keeps: tui.toml is written with the looks of the command line, whole or not at all, and read again.

usage: settings_test.py ESPY
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import tomllib


def run(espy, home, *options):
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "TERM": "dumb"} if home else {"PATH": os.environ["PATH"], "TERM": "dumb"}
    return subprocess.run([espy, "watch", "--demo", *options], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, env=environment, check=False)


def settings_of(home):
    return tomllib.loads((home / ".config/espy/tui.toml").read_text())


def check_written(espy, home, failures):
    done = run(espy, home, "--once", "--ascii", "--theme", "mono", "--refresh", "2s", "--save")
    screen = settings_of(home)["screen"]
    wanted = {"glyphs": "ascii", "theme": "mono", "interval": "2", "screen-reader": "off", "payload": "on"}
    for name, value in wanted.items():
        if screen.get(name) != value:
            failures.append(f"{name} is {screen.get(name)!r}, not {value!r}")
    if done.returncode != 0 or f"saved {home}/.config/espy/tui.toml" not in done.stderr or "saved" in done.stdout:
        failures.append(f"--once --save: {done.returncode} {done.stderr}")
    if list((home / ".config/espy").iterdir()) != [home / ".config/espy/tui.toml"]:
        failures.append("a draft is left behind")
    if not run(espy, home, "--once", "--utf8").stdout.count("─") or run(espy, home, "--once").stdout.count("─"):
        failures.append("glyphs of tui.toml: they hold where the command line says nothing")


def check_kept(espy, home, failures):
    """What the command line does not say stays, keys and layout too; --plain saves as well."""
    path = home / ".config/espy/tui.toml"
    path.write_text('[screen]\nclock = "local"\n[layout]\nwide-from = "90x40"\n[keys]\nmark = ["m", "Ins"]\n')
    done = run(espy, home, "--plain", "--screen-reader", "--save")
    kept = settings_of(home)
    if done.returncode != 0 or "saved" not in done.stderr:
        failures.append(f"--plain --save: {done.returncode} {done.stderr}")
    if (kept["screen"]["clock"], kept["screen"]["screen-reader"]) != ("local", "on"):
        failures.append(f"[screen] became {kept['screen']}")
    if kept["layout"] != {"wide-from": "90x40"} or kept["keys"] != {"mark": ["m", "Ins"]}:
        failures.append(f"the rest became {kept}")


def check_left_alone(espy, home, failures):
    path = home / ".config/espy/tui.toml"
    broken = '[layout]\nthree-lines-below = 5\nwide-from = "vast"\n'
    path.write_text(broken)
    done = run(espy, home, "--once", "--ascii", "--save")
    if done.returncode != 2 or f"{path}:3: " not in done.stderr or path.read_text() != broken:
        failures.append(f"a file with an error: {done.returncode} {done.stderr}")
    path.unlink()
    target = home / "elsewhere.toml"
    target.write_text("# of another\n")
    path.symlink_to(target)
    run(espy, home, "--once", "--ascii", "--save")
    if target.read_text() != "# of another\n" or path.is_symlink():
        failures.append("written through a link")
    nowhere = run(espy, None, "--once", "--save")
    if nowhere.returncode != 2 or "HOME is not set" not in nowhere.stderr:
        failures.append(f"without HOME: {nowhere.returncode} {nowhere.stderr}")
    path.unlink()
    run(espy, home, "--once", "--ascii")
    if path.exists():
        failures.append("written without --save")


def main():
    espy = os.path.abspath(sys.argv[1])
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder).resolve()
        check_written(espy, home, failures)
        check_kept(espy, home, failures)
        check_left_alone(espy, home, failures)
    for failure in failures:
        print(f"FAILED: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
