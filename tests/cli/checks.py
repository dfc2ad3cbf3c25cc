"""What the tests that run espy count and say."""

import sys

SKIPPED = 77


class Checks:
    """Counts what was compared, and says what differs."""

    def __init__(self):
        self.count = 0
        self.failures = []

    def equal(self, what, found, expected):
        self.count += 1
        if found != expected:
            self.failures.append(f"{what}: expected {expected!r}, found {found!r}")

    def true(self, what, found):
        self.equal(what, bool(found), True)

    def finish(self):
        for failure in self.failures:
            print(f"failed: {failure}")
        print(f"{self.count} checks, {len(self.failures)} failed")
        sys.exit(1 if self.failures else 0)


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)
