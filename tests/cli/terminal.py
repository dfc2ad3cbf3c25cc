"""A real terminal for tests: a tmux server with one window, in which a shell runs."""

import os
import re
import subprocess
import time
from pathlib import Path

PATIENCE = 40  # seconds for what happens at once on an idle machine


class Terminal:
    made = 0

    def __init__(self, folder, size=(100, 30)):
        Terminal.made += 1
        self.socket = str(folder / f"tmux-{Terminal.made}")
        self.folder = folder
        environment = {**os.environ, "PS1": "# ", "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config"), "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        for name in ("NO_COLOR", "TMUX"):
            environment.pop(name, None)
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), "-c", str(folder), "sh", environment=environment)

    def tmux(self, *words, environment=None):
        return subprocess.run(["tmux", "-S", self.socket, *words], capture_output=True, text=True, check=True, timeout=PATIENCE, env=environment).stdout

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", text)
        self.press("Enter")

    def text(self):
        return self.tmux("capture-pane", "-p")

    def wait_until(self, holds, what):
        """What `holds` says of the text on the screen, once that is true."""
        deadline = time.monotonic() + PATIENCE
        while not (found := holds(self.text())):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{what} did not appear:\n{self.text()}")
            time.sleep(0.05)
        return found

    def wait_for(self, pattern, what=""):
        """What matches."""
        return self.wait_until(lambda text: re.search(pattern, text, re.MULTILINE), f"{what}: '{pattern}'")

    def record(self):
        """From now on all that programs write to the terminal is kept, so that what is shown for a moment can be waited for."""
        self.recording = self.folder / f"{Path(self.socket).name}-written"
        self.recording.touch()
        self.tmux("pipe-pane", f"cat >> '{self.recording}'")

    def written(self):
        return self.recording.read_text(errors="replace")

    def wait_for_written(self, pattern, what=""):
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, self.written()):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{what}: '{pattern}' was never shown:\n{self.text()}")
            time.sleep(0.05)

    def resize(self, width, height):
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True, check=False)
