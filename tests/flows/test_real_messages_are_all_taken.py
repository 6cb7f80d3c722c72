"""4,326 real messages of Chinese residents: none lost, each routed or put before a person.

The file has no licence and never enters the project; the test reads it in place beside the project
and skips where it is absent. Places in it are replaced by letters, so all go to one county.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[3] / "shared" / "data" / "zh_messages_4326.csv.gz"
MAPPING = """
jurisdiction: CN-ZJ
format: csv
time_zone: Asia/Shanghai
fields:
  external_ref: {column: 留言编号}
  text: {columns: [留言主题, 留言详情], join: "\\n"}
  place: {fixed: "330681"}
  opened_at: {column: 留言时间, format: ["%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S"]}
"""


@pytest.mark.skipif(not FILE.exists(), reason="the trial messages lie beside the project only")
def test_real_messages_are_all_taken(as_owner: None, tmp_path: Path) -> None:
    from anlan.cases import actions as cases
    from anlan.cases.models import Case
    from anlan.demo import world
    from anlan.kernel.actor import SYSTEM
    from anlan.places import actions as places
    from anlan.triage import actions as triage
    from anlan.triage.models import Decision
    from tests.make import NOW, forget_memory

    forget_memory()
    places.load_jurisdiction(folder=world.FOLDER)
    cases.load_catalogue(jurisdiction=world.JURISDICTION, folder=world.FOLDER, at_date=NOW.date())
    places.set_up_units(place_code=world.COUNTY)
    forget_memory()
    world.train(NOW)
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    done: Any = triage.import_signals(actor=SYSTEM, path=FILE, mapping_path=mapping, at=NOW)
    forget_memory()

    assert (done.taken, done.rejected) == (4326, 0)
    assert Case.objects.count() == 4326
    decisions = list(Decision.objects.values_list("confidence", "needs_person", "reason"))
    assert len(decisions) == 4326
    assert all(0 < confidence <= 1 for confidence, _, _ in decisions)
    # Routed with a reason, or before a person: never neither.
    for _, needs_person, reason in decisions:
        assert needs_person or reason["matter"]["is_sure"]
        assert reason["route"]["by"] in ("SEAT", "GRID", "DESK")
    before_a_person = sum(needs_person for _, needs_person, _ in decisions)
    assert 0 < before_a_person < 4326, before_a_person
