"""Texts from outside are parsed at one place, where everything that can go wrong is one kind of error."""

from __future__ import annotations

import re

from tests.house.floors import PROJECT

SOURCE = PROJECT / "src" / "anlan"
PARSES = re.compile(
    r"\bjson\.loads?\(|\byaml\.(?:load|safe_load)\(|\bpickle\.|\bmarshal\.loads?\(|\beval\("
)
NOT_FROM_OUTSIDE = {
    "kernel/reading.py": "the place itself",
    "api/wire.py": "the framework answers whatever is raised as BODY_MALFORMED (tests/fuzz)",
    "intake/rules/files.py": "a line at a time, RecursionError caught (tests/fuzz)",
    "places/actions/files.py": "GeoJSON, RecursionError caught (tests/fuzz)",
    "places/queries.py": "written by shapely a moment before",
    "ledger/rules/audit.py": "entries of our own; what does not fit is named as a finding",
    "intake/queries.py": "what we sealed ourselves",
    "notices/actions/sending.py": "a payload of our own, checked before it is stored",
    "people/queries/accounts.py": "written by the database",
    "web/account/passkeys.py": "options of our own",
    "backup/proving.py": "said by a program of ours",
    "backup/restoring.py": "a member of an archive that its key has opened",
    "documents/sandbox.py": "said by the child, whose pipe is ours",
    "config/operating/doctor/contents.py": "a file of the demo, written by us",
    "demo/world.py": "files of the package",
    "privacy/rules/fields.py": "a file of the package",
}


def test_texts_from_outside_are_parsed_at_one_place() -> None:
    found = {
        str(file.relative_to(SOURCE))
        for file in SOURCE.rglob("*.py")
        if PARSES.search(file.read_text(encoding="utf-8"))
    }
    assert found - set(NOT_FROM_OUTSIDE) == set(), "use anlan.kernel.reading, or say why not"
    assert set(NOT_FROM_OUTSIDE) - found == set()
