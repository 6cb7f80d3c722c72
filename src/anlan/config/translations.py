"""Turns the translators' .po files into what Django reads, without gettext being installed.

The result goes to ANLAN_HOME/locale: the program's own folder may be read-only.
"""

import os
from pathlib import Path

import polib

SOURCE = Path(__file__).resolve().parent.parent / "locale"


def compile_stale(target: Path) -> int:
    """Compile every translation newer than its compiled form; return how many were."""
    count = 0
    for source in sorted(SOURCE.glob("*/LC_MESSAGES/*.po")):
        compiled = (target / source.relative_to(SOURCE)).with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime_ns == source.stat().st_mtime_ns:
            continue
        compiled.parent.mkdir(parents=True, exist_ok=True)
        fresh = compiled.with_suffix(f".{os.getpid()}")
        times = source.stat()
        polib.pofile(str(source), encoding="utf-8").save_as_mofile(str(fresh))
        # The same time as its source, so that an older source put back is compiled, too.
        os.utime(fresh, ns=(times.st_atime_ns, times.st_mtime_ns))
        fresh.rename(compiled)
        count += 1
    return count
