"""Fills an empty instance: Zhejiang's places, a county with grids, people, a classifier, signals.

The county is 诸暨, the town 枫桥, where mediation at the grass roots got its name. Every signal is
taken and moved by the real actions with past instants, so timelines, ledger and figures are what
they would be had it happened.
"""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.db import transaction

from anlan.assessment import actions as assessment
from anlan.cases import actions as cases
from anlan.cases.models import Case
from anlan.cases.rules import Given, Outcome
from anlan.demo import assessed, figures, past, phrases, rhythm, routing, watched
from anlan.dispatch import actions as dispatch
from anlan.dispatch.queries import list_responders
from anlan.indicators import actions as indicators
from anlan.intake.rules import Channel, ContactDetails, Report
from anlan.kernel.actor import REPORTER, SYSTEM, Actor, ActorKind, Role, Seat
from anlan.people import actions as people
from anlan.places import actions as places
from anlan.places.queries import get_gazetteer
from anlan.ratings import actions as ratings
from anlan.rollup.actions import fold_deltas
from anlan.triage import actions as triage

FOLDER = Path(__file__).resolve().parent.parent / "jurisdictions" / "cn-zhejiang"
JURISDICTION, COUNTY, TOWN = "CN-ZJ", "330681", "330681109"
SIGNALS, DAYS, SEED = 252, 21, 330681
ELSEWHERE_A_DAY = 33.0  # in the county's other towns
TOGETHER = (
    "和畅家园旁边的工地半夜还在打桩", "工地打桩吵得和畅家园睡不着", "和畅家园北面工地凌晨打桩,请管一管",
    "住在和畅家园,工地夜里打桩没停过", "和畅家园老人多,工地打桩能不能晚上停", "又是和畅家园边上的工地,打桩到三点",
    "请问和畅家园隔壁工地夜间打桩批了吗",
)  # fmt: skip
"""Invented, as all of the demo is."""
VILLAGES_WITH_PEOPLE, TRAINING_REPORTS_EACH = 8, 4
JUST_ASKED = timedelta(minutes=4)

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Account:
    """A demo account; the password is drawn at random for each instance."""

    login: str
    name: str
    role: Role
    place_code: str
    department: str = ""


def set_up(at: datetime, tell: Tell = lambda step: None) -> None:
    """Fill an empty instance as of `at` (UTC); `tell` hears of each step.

    Each step commits by itself. A run killed before people were made begins again at the next start;
    one killed while signals were played keeps those it had.
    """
    tell("places of Zhejiang")
    places.load_jurisdiction(folder=FOLDER)
    tell("catalogue of matters")
    cases.load_catalogue(jurisdiction=JURISDICTION, folder=FOLDER, at_date=at.date())
    dispatch.load_run_cards(jurisdiction=JURISDICTION, folder=FOLDER)
    indicators.load_register(jurisdiction=JURISDICTION, folder=FOLDER, at=at)
    assessment.load_schemes(jurisdiction=JURISDICTION, folder=FOLDER, at=at)
    tell("grids of the demo county")
    places.generate_grids(place_code=COUNTY)
    places.set_up_units(place_code=COUNTY)
    tell("classifier")
    train(at)
    tell("people")
    grid_actors = _create_people(at)
    routing.write_rules(
        actor=grid_actors["centre"], county=COUNTY, town=TOWN, at=at - timedelta(days=DAYS)
    )
    tell("the county's past")
    past.bring_along(
        county=COUNTY, played={TOWN: _villages()}, rate=ELSEWHERE_A_DAY, played_rate=SIGNALS / DAYS,
        played_since=at - timedelta(days=DAYS), matters=read_wordings(), centre=grid_actors["centre"], at=at,
    )  # fmt: skip
    tell("signals")
    _Life(at, grid_actors).play()
    while fold_deltas():
        pass
    triage.refresh_topics(at=at)
    tell("weekly watch")
    watched.fill(county=COUNTY, leader=grid_actors["leader"], at=at)
    tell("figures of the neighbours")
    figures.fill(county=COUNTY, at=at)
    assessed.fill(county=COUNTY, town=TOWN, desk=grid_actors["desk"], at=at)


