"""`make audit`: ask a database of known vulnerabilities about every version that users install.

Exit code 0: every locked version was looked up and none is known to be vulnerable; 1: some are;
3: the database was not reached or did not know a package, so nothing can be said. Versions for
other Python versions are asked about as well: the lock is split until each part names a package once.
Whatever comes of it, what no such database knows is named at the end: scripts that lie in this repository, and
programs inside packages (deploy/dependencies.yaml). Somebody has to look at their makers' pages.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import click

from tests.house.bill import Package, list_packages, read_facts

UNREACHED = "NOT AUDITED: the database of vulnerabilities could not be reached."
CLEAN, VULNERABLE, UNKNOWN = 0, 1, 3


def split(packages: list[Package]) -> list[list[Package]]:
    """Part pins so that no part names a package twice."""
    seen: Counter[str] = Counter()
    parts: list[list[Package]] = []
    for package in packages:
        number = seen[package.name]
        seen[package.name] += 1
        if number == len(parts):
            parts.append([])
        parts[number].append(package)
    return parts


def judge(asked: list[Package], answer: str) -> tuple[int, list[str]]:
    """Read pip-audit's answer: exit code, and lines for people."""
    try:
        rows: dict[str, dict[str, Any]] = {
            row["name"]: row for row in json.loads(answer)["dependencies"]
        }
    except (ValueError, KeyError, TypeError):
        return UNKNOWN, [UNREACHED]
    missing = [each.name for each in asked if "vulns" not in rows.get(each.name, {})]
    # A mirror without the database answers "not found" for each, and pip-audit calls that clean.
    if len(missing) == len(asked):
        return UNKNOWN, [UNREACHED]
    lines = [
        f"VULNERABLE: {row['name']} {row['version']}: {fault['id']}, mended in "
        f"{', '.join(fault.get('fix_versions', [])) or 'no version yet'}"
        for row in rows.values() for fault in row.get("vulns", [])
    ]  # fmt: skip
    if missing:
        lines.append(f"NOT AUDITED: the database does not know {', '.join(missing)}.")
    code = VULNERABLE if len(lines) > bool(missing) else UNKNOWN if missing else CLEAN
    return code, lines


def ask(packages: list[Package]) -> tuple[str, str]:
    """Have pip-audit look packages up; its answer, and what it complained of."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text("".join(f"{each.name}=={each.version}\n" for each in packages))
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", "--requirement", str(file), "--disable-pip",
             "--no-deps", "--format", "json", "--progress-spinner", "off", "--timeout", "20"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    return done.stdout, done.stderr


def tell_left() -> list[str]:
    """Say which parts are in no database of packages, in which version, and where their faults are told."""
    versions = {package.name: package.version for package in list_packages()}
    facts = read_facts()
    parts = [(each["name"], each["version"], each["look"]) for each in facts["contained"]]
    parts += [
        (each["name"], f"inside {each['package']} {versions[each['package']]}", each["look"])
        for each in facts["inside"]
    ]
    lines = [f"  {name}, {which}: {look}" for name, which, look in parts]
    return ["Not asked about, for no database of packages knows them; look yourself:", *lines]


def main() -> int:
    """Audit requirements.lock."""
    codes = []
    parts = split(list_packages())
    for number, part in enumerate(parts, start=1):
        answer, complaint = ask(part)
        code, lines = judge(part, answer)
        codes.append(code)
        if code == UNKNOWN and not answer.strip():
            click.echo(complaint.strip().rpartition("\n")[2], err=True)
        if code == UNKNOWN and lines == [UNREACHED]:
            lines = [f"{UNREACHED} Nothing is known of {len(part)} packages (part {number} of {len(parts)} of requirements.lock)."]  # fmt: skip
        click.echo("\n".join(lines or [f"{len(part)} packages looked up, none known vulnerable."]))
    click.echo("\n".join(tell_left()))
    return VULNERABLE if VULNERABLE in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main())
