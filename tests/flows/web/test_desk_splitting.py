"""One report, two matters: the desk splits it and says which photos go along and whose report tells of it."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from anlan.cases.models import Case
from anlan.documents import actions as documents
from anlan.intake.models import Signal
from anlan.kernel import codes
from anlan.kernel.actor import REPORTER
from anlan.triage import actions as triage
from tests.flows.permissions.worlds import picture
from tests.make import NOW, World

Browser = Callable[..., Client]


def test_splitting_asks_which_photos_and_whose_report(world: World, browser: Browser) -> None:
    kept = [
        documents.keep_photo(actor=REPORTER, file=picture(), name="a.png", at=NOW).id
        for _ in range(2)
    ]
    taken = triage.take_signal(
        actor=REPORTER, report=world.report("路灯坏了，旁边的垃圾桶也满了"), at=NOW,
        photos=tuple(kept),
    )  # fmt: skip
    desk, address = browser("desk"), f"/desk/cases/{taken.case_id}"
    page = desk.get(address).content.decode()
    assert page.count('name="with_part"') == 2
    assert "The part goes to the same reporter" in page
    sent = {"matter": "GARBAGE", "note": "村口垃圾桶满了没人收", "with_part": [str(kept[1])]}
    assert desk.post(f"{address}/moves/split", sent | {"with_part": ["x"]}).status_code == 422
    answer = desk.post(f"{address}/moves/split", sent, follow=True)
    assert "Its reporter is told" in answer.content.decode()
    page = desk.get(address).content.decode()
    assert str(kept[0]) in page
    assert str(kept[1]) not in page
    part = Case.objects.exclude(pk=taken.case_id).get()
    assert str(kept[1]) in desk.get(f"/desk/cases/{part.id}").content.decode()
    # The reporter still finds both with the report that they came with.
    resident = Client(headers={"accept-language": "en"})
    tracked = resident.get(f"/track/{taken.tracking_code}").content.decode()
    for photo in kept:
        assert str(photo) in tracked
        small = resident.get(f"/track/{taken.tracking_code}/photos/{photo}/small")
        assert small.status_code == 200
        assert b"".join(small.streaming_content)


def test_of_several_reports_the_form_asks_whose_it_is(world: World, browser: Browser) -> None:
    lead, other = world.take("村口路灯坏了三天"), world.take("路灯坏了，垃圾桶也满了")
    desk = browser("desk")
    desk.post(
        f"/desk/cases/{other.case_id}/moves/merge",
        {"seq": 1, "case": str(lead.case_id), "case_seq": 1},
    )
    page = desk.get(f"/desk/cases/{lead.case_id}").content.decode()
    assert page.count('type="radio" name="signal"') == 2
    assert "The others are not told of it" in page
    signal = Signal.objects.get(code=other.code)
    sent = {"matter": "GARBAGE", "note": "垃圾桶满了没人收", "signal": str(signal.id)}
    desk.post(f"/desk/cases/{lead.case_id}/moves/split", sent)
    split_off = Case.objects.exclude(pk__in=(lead.case_id, other.case_id)).get()
    part = codes.tracking_code(split_off.code)
    resident = Client(headers={"accept-language": "en"})
    assert part in resident.get(f"/track/{other.tracking_code}").content.decode()
    assert part not in resident.get(f"/track/{lead.tracking_code}").content.decode()
