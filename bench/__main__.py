"""Runs all benchmarks, or the one named: `python -m bench [NAME]`."""

from __future__ import annotations

import importlib
import json
import sys

# name → module; each in a process of its own when all are run, so that none warms up another
BENCHES = {
    "create": "create",
    "list": "queue",
    "move": "move",
    "clocks": "clocks",
    "rls": "rls",
    "refusals": "refusals",
    "import": "imports",
    "locate": "locate",
    "names": "names",
    "routing": "routing",
    "classify": "classify",
    "duplicates": "duplicates",
    "storm": "storm",
    "board": "board",
    "farrington": "farrington",
    "rollup": "rollup",
    "report": "report",
    "packs": "packs",
    "simulate": "simulate",
    "watch": "watch",
    "weekly": "weekly",
    "growth": "growth",
    "backup": "backup",
    "footprint": "footprint",
    "desk": "desk",
    "pages": "pages",
    "tests": "suite",
}


def main() -> None:
    """Run what was asked for."""
    names = sys.argv[1:] or list(BENCHES)
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(unknown)}. There are: {', '.join(BENCHES)}")
    if len(names) == 1:
        run = importlib.import_module(f"bench.{BENCHES[names[0]]}").run
        sys.stdout.write(json.dumps(run(), ensure_ascii=False) + "\n")
        return
    import subprocess

    failed = [
        name
        for name in names
        if subprocess.run([sys.executable, "-m", "bench", name], check=False).returncode
    ]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
