"""What `espy verify --json` reports."""

import json
import subprocess


def read_report(espy, arguments, seconds):
    """(report, None), or (None, what went wrong)."""
    done = subprocess.run([espy, "verify", "--json", *arguments], capture_output=True, timeout=seconds, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return None, f"exit status {done.returncode}, no JSON: {done.stderr.decode(errors='replace').strip()[:200]}"
    if "errors" in report:
        return None, "; ".join(error["message"] for error in report["errors"])
    return report, None
