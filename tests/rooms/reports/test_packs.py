"""Packs of many places: each holds what stands there, signed where it is signed; days are those of the place."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.utils.translation import override

from anlan import cli
from anlan.cli.reports import two
from anlan.indicators.actions import count_month
from anlan.places.queries import get_gazetteer
from anlan.reports import queries
from anlan.reports.actions import draft_report, move_report
from anlan.reports.printing.seals import Signed, seal_of, signed_of
from anlan.reports.rules.content import read_content
from anlan.reports.rules.signing import Kind
from tests.make import COUNTY, JURISDICTION, NOW, OTHER_TOWN, TOWN, World
from tests.worlds.figures import MONTH, fill_day
from tests.worlds.reports import fill_year, signed_report

pytestmark = pytest.mark.django_db
AFTER_MIDNIGHT = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
"""The eleventh where the places lie."""


def test_a_pack_holds_the_signed_version_and_elsewhere_figures_as_they_are(world: World) -> None:
    fill_year()
    signed = signed_report(world)
    draft = draft_report(actor=world.actor("centre"), place_code=OTHER_TOWN, month=MONTH, at=NOW)
    fill_day(opened=30)
    count_month(jurisdiction=JURISDICTION, month=MONTH)
    county = get_gazetteer().place_by_code(COUNTY)
    standing = list(queries.list_standing(under=county, month=MONTH, at=NOW))
    found = {content.place.code: (content, report) for content, report in standing}
    assert len(standing) == len(found) == 3
    assert found[TOWN] == (read_content(signed.content), signed)
    assert found[OTHER_TOWN] == (read_content(draft.content), draft)
    alone = queries.read_standing(
        actor=world.actor("leader"), place_code=COUNTY, month=MONTH, at=NOW
    )
    assert found[COUNTY] == (alone.content, None)
    assert signed_of(signed).state == "SIGNED"
    assert signed_of(None) == Signed()


@pytest.mark.parametrize("kind", Kind)
def test_days_are_those_of_the_place_not_of_greenwich(world: World, kind: Kind) -> None:
    fill_year()
    given = {"place_code": TOWN, "month": MONTH, "kind": kind, "at": AFTER_MIDNIGHT}
    report = draft_report(actor=world.actor("centre"), **given)  # type: ignore[arg-type]
    with override("en"):
        as_they_are = seal_of(queries.read_kept(report), Signed())["status"]
    assert as_they_are == "Not signed: figures as of 11 Mar 2026"
    for login, move in (("centre", "submit"), ("leader", "sign")):
        report = move_report(
            actor=world.actor(login), report_id=report.id, move=move, at=AFTER_MIDNIGHT
        )
    with override("zh-hans"):
        status = seal_of(queries.read_kept(report), signed_of(report))["status"]
    assert status == "第1版，2026年3月11日 签发"


def test_a_version_of_all_places_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cli, "database_running", contextlib.nullcontext)
    monkeypatch.setattr(cli, "set_up_django", lambda: None)
    given = ["--place", COUNTY, "--month", MONTH, "--out", str(tmp_path), "--below", "--version", "1"]  # fmt: skip
    run = CliRunner().invoke(two, given)
    assert run.exit_code == 2
    assert "leave out --below or --version" in run.output