def list_accounts() -> list[dict[str, str]]:
    """List the demo accounts with their passwords, empty on an instance without a demo."""
    path = _accounts_file()
    if not path.exists():
        return []
    found: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _accounts_file() -> Path:
    return Path(settings.ANLAN_HOME) / "demo-accounts.json"


def read_wordings() -> list[phrases.Wording]:
    """Give the words in which the catalogue speaks of each matter."""
    rows = yaml.safe_load((FOLDER / "matters.yaml").read_text(encoding="utf-8"))["matters"]
    return phrases.read_wordings(rows)


def train(at: datetime) -> None:
    """Train the first classifier on made-up reports of the catalogue, and say so with it."""
    texts, labels, groups = phrases.training_set(
        read_wordings(), reports_each=TRAINING_REPORTS_EACH, seed=SEED
    )
    triage.train_classifier(
        actor=SYSTEM, jurisdiction=JURISDICTION, texts=texts, labels=labels, groups=groups,
        data_source="synthetic: names, keywords, phrases and made-up reports of the catalogue",
        scores={}, at=at,
    )  # fmt: skip


def _villages() -> list[str]:
    gazetteer = get_gazetteer()
    town = gazetteer.place_by_code(TOWN)
    return [v.code for v in gazetteer.children(town.id)][:VILLAGES_WITH_PEOPLE]


def _accounts() -> list[Account]:
    village = _villages()[0]
    return [
        Account("desk", "枫桥指挥室值班员", Role.TOWN_DESK, TOWN),
        Account("grid", "网格员小何", Role.GRID_WORKER, village),
        Account("lead", "网格长老周", Role.GRID_LEAD, village),
        Account("cadre", "村干部老陈", Role.VILLAGE_CADRE, village),
        Account("centre", "县社会治理中心", Role.COUNTY_CENTRE, COUNTY),
        Account("department", "城管路灯所", Role.DEPARTMENT, COUNTY, "MUNICIPAL"),
        Account("mediator", "调解员老杨", Role.MEDIATOR, TOWN, "MEDIATION"),
        Account("officer", "执法队员小郑", Role.ENFORCEMENT_OFFICER, TOWN, "ENFORCEMENT"),
        Account("leader", "值班领导", Role.DUTY_LEADER, COUNTY),
        Account("principal", "县主要领导", Role.PRINCIPAL, COUNTY),
        Account("volunteer", "志愿者阿姨", Role.VOLUNTEER, TOWN),
        Account("safety", "企业安全员", Role.ENTERPRISE_SAFETY_OFFICER, village),
        Account("resident", "居民", Role.RESIDENT, village),
    ]


@transaction.atomic
def _create_people(at: datetime) -> dict[str, Actor]:
    """Open the accounts and, beside them, grid workers of the other villages; give the latter too."""
    gazetteer = get_gazetteer()
    began = at - timedelta(days=DAYS + 30)
    written: list[dict[str, str]] = []
    actors: dict[str, Actor] = {}
    villages = _villages()
    extra = [
        Account(f"grid{n}", f"网格员 {n} 号", Role.GRID_WORKER, code)
        for n, code in enumerate(villages[1:], start=2)
    ]
    for account in [*_accounts(), *extra]:
        password = "-".join(secrets.token_hex(2) for _ in range(3))
        person = people.create_person(
            actor=SYSTEM, login=account.login, name=account.name, password=password, at=began,
            is_demo=True,
        )  # fmt: skip
        place = gazetteer.place_by_code(account.place_code)
        grids = gazetteer.children(place.id) if account.role == Role.GRID_WORKER else ()
        for seat_place in grids or (place,):
            people.grant_duty(
                actor=SYSTEM, person_id=person.id, role=account.role, place_id=seat_place.id,
                department=account.department, at=began,
            )  # fmt: skip
        actors[account.login] = Actor(
            ActorKind.PERSON, person.id, account.name,
            tuple(Seat(account.role, p.path, account.department) for p in (grids or (place,))),
        )  # fmt: skip
        if account not in extra:
            written.append({"login": account.login, "password": password, "name": account.name,
                            "role": account.role, "place": place.name})  # fmt: skip
    path = _accounts_file()
    path.touch(mode=0o600)
    path.write_text(json.dumps(written, ensure_ascii=False, indent=1), encoding="utf-8")
    return actors


