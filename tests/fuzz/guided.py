"""Let libFuzzer look for input that reaches new code: `make fuzz-guided MINUTES=30 SEED=1 ONLY=photo`.

Each reader of `targets` runs in a child of its own, with our code and the parsers below it watched
branch by branch (atheris). What broke it lies in `build/fuzz/NAME-…` and goes into `BROKE` of
`test_bytes.py` with the mend; what reached new code is kept in `build/fuzz/NAME/` and is begun from next
time. One line a target is printed. atheris is installed by the make target only: it is no part of
the locks, and not to be had for every machine.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
import tempfile
from typing import TYPE_CHECKING

import click

from tests.house.floors import PROJECT

if TYPE_CHECKING:
    from tests.fuzz.targets import Target

FOLDER = PROJECT / "build" / "fuzz"
WATCHED = [
    "anlan",
    "PIL",
    "webauthn",
    "cbor2",
    "django.http",
    "tarfile",
    "zipfile",
    "numpy.lib.format",
]
LONGEST = 16_384
_WORD = re.compile(rb"[A-Za-z_]{2,30}|[0-9:.+-]{2,30}|[^A-Za-z0-9_\s]")
_FIGURES = re.compile(r"#\d+\s+\w+\s+cov: (\d+)")


def prepare() -> None:
    """Set Django up without a database, as the readers need none."""
    home = tempfile.mkdtemp(prefix="anlan-fuzz-")
    os.environ |= {
        "ANLAN_HOME": home, "DJANGO_SETTINGS_MODULE": "anlan.config.settings",
        "ANLAN_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "ANLAN_LOG_LEVEL": "error",
    }  # fmt: skip
    import django

    from anlan.kernel import codes

    django.setup()
    codes.set_keys(bytes(32))


def load() -> dict[str, Target]:
    """Import the readers, with every branch of what they reach watched."""
    import warnings

    import atheris

    with atheris.instrument_imports(include=WATCHED):
        prepare()
        from tests.fuzz.targets import TARGETS
    warnings.simplefilter("ignore")
    return TARGETS


def fuzz_one(name: str, target: Target, seconds: float, seed: int) -> None:
    """Fuzz one target in this process; libFuzzer ends it."""
    import atheris

    corpus = FOLDER / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, good in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(good)
    words = sorted({word for good in target.seeds for word in _WORD.findall(good)})[:400]
    hints = FOLDER / f"{name}.dict"
    hints.write_text("".join(f'"{_escape(word)}"\n' for word in words), encoding="ascii")
    atheris.Setup(
        [sys.argv[0], f"-artifact_prefix={FOLDER}/{name}-", f"-max_len={LONGEST}", f"-dict={hints}",
         "-print_final_stats=1", "-timeout=20", "-rss_limit_mb=3000", f"-seed={seed}",
         f"-max_total_time={seconds:.0f}", str(corpus)],
        target.run,
    )  # fmt: skip
    atheris.Fuzz()


def _escape(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def run(name: str, target: Target, seconds: float, seed: int) -> bool:
    """Fuzz one target in a process of its own and print its line; tell whether it held."""
    log = FOLDER / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    child = os.fork()
    if not child:
        with log.open("wb") as file:
            for stream in (1, 2):
                os.dup2(file.fileno(), stream)
        fuzz_one(name, target, seconds, seed)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said = log.read_text(encoding="utf-8", errors="replace")
    runs = re.search(r"stat::number_of_executed_units: (\d+)", said)
    covered = _FIGURES.findall(said) or ["0", "0"]
    click.echo(
        f"target={name} outcome={'broken' if code else 'held'} examples={runs[1] if runs else '?'} "
        f"branches={covered[0]}..{covered[-1]} seconds={seconds:.0f}"
    )
    if code:
        click.echo(said[-3000:])
    return not code


def main() -> int:
    """Read the arguments; with --target, be the process of one."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.guided", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    with contextlib.suppress(ImportError):
        import atheris  # noqa: F401
    if "atheris" not in sys.modules:
        click.echo(
            "atheris is not installed: `make fuzz-guided` does it, on x86-64 Linux with Python 3.11 "
            "to 3.13. `make fuzz` feeds the same readers everywhere, without looking at branches.",
            err=True,
        )
        return 3
    targets = load()
    names = asked.only.split() or list(targets)
    unknown = [name for name in names if name not in targets]
    if unknown:
        parser.error(f"no such target: {', '.join(unknown)}. There are: {', '.join(targets)}")
    seconds = asked.minutes * 60 / len(names)
    outcomes = [run(name, targets[name], seconds, asked.seed) for name in names]
    return int(not all(outcomes))


if __name__ == "__main__":
    sys.exit(main())
