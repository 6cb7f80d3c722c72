"""What persons may ask for: a copy of their data, and its erasure."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner

from anlan.cases.actions import move_case
from anlan.cases.models import Case, CaseSignal
from anlan.cases.rules import Given
from anlan.cli import privacy as command
from anlan.documents.models import Document
from anlan.intake.models import Contact, Signal
from anlan.kernel.actor import REPORTER, SYSTEM
from anlan.kernel.codes import tracking_code
from anlan.kernel.errors import TooMany
from anlan.ledger.models import LedgerEntry
from anlan.people.actions import close_person
from anlan.people.models import Person
from anlan.privacy import actions, queries, rules
from anlan.privacy.models import Request
from anlan.ratings.models import Rating
from anlan.triage.actions import take_signal
from tests.make import NOW, World
from tests.rooms.privacy.test_terms import PHONE, PLANTED, case_id, everywhere, files, picture

__all__ = ["case_id", "files"]


def read(packed: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = archive.namelist()
        data = json.loads(archive.read("data.json"))
        return data, {name: archive.read(name) for name in names if name != "data.json"}


def test_a_copy_holds_everything_that_is_held(world: World, case_id: UUID) -> None:
    signal = Signal.objects.get()
    actions.record_look(
        actor=world.actor("desk"), case=Case.objects.get(), what=rules.Looked.CASE, at=NOW
    )
    data, photos = read(actions.export_signal(actor=SYSTEM, signal_id=signal.id, at=NOW))
    assert data["report"]["text"] == f"{PLANTED}门口路灯坏了"
    assert (data["report"]["lon"], data["report"]["lat"]) == (120.01, 29.705)
    assert data["contact"]["phone"] == PHONE
    assert [step["move"] for step in data["steps"]][:2] == ["open", "accept"]
    assert data["ratings"][0]["comment"] == f"谢谢 {PLANTED}"
    assert [look["what"] for look in data["looks"]] == ["CASE"]
    assert {held["field"] for held in data["held"]} == {
        field.name for field in rules.read_fields().personal.values() if field.about == "REPORTER"
    }
    [name] = photos
    assert photos[name].startswith(b"\xff\xd8\xff")
    # Colleagues' notes to each other are not among the steps told to the reporter.
    assert f"找{PLANTED}" not in json.dumps(data["steps"], ensure_ascii=False)
    entry = LedgerEntry.objects.get(what="privacy.exported")
    assert entry.about_id == str(signal.id)
    assert PLANTED not in entry.body


@pytest.mark.parametrize("typed", [PHONE, "+86 139 0000 1111", "WANG@example.org "])
def test_the_contact_that_was_left_shows_who_asks(case_id: UUID, typed: str) -> None:
    code = tracking_code(Signal.objects.get().code)
    assert read(actions.export_by_code(tracking_code=code, typed=typed, at=NOW))


def test_another_contact_does_not_and_tries_are_counted(case_id: UUID) -> None:
    code = tracking_code(Signal.objects.get().code)
    with pytest.raises(rules.ContactNeeded):
        actions.export_by_code(tracking_code=code, typed=" ", at=NOW)
    for typed in ("13900001112", "1111", "@", "wang@example.com", PLANTED):
        with pytest.raises(rules.ContactNotYours):
            actions.erase_by_code(tracking_code=code, typed=typed, at=NOW)
    with pytest.raises(TooMany):
        actions.export_by_code(tracking_code=code, typed=PHONE, at=NOW)
    assert Contact.objects.get().sealed is not None


def test_erased_after_the_close_at_once_and_the_events_stay(case_id: UUID) -> None:
    signal_id = Signal.objects.get().id
    assert actions.erase_signal(actor=SYSTEM, signal_id=signal_id, at=NOW)
    assert everywhere(PLANTED) == everywhere(PHONE) == []
    assert Case.objects.get().state == "CLOSED"
    assert Rating.objects.get().is_satisfied
    assert not Document.objects.exists()
    told = list(
        LedgerEntry.objects.filter(what__startswith="privacy.").values_list("what", flat=True)
    )
    assert sorted(told) == ["privacy.erased", "privacy.erasure_asked"]
    # Asked again it is the same request.
    assert actions.erase_signal(actor=SYSTEM, signal_id=signal_id, at=NOW)
    assert LedgerEntry.objects.filter(what="privacy.erased").count() == 1


def test_an_open_case_keeps_its_words_until_it_is_closed(world: World) -> None:
    taken = world.take(f"{PLANTED}门口路灯坏了")
    signal_id = Signal.objects.get().id
    assert not actions.erase_signal(actor=SYSTEM, signal_id=signal_id, at=NOW)
    assert Contact.objects.get().sealed is None
    assert Signal.objects.get().text
    assert actions.answer_requests(actor=SYSTEM, at=NOW) == 0
    move_case(
        actor=world.actor("desk"), case_id=taken.case_id, move="decline", at=NOW,
        given=Given(note=PLANTED),
    )  # fmt: skip
    assert actions.answer_requests(actor=SYSTEM, at=NOW) == 1
    assert everywhere(PLANTED) == []
    assert Request.objects.get().state == "DONE"
    assert actions.answer_requests(actor=SYSTEM, at=NOW) == 0


def test_of_two_who_reported_the_same_only_the_one_who_asks_is_erased(
    world: World, case_id: UUID
) -> None:
    other = world.take("隔壁也看不清路")
    CaseSignal.objects.filter(case_id=other.case_id).update(case_id=case_id)
    first = Signal.objects.order_by("id")[0]
    actions.erase_signal(actor=SYSTEM, signal_id=first.id, at=NOW)
    first.refresh_from_db()
    assert first.text == ""
    assert Case.objects.get(pk=case_id).title == ""
    assert not Document.objects.exists()
    assert Signal.objects.order_by("id")[1].text == "隔壁也看不清路"


def test_photos_of_others_are_not_handed_out(world: World, case_id: UUID) -> None:
    from datetime import timedelta

    from anlan.documents.actions import keep_photo

    later = NOW + timedelta(minutes=5)
    photo = keep_photo(actor=REPORTER, file=picture("blue"), name="b.jpg", at=later)
    taken = take_signal(actor=REPORTER, report=world.report(), photos=(photo.id,), at=later)
    second = Signal.objects.get(code=taken.code)
    assert queries.list_photos_of_signal(signal_id=second.id) == [photo.id]


def test_a_member_of_staff_gets_his_own_data_and_nobody_else_s(world: World, case_id: UUID) -> None:
    desk = world.actor("desk")
    data, photos = read(
        actions.export_person(actor=desk, person_id=world.person_ids["desk"], at=NOW)
    )
    assert data["account"]["login"] == "desk"
    assert [duty["role"] for duty in data["duties"]] == ["TOWN_DESK"]
    assert {step["move"] for step in data["steps"]} >= {"accept", "close"}
    assert data["sign_ins"]
    assert photos == {}
    assert "password" not in json.dumps(data)
    with pytest.raises(rules.OwnDataOnly):
        actions.export_person(actor=desk, person_id=world.person_ids["grid"], at=NOW)


def test_the_same_from_the_command_line(
    world: World, case_id: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anlan.cli._close_connections", lambda: None)
    code = Signal.objects.get().code

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(command.group, list(arguments))
        assert done.exit_code == 0, done.output
        return done.output

    run("export", code, str(tmp_path / "copy.zip"))
    assert read((tmp_path / "copy.zip").read_bytes())[0]["contact"]["name"] == PLANTED
    assert "erased" in run("erase", code, "--yes")
    assert everywhere(PLANTED) == []
    run("export-person", "desk", str(tmp_path / "desk.zip"))
    close_person(actor=SYSTEM, person_id=world.person_ids["desk"], at=NOW)
    run("erase-person", "desk", "--yes")
    assert not Person.objects.filter(login="desk").exists()
    assert "CASE_WORDS: 730 d" in run("fields")
    assert "no run yet" in run("proofs")
    assert "0 left" in run("keep")
    assert "CASE_WORDS" in run("proofs")
    assert "90 d" in run("term", "notice", "90", "--source", "县政府办")
