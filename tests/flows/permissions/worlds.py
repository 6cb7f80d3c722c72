"""The world that the matrix is tried in, and how each door is knocked at.

One matter of a village, held by CONSTRUCTION and the grid team; somebody at every seat of the matrix;
one worker whose seat lies elsewhere and who was sent. All of it is made by the product's own actions
once a module; every request runs in a savepoint that is rolled back.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from PIL import Image

from anlan.assessment.actions import file_objection
from anlan.cases import actions as cases
from anlan.cases.models import Case
from anlan.cases.rules import Given
from anlan.dispatch import actions as dispatch
from anlan.dispatch.models import Dispatch
from anlan.documents import actions as documents
from anlan.indicators.actions import give_return
from anlan.intake.models import Signal
from anlan.kernel import codes
from anlan.kernel.actor import REPORTER, SYSTEM, Role
from anlan.notices.models import Notice
from anlan.people import actions as people
from anlan.people.policies import SIGN_IN_COOKIE
from anlan.privacy import actions as privacy
from anlan.privacy.rules import Target
from anlan.reports.actions import draft_report
from anlan.situation.actions import note_meeting
from anlan.situation.rules.resolutions import Agreed
from anlan.triage import actions as triage
from anlan.triage.models import Decision, Topic
from anlan.triage.queries.drafts import RuleDraft
from tests.flows.permissions.matrix import Cell, Door, Who, get_moves, get_rules, list_everybody
from tests.make import (
    COUNTY,
    GRID,
    JURISDICTION,
    NOW,
    OTHER_GRID,
    OTHER_TOWN,
    PASSWORD,
    PEOPLE,
    TOWN,
    VILLAGE,
    World,
    build_world,
)
from tests.worlds.assessed import published
from tests.worlds.figures import MONTH, csv_of
from tests.worlds.findings import make_finding

OWN_DEPARTMENT, OTHER_DEPARTMENT = "CONSTRUCTION", "FIRE"
OTHERS = UUID(int=7)


def picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (8, 6), (1, 99, 9)).save(data, "PNG")
    return data.getvalue()


@dataclass
class Scene:
    """The world with its matter: what the $names of doors.yaml stand for, and everybody's token."""

    world: World
    names: dict[str, Any]
    tokens: dict[str, str]
    case_id: UUID
    code: str

    def begin(self, door: Door) -> None:
        """Put the matter and its errand where a door's act begins, without walking there."""
        if door.about == "own_errand":
            Dispatch.objects.filter(case_id=self.case_id).update(state="SIGNED")
        if door.about == "pick":
            self._doubt()
            return
        if door.move == "separate":
            self._merge()
            return
        if door.move:
            sources = get_moves()[door.move]["from"]
            state = "HANDLING" if sources == "OPEN" else sources[-1]
        elif "state" in door.data:
            state = door.data["state"]
        else:
            return
        other = Case.objects.filter(pk=self.names["other_case"])
        other.update(state="VERIFIED")
        closed = {"closed_at": NOW, "closed_date": NOW.date()} if state == "CLOSED" else {}
        is_asked = door.move in ("approve_extension", "refuse_extension")
        paused_at = NOW if door.move == "resume" else None
        Case.objects.filter(pk=self.case_id).update(
            state=state,
            extension_asked_by=OTHERS if is_asked else None,
            paused_at=paused_at,
            **closed,
        )

    def _doubt(self) -> None:
        Case.objects.filter(pk=self.case_id).update(state="RECEIVED", needs_person=True)
        decision = Decision.objects.get(case_id=self.case_id)
        decision.reason["route"]["by"] = "RULE_PERSON"
        decision.save()

    def _merge(self) -> None:
        seq, other_id = self.names["other_seq"], self.names["other_case"]
        Case.objects.filter(pk=other_id).update(state="HANDLING", seq=seq - 1)
        given = Given(case_id=other_id, case_seq=seq - 1)
        cases.move_case(
            actor=self.world.actor("desk"), case_id=self.case_id, move="merge", given=given, at=NOW
        )


