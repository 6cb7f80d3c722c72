"""Whatever is over its term is gone from everywhere, and a proof says so."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from PIL import Image

from anlan.cases.actions import keep_filter, move_case
from anlan.cases.models import Case, SavedFilter, Step
from anlan.cases.rules import Given
from anlan.dispatch.actions import dispatch_case
from anlan.dispatch.models import Dispatch
from anlan.documents.actions import keep_photo
from anlan.documents.models import Document
from anlan.intake.models import Contact, ImportReject, ImportRun, Signal
from anlan.intake.rules import ContactDetails
from anlan.kernel import permits
from anlan.kernel.actor import REPORTER, SYSTEM
from anlan.ledger.models import LedgerEntry
from anlan.notices.actions import notify
from anlan.notices.models import Notice
from anlan.notices.rules import Channel
from anlan.people.actions import close_person, create_person
from anlan.people.models import Person
from anlan.privacy import actions, queries, rules
from anlan.privacy.models import Proof
from anlan.ratings.actions import rate_case
from anlan.ratings.models import Rating
from anlan.rollup.queries import list_month, recount_month
from anlan.triage.actions import take_signal
from tests.make import COUNTY, NOW, PASSWORD, World

PLANTED = "王小明十三号楼"
PHONE = "13900001111"
DAY = timedelta(days=1)
WORDS_DAYS, NOTICE_DAYS = 730, 180


@pytest.fixture(autouse=True)
def files(tmp_path: Path, settings: Any) -> Path:
    settings.ANLAN_HOME = tmp_path
    return tmp_path / "files"


def everywhere(planted: str) -> list[str]:
    """List the tables in which a text stands, the queue's and the ledger's among them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        found = []
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE position(%s in t::text) > 0', [planted]
            )
            if cursor.fetchone() != (0,):
                found.append(table)
    return sorted(found)


