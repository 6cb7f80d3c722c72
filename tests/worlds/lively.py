"""A lively small instance in a real home: made by the actions, kept for backups and upgrades.

`python -m tests.worlds.lively FOLDER` fills ANLAN_HOME (empty, tables made) with the small world and
a few cases at every stage of life, and writes FOLDER/expected.json with what must be found later.
Used by the tests of backup and return, and to refresh tests/worlds/previous (see the README there).
"""

from __future__ import annotations

import io
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command
from django.db import connection
from PIL import Image

LOGIN = "desk"


def fill() -> dict[str, Any]:
    """Fill the instance and give what must be found again: codes, states, entries, contacts."""
    from anlan.cases import actions as cases
    from anlan.cases.models import Case
    from anlan.cases.rules import Given
    from anlan.dispatch import actions as dispatch
    from anlan.documents import actions as documents
    from anlan.kernel.actor import REPORTER
    from anlan.ledger import actions as ledger
    from anlan.ledger import queries as log
    from anlan.ratings import actions as ratings
    from anlan.rollup import actions as rollup
    from anlan.triage import actions as triage
    from tests.make import NOW, PASSWORD, build_world

    def after(minutes: int) -> Any:
        return NOW + timedelta(minutes=minutes)

    world = build_world()
    drawn = io.BytesIO()
    Image.new("RGB", (320, 240), (200, 120, 40)).save(drawn, "JPEG")
    photo = documents.keep_photo(actor=REPORTER, file=drawn.getvalue(), name="灯.jpg", at=NOW)
    taken = triage.take_signal(actor=REPORTER, report=world.report(), at=NOW, photos=(photo.id,))
    sent = dispatch.dispatch_case(
        actor=world.actor("desk"), case_id=taken.case_id,
        duty_ids=[world.duty_ids["grid"], world.duty_ids["cadre"]], at=after(1),
    )  # fmt: skip
    dispatch.move_dispatch(
        actor=world.actor("grid"), dispatch_id=sent[0].id, move="sign_for", at=after(2)
    )
    for move, who, given in (
        ("handle", "grid", Given(note="换了灯泡")),
        ("verify", "desk", Given()),
        ("close", "desk", Given(note="已修复", outcome="SOLVED")),
    ):
        cases.move_case(
            actor=world.actor(who), case_id=taken.case_id, move=move, given=given, at=after(5)
        )
    ratings.rate_case(
        tracking_code=taken.tracking_code, is_satisfied=True, comment="修好了", at=after(9)
    )
    rollup.fold_deltas()
    codes = [taken.code, *(world.take(f"路灯又坏了，第{n}盏").code for n in range(12))]
    while ledger.sequence(at=NOW) >= ledger.BATCH_LIMIT:
        pass
    ledger.make_checkpoint(at=after(10))
    # After the checkpoint and not yet in the tree: what waits must come along, too.
    codes.append(world.take("井盖松动").code)
    return {
        "codes": codes,
        "tracking_code": taken.tracking_code,
        "states": dict(Case.objects.values_list("code", "state")),
        "entries": log.get_size(),
        "pending": log.get_status().pending,
        "login": LOGIN,
        "password": PASSWORD,
        "phone": "13800000000",
        "photo": photo.sha256,
    }


def main() -> None:
    """Fill ANLAN_HOME."""
    from anlan.config import translations
    from anlan.config.env import get_home

    translations.compile_stale(get_home() / "locale")
    django.setup()
    call_command("migrate", verbosity=0)
    expected = fill()
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    text = json.dumps(expected, ensure_ascii=False, indent=1) + "\n"
    (Path(sys.argv[1]) / "expected.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