class _Life:
    """Plays some weeks of a town: signals come in, are handled, or are not."""

    def __init__(self, at: datetime, actors: dict[str, Actor]) -> None:
        self.now = at
        self.actors = actors
        # Not for secrets: the demo should look the same on every machine.
        self.chance = random.Random(SEED)  # noqa: S311 – the same demo for the same seed is meant
        gazetteer = get_gazetteer()
        self.grids = [
            grid
            for code in _villages()
            for grid in gazetteer.children(gazetteer.place_by_code(code).id)
        ]

    def play(self) -> None:
        """Take all signals and move their cases as far as fate has it."""
        reports = phrases.synthetic_reports(
            read_wordings(), SIGNALS, SEED, templates=phrases.Templates.CHECKING
        )
        since, until = self.now - timedelta(days=DAYS), self.now - timedelta(minutes=1)
        zone = get_gazetteer().time_zone(self.grids[0].id)
        instants = rhythm.draw_instants(
            SIGNALS, since=since, until=until, zone=zone, chance=self.chance
        )
        for number, (said, came_at) in enumerate(zip(reports, instants, strict=True)):
            with transaction.atomic():
                self._live(number, said, came_at)
        self._complain_together()

    def _complain_together(self) -> None:
        """Let one matter be reported again and again in the last days: the demo's hot topic."""
        grid = self.grids[0]
        for number, text in enumerate(TOGETHER):
            came_at = self.now - timedelta(hours=14 * number + 2)
            report = Report(
                text=text, channel=Channel.WEB, lon=grid.lon, lat=grid.lat, place_code=grid.code,
                stated_matter="NOISE_SITE", sender="demo", idempotency_key=f"demo:together-{number}",
                external_ref=f"SYNTHETIC-T{number:03d}",
            )  # fmt: skip
            with transaction.atomic():
                taken = triage.take_signal(actor=REPORTER, report=report, at=came_at)
                self._case = Case.objects.get(pk=taken.case_id)
                self._at = came_at + timedelta(minutes=9)
                self.accept()

    def _live(self, number: int, said: phrases.SyntheticReport, came_at: datetime) -> None:
        grid = self.chance.choice(self.grids)
        # Within some 60 m of the grid's inner point, to look like pins set by hand.
        lon = (grid.lon or 0) + self.chance.uniform(-6e-4, 6e-4)
        lat = (grid.lat or 0) + self.chance.uniform(-6e-4, 6e-4)
        channel = self.chance.choices(
            [Channel.WEB, Channel.FIELD, Channel.POLICE_110, Channel.API], [6, 3, 1, 1]
        )[0]
        report = Report(
            text=said.text, channel=channel, lon=round(lon, 6), lat=round(lat, 6),
            place_code=grid.code, place_text=said.place_hint,
            contact=ContactDetails(name="演示居民", phone="00000000000"),
            sender="demo", idempotency_key=f"demo:{number}", external_ref=f"SYNTHETIC-{number:04d}",
        )  # fmt: skip
        taken = triage.take_signal(actor=REPORTER, report=report, at=came_at)
        self._case = Case.objects.get(pk=taken.case_id)
        self._at = came_at
        self._tracking_code = taken.tracking_code
        age = self.now - came_at
        target = self._fate(age)
        for step in _ROADS[target]:
            self._wait()
            if step == "send" and target == "assigned":
                # Just asked: an offer of hours ago would have gone to the next long since.
                self._at = max(self._at, self.now - JUST_ASKED)
            if self._at >= self.now:
                return
            getattr(self, step)()

    def _fate(self, age: timedelta) -> str:
        """How far a case of this age has come: old ones are mostly closed, new ones mostly not."""
        if age > timedelta(days=4):
            roads, weights = ["satisfied", "closed", "unsatisfied", "again", "offline", "declined",
                              "handling", "extended", "supervised"], [
                66, 19, 0.6, 8, 2, 3, 0.5, 0.5, 0.5,
            ]  # fmt: skip
        elif age > timedelta(days=1):
            roads, weights = ["satisfied", "closed", "handled", "handling", "extended", "again",
                              "supervised"], [50, 20, 8, 10, 2, 8, 2]  # fmt: skip
        else:
            roads, weights = ["received", "accepted", "assigned", "handling", "handled",
                              "verified", "returned"], [22, 8, 18, 26, 14, 8, 4]  # fmt: skip
        return self.chance.choices(roads, weights)[0]

    def _wait(self) -> None:
        self._at += timedelta(minutes=self.chance.choice([3, 8, 15, 40, 75, 160, 300]))

    def _move(self, actor: Actor, move: str, **given: Any) -> None:
        self._case = cases.move_case(
            actor=actor, case_id=self._case.id, move=move, given=Given(**given), at=self._at
        )

    @property
    def _worker(self) -> Actor:
        path = self._case.place_path
        return next(
            a
            for a in self.actors.values()
            if any(s.role == Role.GRID_WORKER and s.covers(path, ()) for s in a.seats)
        )

    def accept(self) -> None:
        self._move(self.actors["desk"], "accept")

    def send(self) -> None:
        worker = self._worker
        duty_ids = [
            r.duty_id
            for r in list_responders(case=self._case, at=self._at)
            if r.person_id == worker.id
        ]
        self._dispatches = dispatch.dispatch_case(
            actor=self.actors["desk"], case_id=self._case.id, duty_ids=duty_ids[:1], at=self._at
        )

    def sign(self) -> None:
        dispatch.move_dispatch(
            actor=self._worker, dispatch_id=self._dispatches[0].id, move="sign_for", at=self._at
        )

    def handle(self) -> None:
        done = [
            "已到现场处理完毕",
            "已联系责任单位修复",
            "双方已当面说开,握手言和",
            "已清理并恢复原状",
        ]
        self._move(self._worker, "handle", note=self.chance.choice(done))
        running = self._dispatches[0]
        if running.ended_at is None:
            self._dispatches = [
                dispatch.move_dispatch(
                    actor=self._worker, dispatch_id=running.id, move="finish", at=self._at
                )
            ]

    def verify(self) -> None:
        self._move(self.actors["desk"], "verify")

    def close(self) -> None:
        outcome = self.chance.choices(
            [Outcome.SOLVED, Outcome.EXPLAINED, Outcome.MEDIATED], [7, 2, 2]
        )[0]
        self._move(self.actors["desk"], "close", note="已核实办结,请您评价", outcome=outcome.value)

    def praise(self) -> None:
        self._rate(is_satisfied=True, comment=self.chance.choice(["", "很快,谢谢", "处理得不错"]))

    def complain(self) -> None:
        self._rate(is_satisfied=False, comment=self.chance.choice(["还是老样子", "没有彻底解决"]))

    def _rate(self, *, is_satisfied: bool, comment: str) -> None:
        ratings.rate_case(
            tracking_code=self._tracking_code, is_satisfied=is_satisfied, comment=comment,
            at=self._at,
        )  # fmt: skip

    def ask_more_time(self) -> None:
        if self._case.level == "URGENT":
            return
        self._move(self._worker, "ask_extension", note="需等待配件到货")

    def supervise(self) -> None:
        self._move(self.actors["leader"], "supervise_yellow", note="请抓紧办理并反馈")

    def give_back(self) -> None:
        self._move(self._worker, "return", note="不属于本网格,请重新分派")

    def decline(self) -> None:
        self._move(self.actors["desk"], "decline", note="属于商业合同纠纷,可向法院起诉或申请调解")

    def go_offline(self) -> None:
        self._move(self.actors["desk"], "go_offline", note="停电期间转纸质办理")


_TO_CLOSED = ("accept", "send", "sign", "handle", "verify", "close")
_AGAIN = ("handle", "verify", "close")
_ROADS: dict[str, tuple[str, ...]] = {
    "received": (),
    "accepted": ("accept",),
    "assigned": ("accept", "send"),
    "handling": ("accept", "send", "sign"),
    "handled": ("accept", "send", "sign", "handle"),
    "verified": ("accept", "send", "sign", "handle", "verify"),
    "returned": ("accept", "send", "sign", "give_back"),
    "extended": ("accept", "send", "sign", "ask_more_time"),
    "supervised": ("accept", "send", "sign", "supervise"),
    "closed": _TO_CLOSED,
    "satisfied": (*_TO_CLOSED, "praise"),
    "unsatisfied": (*_TO_CLOSED, "complain"),
    "again": (*_TO_CLOSED, "complain", *_AGAIN, "praise"),
    "declined": ("decline",),
    "offline": ("accept", "go_offline"),
}