def picture(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def case_id(world: World) -> UUID:
    """A case that went all the way, with something personal wherever words can be put."""
    photo = keep_photo(actor=REPORTER, file=picture(), name=f"{PLANTED}.jpg", at=NOW)
    taken = take_signal(
        actor=REPORTER,
        report=world.report(
            f"{PLANTED}门口路灯坏了",
            place_text=f"{PLANTED}门口",
            external_ref=PLANTED,
            idempotency_key=PLANTED,
            contact=ContactDetails(name=PLANTED, phone=PHONE, email="wang@example.org"),
        ),
        photos=(photo.id,),
        at=NOW,
    )

    def move(login: str, name: str, **given: Any) -> None:
        actor = world.actor(login)
        move_case(actor=actor, case_id=taken.case_id, move=name, given=Given(**given), at=NOW)

    move("desk", "accept")
    dispatch_case(
        actor=world.actor("desk"), case_id=taken.case_id, duty_ids=[world.duty_ids["grid"]], at=NOW,
        note=f"找{PLANTED}",
    )  # fmt: skip
    notify(
        channel=Channel.EMAIL, address="wang@example.org", subject=PLANTED, body=PHONE,
        about_kind="case", about_id=taken.case_id, at=NOW,
    )  # fmt: skip
    move("desk", "report_back", note=f"已联系{PLANTED} {PHONE}")
    move("grid", "sign_for")
    move("grid", "handle", note=f"{PLANTED}在场")
    move("desk", "verify")
    move("desk", "close", outcome="SOLVED", note=f"{PLANTED}确认")
    rate_case(
        tracking_code=taken.tracking_code, is_satisfied=True, comment=f"谢谢 {PLANTED}", at=NOW
    )
    return taken.case_id


def run(at: datetime) -> dict[str, Proof]:
    run_id = actions.keep_terms(at=at)
    return {proof.term: proof for proof in Proof.objects.filter(run=run_id)}


def test_the_scene_has_the_planted_words_wherever_a_case_can_have_them(case_id: UUID) -> None:
    assert everywhere(PLANTED) == [
        "cases_case", "cases_step", "dispatch_dispatch", "documents_document", "intake_signal",
        "notices_notice", "ratings_rating",
    ]  # fmt: skip


def test_after_its_term_nothing_personal_is_left_of_a_case(case_id: UUID, files: Path) -> None:
    assert len([path for path in files.rglob("*") if path.is_file() and path.name[0] != "."]) == 2
    figures = list_month(place_code=COUNTY, month="2026-03")
    counted = recount_month(place_code=COUNTY, month="2026-03")
    steps = list(Step.objects.order_by("seq").values_list("move", "at", "actor_id", "to_state"))
    day_before = run(NOW + WORDS_DAYS * DAY)
    assert day_before["CASE_WORDS"].erased == 0
    assert everywhere(PLANTED) != []
    proofs = run(NOW + (WORDS_DAYS + 1) * DAY)
    assert everywhere(PLANTED) == everywhere(PHONE) == []
    assert {term: proof.left for term, proof in proofs.items() if proof.left} == {}
    assert proofs["CASE_WORDS"].erased >= 14
    assert [path for path in files.rglob("*") if path.is_file() and path.name[0] != "."] == []
    # Events, places and figures are what they were.
    case = Case.objects.get()
    assert (case.title, case.lon, case.lat) == ("", None, None)
    assert case.place_id
    assert (
        list(Step.objects.order_by("seq").values_list("move", "at", "actor_id", "to_state"))
        == steps
    )
    assert Rating.objects.get().is_satisfied
    assert Dispatch.objects.count() == 1
    assert list_month(place_code=COUNTY, month="2026-03") == figures
    assert recount_month(place_code=COUNTY, month="2026-03") == counted


def test_the_proof_stands_in_the_ledger_and_so_does_the_erasure(case_id: UUID) -> None:
    run_id = actions.keep_terms(at=NOW + 800 * DAY)
    entry = LedgerEntry.objects.get(what="terms.kept", about_id=str(run_id))
    data = json.loads(entry.body)["data"]
    assert set(data) == set(rules.read_fields().terms)
    assert data["CASE_WORDS"]["left"] == 0
    assert (
        data["CASE_WORDS"]["erased"] == Proof.objects.get(run=run_id, term="CASE_WORDS").erased > 0
    )
    assert LedgerEntry.objects.filter(what="case.erased", about_id=str(case_id)).count() == 1


def test_an_open_case_is_kept_however_old(world: World) -> None:
    world.take(f"{PLANTED}门口路灯坏了", contact=ContactDetails(name=PLANTED))
    run(NOW + 2000 * DAY)
    assert Signal.objects.get().text.startswith(PLANTED)
    assert Contact.objects.get().sealed is None  # the contact's own term has ended long ago


def test_words_that_come_after_the_erasing_are_erased_the_next_night(
    case_id: UUID, world: World
) -> None:
    run(NOW + 800 * DAY)
    Step.objects.filter(case_id=case_id, seq=2).update(note=PLANTED)
    proofs = run(NOW + 801 * DAY)
    assert (proofs["CASE_WORDS"].erased, proofs["CASE_WORDS"].left) == (1, 0)
    assert everywhere(PLANTED) == []


def test_what_cannot_be_erased_is_told_not_hidden(
    case_id: UUID, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("anlan.ratings.actions.erase_comments", lambda *, case_ids: None)
    proofs = run(NOW + 800 * DAY)
    assert proofs["CASE_WORDS"].left == 1
    assert "could not be erased" in caplog.text
    assert PLANTED not in caplog.text


def test_contacts_go_after_their_own_term(case_id: UUID) -> None:
    assert run(NOW + 180 * DAY)["CONTACT"].erased == 0
    assert Contact.objects.get().sealed is not None
    assert run(NOW + 181 * DAY)["CONTACT"].erased == 1
    assert Contact.objects.get().sealed is None


def test_notices_go_after_their_term_and_with_their_case(case_id: UUID) -> None:
    count = Notice.objects.count()
    assert count > 0
    assert run(NOW + NOTICE_DAYS * DAY)["NOTICE"].erased == 0
    proof = run(NOW + NOTICE_DAYS * DAY + timedelta(seconds=1))["NOTICE"]
    assert (proof.erased, proof.left) == (4 * count, 0)
    assert not Notice.objects.exists()


def test_a_photo_without_a_report_goes_after_a_week(world: World, files: Path) -> None:
    keep_photo(actor=REPORTER, file=picture("blue"), name=f"{PLANTED}.jpg", at=NOW)
    reported = keep_photo(actor=REPORTER, file=picture(), name="灯.jpg", at=NOW)
    take_signal(actor=REPORTER, report=world.report(), photos=(reported.id,), at=NOW)
    run(NOW + 7 * DAY)
    assert Document.objects.count() == 2
    run(NOW + 8 * DAY)
    assert [document.id for document in Document.objects.all()] == [reported.id]
    assert everywhere(PLANTED) == []


def test_rejected_rows_of_an_import_nobody_finished_go(world: World) -> None:
    taken = ImportRun.objects.create(
        file_name="a.csv", file_digest="0" * 64, mapping_digest="1" * 64, state="RUNNING",
        started_at=NOW,
    )  # fmt: skip
    ImportReject.objects.create(run=taken, row_number=1, code="X", problem=PLANTED, line=PHONE)
    run(NOW + 30 * DAY)
    assert ImportReject.objects.exists()
    run(NOW + 31 * DAY)
    assert everywhere(PLANTED) == everywhere(PHONE) == []


def test_a_closed_account_loses_its_person_and_keeps_its_acts(world: World, case_id: UUID) -> None:
    grid = world.person_ids["desk"]
    keep_filter(actor=world.actor("desk"), name="王某", fields={"q": "王某"}, is_lent=True, at=NOW)
    close_person(actor=SYSTEM, person_id=grid, at=NOW)
    run(NOW + 730 * DAY)
    assert Person.objects.get(pk=grid).name == "desk 同志"
    proof = run(NOW + 731 * DAY)["ACCOUNT"]
    assert proof.left == 0
    assert not SavedFilter.objects.exists()
    assert not Person.objects.filter(name="desk 同志").exists()
    assert not Person.objects.filter(login="desk").exists()
    person = Person.objects.get(pk=grid)
    assert (person.email_sealed, person.is_active) == (b"", False)
    assert Step.objects.filter(actor_id=grid).exists()
    with pytest.raises(Exception, match="SIGN_IN_FAILED"):
        world.__class__(world.person_ids, world.duty_ids, world.clients).token("desk")


def test_sign_ins_and_tries_go(world: World) -> None:
    world.token("desk")
    proofs = run(NOW + 8 * DAY)
    assert (proofs["SIGN_IN"].erased, proofs["SIGN_IN"].left) == (2, 0)


def test_a_changed_term_holds_from_the_next_run_on(case_id: UUID) -> None:
    actions.set_term(
        actor=SYSTEM,
        code="CASE_WORDS",
        days=30,
        source="县政府办〔2026〕1号",
        confidence=1.0,
        at=NOW,
    )
    actions.set_term(
        actor=SYSTEM, code="CONTACT", days=10, source="县政府办〔2026〕1号", confidence=1.0, at=NOW
    )
    assert queries.get_terms()["CASE_WORDS"].is_default is False
    proofs = run(NOW + 11 * DAY)
    assert (proofs["CONTACT"].days, proofs["CONTACT"].erased) == (10, 1)
    assert run(NOW + 31 * DAY)["CASE_WORDS"].erased > 0
    assert everywhere(PLANTED) == []
    assert LedgerEntry.objects.filter(what="term.changed").count() == 2


def test_a_term_is_changed_by_the_installation_only_and_within_bounds(world: World) -> None:
    given: dict[str, Any] = {"source": "x", "confidence": 1.0, "at": NOW}
    with pytest.raises(permits.InstallationOnly):
        actions.set_term(actor=world.actor("leader"), code="NOTICE", days=9, **given)
    with pytest.raises(rules.TermUnknown):
        actions.set_term(actor=SYSTEM, code="NOTHING", days=9, **given)
    for days in (0, -1, 3651):
        with pytest.raises(rules.TermTooLong):
            actions.set_term(actor=SYSTEM, code="NOTICE", days=days, **given)


def test_an_account_still_open_is_not_erased(world: World) -> None:
    from anlan.people.actions import erase_person
    from anlan.people.rules import AccountOpen

    person = create_person(actor=SYSTEM, login="li.na", name="李娜", password=PASSWORD, at=NOW)
    with pytest.raises(AccountOpen):
        erase_person(actor=SYSTEM, person_id=person.id, at=NOW)
    with pytest.raises(permits.InstallationOnly):
        erase_person(actor=world.actor("desk"), person_id=person.id, at=NOW)
