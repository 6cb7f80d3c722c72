"""What the day came to, read from the database alone: times, shares within limits, invariants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db import connection

from anlan.cases.models import Case, CaseSignal
from anlan.cases.queries import get_catalogue
from anlan.cases.rules import local_date, set_clocks
from anlan.dispatch.models import Dispatch
from anlan.intake.models import Signal
from anlan.kernel import sql
from anlan.ledger import actions as ledger
from anlan.ledger import queries as ledger_queries
from anlan.places.queries import get_gazetteer
from anlan.rollup import queries as rollup
from anlan.rollup.actions import fold_deltas
from anlan.simulation.script import Script

HOUR = timedelta(hours=1)
NO_CLOCK = ("CLOSED", "DECLINED", "OFFLINE", "MERGED")


@dataclass(frozen=True, slots=True)
class Times:
    """Minutes from the report; count: how many came so far before the day was over."""

    count: int
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """Figures of a day. Shares are of the cases whose limit fell into the day or who kept it.

    storm_acknowledge, storm_arrive: of the cases that the storm's hour brought. broken: findings by
    invariant; all zero when every one holds.
    """

    cases: int
    offers: int
    acknowledge: Times
    arrive: Times
    close: Times
    storm_acknowledge: Times
    storm_arrive: Times
    accepted_in_time: float
    signed_in_time: float
    closed_in_time: float
    lapsed: int
    declined: int
    reopened: int
    still_open: int
    unassigned: int
    broken: dict[str, int]

    @property
    def holds(self) -> bool:
        """Tell whether every invariant holds."""
        return not any(self.broken.values())

    @property
    def as_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return asdict(self)


def judge(script: Script, *, with_ledger: bool = True) -> Judgement:
    """Judge the day that has been played in this database.

    with_ledger: False leaves the ledger out, which takes in only what has been committed.
    """
    cases = list(Case.objects.order_by("opened_at", "code"))
    offers = list(Dispatch.objects.order_by("asked_at", "duty_id"))
    opened = {case.id: case.opened_at for case in cases}
    signed = _firsts(offers, "signed_at", opened)
    arrived = _firsts(offers, "arrived_at", opened)
    stormy = {
        case.id: case.opened_at for case in cases
        if script.is_stormy(case.opened_at) and case.opened_at < script.storm_between[0] + HOUR
    }  # fmt: skip
    closed = [_minutes(case.closed_at, case.opened_at) for case in cases if case.closed_at]
    return Judgement(
        cases=len(cases), offers=len(offers),
        acknowledge=_times(signed), arrive=_times(arrived), close=_times(closed),
        storm_acknowledge=_times(_firsts(offers, "signed_at", stormy)),
        storm_arrive=_times(_firsts(offers, "arrived_at", stormy)),
        accepted_in_time=_share(
            [(case.accepted_at, _accept_due_at(case)) for case in cases], script.ends_at
        ),
        signed_in_time=_signed_share(offers),
        closed_in_time=_share(
            [(case.closed_at, case.close_due_at) for case in cases], script.ends_at
        ),
        lapsed=sum(each.state == "LAPSED" for each in offers),
        declined=sum(each.state == "DECLINED" for each in offers),
        reopened=sum(case.reopen_count for case in cases),
        still_open=sum(case.state not in NO_CLOCK for case in cases),
        unassigned=sum(case.state in ("RECEIVED", "ACCEPTED") for case in cases),
        broken=find_broken(script) | (check_ledger(script) if with_ledger else {}),
    )  # fmt: skip


def _minutes(until: datetime | None, since: datetime) -> float:
    assert until is not None
    return (until - since).total_seconds() / 60


def _firsts(offers: Sequence[Dispatch], field: str, opened: dict[Any, datetime]) -> list[float]:
    """Give for each case of `opened` the minutes until the first of its offers came so far."""
    found: dict[Any, float] = {}
    for each in offers:
        instant = getattr(each, field)
        if instant is not None and each.case_id in opened:
            minutes = _minutes(instant, opened[each.case_id])
            found[each.case_id] = min(minutes, found.get(each.case_id, minutes))
    return list(found.values())


def _times(minutes: Sequence[float]) -> Times:
    """Give the nearest-rank percentiles."""
    if not minutes:
        return Times(0, 0.0, 0.0)
    ordered = sorted(minutes)
    p50, p90 = (ordered[ceil(len(ordered) * share) - 1] for share in (0.5, 0.9))
    return Times(len(ordered), round(p50, 1), round(p90, 1))


def _share(pairs: Sequence[tuple[datetime | None, datetime]], end: datetime) -> float:
    """Give the share that was in time, of those that are done or whose limit has passed."""
    known = [(done, due) for done, due in pairs if done is not None or due <= end]
    kept = sum(done is not None and done <= due for done, due in known)
    return round(kept / len(known), 4) if known else 1.0


def _signed_share(offers: Sequence[Dispatch]) -> float:
    """Give the share of the offers with an outcome that were signed for before they lapsed."""
    signed = sum(each.signed_at is not None for each in offers)
    lapsed = sum(each.state == "LAPSED" for each in offers)
    return round(signed / (signed + lapsed), 4) if signed + lapsed else 1.0


def _accept_due_at(case: Case) -> datetime:
    """Work out by when a case had to be accepted, as its profile says."""
    catalogue, gazetteer = get_catalogue(), get_gazetteer()
    profile = catalogue.profile(catalogue.matters[case.matter_id])
    return set_clocks(
        case.opened_at, profile, calendar=gazetteer.calendar(case.place_id),
        time_zone=gazetteer.time_zone(case.place_id),
    ).ack_due_at  # fmt: skip


def find_broken(script: Script) -> dict[str, int]:
    """Count what breaks an invariant; each is looked up anew, not asked of the code that keeps it."""
    while fold_deltas():
        pass
    signals = Signal.objects.count()
    joined = CaseSignal.objects.values("signal").distinct().count()
    return {
        "case_without_owner": _count("cases_without_owner"),
        "offer_to_somebody_off_duty": _count("offers_off_duty"),
        "clock_without_due_time": _count("clocks_without_due"),
        "signal_not_in_exactly_one_case": signals - joined + CaseSignal.objects.count() - joined,
        "figures_unlike_recount": _count_unlike(script),
    }


def check_ledger(script: Script) -> dict[str, int]:
    """Take all entries into the tree and audit the whole of it."""
    while ledger.sequence(at=script.ends_at):
        pass
    steps = list(ledger_queries.audit())
    return {"ledger_findings": sum(len(step.found) for step in steps) + steps[-1].pending}


def _count(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql.load("anlan.simulation", name))
        return int(cursor.fetchone()[0])


def _count_unlike(script: Script) -> int:
    """Count the rows of a month's figures that a recount does not give, and the other way round."""
    wrong = 0
    zone = get_gazetteer().time_zone(get_gazetteer().place_by_code(script.county).id)
    for month in sorted(
        {f"{local_date(at, zone):%Y-%m}" for at in (script.starts_at, script.ends_at)}
    ):
        told = {
            (row.place_code, row.matter_code, row.opened, row.closed, row.reopened, row.satisfied, row.unsatisfied)
            for row in rollup.list_month(place_code=script.county, month=month)
        }  # fmt: skip
        wrong += len(told ^ set(rollup.recount_month(place_code=script.county, month=month)))
    return wrong