def build_scene() -> Scene:
    """Build the world, its matter and everybody of the matrix."""
    world = build_world()
    reporting = people.create_api_client(
        actor=SYSTEM, name="sender", channel="API", role=Role.RESIDENT,
        place_id=world.place_id(COUNTY), at=NOW,
    )  # fmt: skip
    own_photo = documents.keep_photo(actor=REPORTER, file=picture(), name="own.png", at=NOW)
    report = world.report(
        lon=None, lat=None, place_code=VILLAGE, sender=f"client:{reporting.client_id}",
        idempotency_key="sent-once",
    )  # fmt: skip
    taken = triage.take_signal(actor=REPORTER, report=report, at=NOW, photos=(own_photo.id,))
    other = triage.take_signal(
        actor=REPORTER, report=world.report(lon=None, lat=None, place_code=VILLAGE), at=NOW
    )
    desk = world.actor("desk")
    kept = documents.keep_photo(actor=desk, file=picture(), name="after.png", at=NOW)
    for move, given in (
        ("assign_down", Given(unit_id=world.unit_id(TOWN, OWN_DEPARTMENT))),
        ("co_handle", Given(unit_id=world.unit_id(VILLAGE, "GRID"), photos=(kept.id,))),
    ):
        cases.move_case(actor=desk, case_id=taken.case_id, move=move, given=given, at=NOW)
    [sent] = dispatch.dispatch_case(
        actor=desk, case_id=taken.case_id, duty_ids=[world.duty_ids["grid"]], at=NOW
    )
    held = Case.objects.get(pk=taken.case_id)
    Case.objects.filter(pk=other.case_id).update(
        departments=held.departments, unit=held.unit, seq=5
    )
    dispatch.tell_dispatched(dispatch_id=sent.id, at=NOW)
    for login in PEOPLE:
        world.token(login)
    tokens = {"anonymous": ""}
    for who in list_everybody():
        if who.is_sent:
            tokens[who.key] = world.token("grid")
        elif who.is_sender:
            tokens[who.key] = reporting.token
        elif who.role:
            tokens[who.key] = _seat(world, who)
    signal = Signal.objects.get(code=taken.code)
    access = privacy.ask_access(
        actor=world.actor("other_desk"), target=Target(place_code=VILLAGE), hours=1, at=NOW,
        reason="燃气泄漏正向邻镇扩散",
    )  # fmt: skip
    rule = triage.save_rule(
        actor=SYSTEM,
        draft=RuleDraft(TOWN, "PERSON", "夜间由指挥室派单", matters=("GARBAGE",)),
        at=NOW,
    )
    topic = Topic.objects.create(
        jurisdiction_id=JURISDICTION, key=signal.id, family="LIGHTING", phrases=[], found_at=NOW
    )
    topic.members.create(signal=signal, case_id=taken.case_id, at=NOW)
    finding = make_finding(world)
    minute = note_meeting(
        actor=world.actor("desk"), place_code=TOWN, month="2026-02", held=NOW.date(), present="指挥室主任", decided="逐灯排查线路",
        agreed=[Agreed("换完十九盏灯", world.unit_id(TOWN, OWN_DEPARTMENT), date(2026, 3, 20))], at=NOW,
    )  # fmt: skip
    given = give_return(
        actor=world.actor("centre"), data=csv_of((TOWN, "OUTPUT", MONTH, 4)), at=NOW
    )
    drafted = draft_report(actor=world.actor("centre"), place_code=TOWN, month="2026-01", at=NOW)
    batch = dispatch.plan_batch(
        actor=world.actor("other_desk"), batch_id=uuid4(), place_code=OTHER_TOWN, at=NOW
    )
    card = published()
    objection = file_objection(
        actor=world.actor("desk"),
        card_id=card.id,
        indicator="LATE",
        text="有三件已按规定延期",
        at=NOW,
    )
    kept_filter = cases.keep_filter(
        actor=desk, name="超期", fields={"tab": "red"}, is_lent=True, at=NOW
    )
    names = {
        "filter": kept_filter.id,
        "access": access.id,
        "card": card.id,
        "objection": objection.id,
        "batch": batch.id,
        "topic": topic.key,
        "finding": finding.id,
        "resolution": minute.resolutions.get().id,
        "return": given.id,
        "report": drafted.id,
        "rule": rule.pk,
        "town": TOWN,
        "case_id": taken.case_id,
        "other_case": other.case_id,
        "other_seq": 5,
        "case_seq": Case.objects.get(pk=taken.case_id).seq,
        "signal_id": signal.id,
        "dispatch_id": sent.id,
        "document_id": kept.id,
        "own_photo": own_photo.id,
        "notice_id": Notice.objects.get(person_id=sent.person_id).id,
        "code": codes.show(taken.code),
        "tracking_code": taken.tracking_code,
        "unit": world.unit_id(TOWN, OWN_DEPARTMENT),
        "duty": world.duty_ids["cadre"],
        "place": GRID,
        "county": COUNTY,
        "password": PASSWORD,
        "form": "json",
        "level": "VILLAGE",
        "size": "small",
    }
    return Scene(world, names, tokens, taken.case_id, names["code"])


