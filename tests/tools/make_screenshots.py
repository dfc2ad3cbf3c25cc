#!/usr/bin/env python3
"""Makes docs/images/*.svg: what a terminal shows of `espy watch --demo`, cell by cell with its colours.

usage: make_screenshots.py ESPY        (needs tmux)

The screen is the real one: tmux runs espy, presses keys, and says what stands in each cell.
"""

import html
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

IMAGES = pathlib.Path(__file__).resolve().parents[2] / "docs/images"
SHOTS = {  # name: size, keys
    "overview": ((120, 40), []),
    "leak": ((100, 34), ["3", "g", "Enter"]),
    "sequence": ((100, 34), ["1", "g", "Down", "Down", "Down", "Down", "2", "g", "Enter", "v"]),
}
WIDTH, HEIGHT, BASELINE = 8.4, 17, 13  # of a cell, in pixels
PAPER, INK = "#16181d", "#d7dae0"
SIXTEEN = ["#000000", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc", "#11a8cd", "#e5e5e5",
           "#666666", "#f14c4c", "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#ffffff"]


def colour(number):
    """xterm's 256 colours."""
    if number < 16:
        return SIXTEEN[number]
    if number >= 232:
        return "#" + f"{8 + (number - 232) * 10:02x}" * 3
    steps = [0, 95, 135, 175, 215, 255]
    number -= 16
    return "#" + "".join(f"{steps[part]:02x}" for part in (number // 36, number // 6 % 6, number % 6))


class Style:
    def __init__(self):
        self.reset()

    def reset(self):
        self.ink = self.paper = None
        self.bold = self.dim = self.underline = self.reverse = False

    def apply(self, codes):
        codes = [int(code or 0) for code in codes.split(";")]
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.reset()
            elif code in (1, 2, 4, 7):
                setattr(self, {1: "bold", 2: "dim", 4: "underline", 7: "reverse"}[code], True)
            elif code in (38, 48) and codes[:1] == [5]:
                setattr(self, "ink" if code == 38 else "paper", colour(codes[1]))
                del codes[:2]
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.ink = colour(code - 30 if code < 40 else code - 82)
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self.paper = colour(code - 40 if code < 50 else code - 92)
            elif code == 39:
                self.ink = None
            elif code == 49:
                self.paper = None

    def key(self):
        ink, paper = self.ink or INK, self.paper
        if self.reverse:
            ink, paper = paper or PAPER, ink
        return ink, paper, self.bold, self.dim, self.underline


def runs(line):
    """(column, text, style) of stretches of one line that look alike."""
    style, column = Style(), 0
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b"):
            style.apply(part[2:-1])
        elif part:
            yield column, part, style.key()
            column += len(part)


def svg(lines, size):
    width, height = size[0] * WIDTH + 16, size[1] * HEIGHT + 16
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" height="{height}" '
           'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">',
           f'<rect width="100%" height="100%" rx="6" fill="{PAPER}"/>']
    for row, line in enumerate(lines):
        top = 8 + row * HEIGHT
        for column, text, (ink, paper, bold, dim, underline) in runs(line):
            left = 8 + column * WIDTH
            if paper:
                out.append(f'<rect x="{left:.1f}" y="{top}" width="{len(text) * WIDTH:.1f}" height="{HEIGHT}" fill="{paper}"/>')
            if not text.strip():
                continue
            marks = (' font-weight="bold"' if bold else "") + (' opacity="0.6"' if dim else "") + (' text-decoration="underline"' if underline else "")
            places = " ".join(f"{left + index * WIDTH:.1f}" for index in range(len(text)))  # fonts differ in how wide a block or a dot pattern is
            out.append(f'<text x="{places}" y="{top + BASELINE}" fill="{ink}"{marks} xml:space="preserve">{html.escape(text)}</text>')
    return "\n".join([*out, "</svg>", ""])


def shoot(espy, size, keys):
    with tempfile.TemporaryDirectory() as folder:
        tmux = ["tmux", "-S", f"{folder}/tmux"]
        environment = {**os.environ, "HOME": folder, "XDG_CONFIG_HOME": folder, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        config = pathlib.Path(folder, "tmux.conf")
        config.write_text('set -g default-terminal "tmux-256color"\nset -g status off\n')
        subprocess.run([*tmux, "-f", str(config), "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), f"{espy} watch --demo"], check=True, env=environment)

        def text(*options):
            return subprocess.run([*tmux, "capture-pane", "-p", *options], capture_output=True, text=True, check=True).stdout

        try:
            while "VIOLATED" not in text():
                time.sleep(0.1)
            for key in keys:
                subprocess.run([*tmux, "send-keys", key], check=True)
                time.sleep(0.3)
            time.sleep(1)
            return text("-e").split("\n")[:size[1]]
        finally:
            subprocess.run([*tmux, "kill-server"], check=False)


def main():
    espy = pathlib.Path(sys.argv[1]).resolve()
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, (size, keys) in SHOTS.items():
        (IMAGES / f"{name}.svg").write_text(svg(shoot(espy, size, keys), size))


main()