def _seat(world: World, who: Who) -> str:
    """Make an account at a seat of the matrix and give its token."""
    village = {Role.GRID_WORKER, Role.GRID_LEAD, Role.VILLAGE_CADRE}
    inside, outside = (VILLAGE, OTHER_GRID) if who.role in village else (TOWN, OTHER_TOWN)
    natural = OWN_DEPARTMENT if who.role in get_rules()["of_a_department"] else ""
    seat = {
        "role": Role(who.role),
        "place_id": world.place_id(inside if who.in_place else outside),
        "department": natural if who.in_department else OTHER_DEPARTMENT,
    }
    if who.channel:
        return people.create_api_client(
            actor=SYSTEM, name=who.key, channel=who.channel, at=NOW, **seat
        ).token
    login = who.key.replace("_", "-")
    person = people.create_person(
        actor=SYSTEM, login=login, name=who.key, password=PASSWORD, at=NOW, is_demo=True
    )
    people.grant_duty(actor=SYSTEM, person_id=person.id, at=NOW, **seat)
    return people.sign_in(login=login, password=PASSWORD, at=NOW).token


@contextmanager
def undone() -> Iterator[None]:
    """Run something in a savepoint and roll it back."""
    block = transaction.atomic()
    block._from_testcase = True  # durable actions may run inside
    with block:
        yield
        transaction.set_rollback(True)


def knock(scene: Scene, client: Client, door: Door, who: Who, **other: Any) -> Any:
    """Send a door's request as somebody; `other` replaces some of the $names."""
    token = scene.tokens[who.key]
    names = scene.names | {"move": door.move, "token": token if who.channel else "", "key": uuid4()}
    names |= {name: _fill(value, names) for name, value in door.data.get("with", {}).items()}
    names |= other
    address = "/" + door.address.format(**names)
    if "query" in door.data:
        address += "?" + door.data["query"].format(**names)
    headers = {"accept-language": "en"}
    client.cookies.clear()
    if who.channel:
        headers["authorization"] = f"Bearer {token}"
    elif token:
        client.cookies[SIGN_IN_COOKIE] = token
    if "send_by" in other:
        return other["send_by"](address, headers=headers)
    send = door.data.get("send", {})
    if door.method == "GET":
        return client.get(address, headers=headers)
    if "json" in send:
        body = _fill(send["json"], names)
        return client.post(address, body, content_type="application/json", headers=headers)
    if "file" in send:
        file = SimpleUploadedFile("a.png", picture(), "image/png")
        return client.post(address, {send["file"]: file}, headers=headers)
    return client.post(address, _fill(send.get("form", {}), names), headers=headers)


def _fill(value: Any, names: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _fill(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [_fill(each, names) for each in value]
    if isinstance(value, str) and value.startswith("$"):
        found = names[value[1:]]
        return str(found) if isinstance(found, UUID) else found
    return value


def read(door: Door, answer: Any, scene: Scene) -> str:
    """Tell from an answer alone which cell it is; anything unforeseen is told as it stands."""
    status, body = answer.status_code, _body(answer)
    code = _code(answer, body)
    if status == 401 or (status == 302 and answer["Location"].startswith("/sign-in?")):
        return Cell.SIGN_IN
    if status == 302 and answer["Location"] == "/sign-in" and not door.address.startswith("sign-"):
        return Cell.SIGN_IN
    if code == "SEAT_NEEDED":
        return Cell.SEAT
    if code == "CHANNEL_NEEDED":
        return Cell.CHANNEL
    if status == 404:
        return Cell.HIDDEN
    if status == 403:
        return Cell.ROLE
    if code and code == door.data.get("tells"):
        return Cell.OPEN
    if status >= 400:
        return f"{status} {code or body[:200]}"
    if door.about == "notice":
        return Cell.OPEN if answer["Location"] != "/notices/" else Cell.HIDDEN
    if door.about == "count":
        return Cell.LISTED if re.search(r">\s*[1-9]\d*\s*<", body) else Cell.EMPTY
    if door.about == "notices":
        return Cell.LISTED if str(scene.names["notice_id"]) in body else Cell.EMPTY
    if door.about in ("list", "today"):
        return Cell.LISTED if str(scene.case_id) in body else Cell.EMPTY
    return Cell.OPEN


def _body(answer: Any) -> str:
    if answer.streaming:
        data = b"".join(answer.streaming_content)
        return data.decode("latin-1")
    # A copy of somebody's data is a zip.
    return str(answer.content.decode(errors="replace"))


def _code(answer: Any, body: str) -> str:
    if "json" in answer.get("Content-Type", ""):
        found = re.search(r'"code": "(\w+)"', body)
    else:
        found = re.search(r'fault-page__code">\d+ · (\w+)', body)
    return found[1] if found else ""
