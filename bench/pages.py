"""The budget of every page a person opens: weight, requests, and the server's time with a million cases.

Each page is opened once in Chromium with an empty cache (bench/scale.py says what counts), then asked for
again and again over HTTP, each time another case where it is about one; the 95th percentile of these waits
is the server's time. A million synthetic cases of the demo county and a fifth more over the whole
province lie in the table (bench/many.py), of which routing rules decided a part; sixteen months of figures of all
places are synthetic, too. `ratio` is the worst share of any budget: 300 kB,
12 requests, 150 ms. `cpu_ms` is the processor time of web and database for one request, which a busy machine changes
little, while waits grow with all that runs beside. A page that fails is told and the others go on.

Smaller by hand: `ANLAN_BENCH_CASES=10000 make bench ONLY=pages`. `ANLAN_BENCH_HOME=FOLDER` keeps the database
there; a later run finds it filled.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import sys
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from bench import many, world
from bench.chromium import browser
from bench.client import press, request
from bench.packs import PEOPLE, VALUES
from bench.scale import KB_LIMIT, REQUESTS_LIMIT, Scale, Weight

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CASES, REQUESTS, WARM = 1_000_000, 50, 5
RULES, BEYOND = 60, 0.2
"""Routing rules of the county; cases in the rest of the province, as a share of the county's."""
WINDOW_S = 61
"""Tracking codes may be tried 60 times a minute from one address: such a page waits for a fresh minute."""
SERVER_LIMIT_MS = 150
PHONE, DESK = (360, 800), (1440, 900)


@dataclass(frozen=True, slots=True)
class Opened:
    """A page: by whom it is opened, where, and on what. {case}, {other}, {code}: another each time.

    click: what the reader presses when it is there, to be weighed with what comes.
    """

    name: str
    who: str
    address: str
    size: tuple[int, int] = DESK
    click: str = ""


PAGES = (
    Opened("resident report", "", "/", PHONE, "#place_text"),
    Opened("resident reported", "", "/reported/{tracking}", PHONE),
    Opened("resident find", "", "/track", PHONE),
    Opened("resident tracking", "", "/track/{tracking}", PHONE),
    Opened("public board", "", "/board/{county}", PHONE),
    Opened("sign in", "", "/sign-in"),
    Opened("settings", "county", "/account/"),
    Opened("notices", "county", "/notices/"),
    Opened("field today", "grid", "/field/", PHONE),
    Opened("field report", "grid", "/field/report", PHONE),
    Opened("field case", "grid", "/field/cases/{own}", PHONE),
    Opened("desk queue", "county", "/desk/"),
    Opened("desk queue, map", "county", "/desk/", DESK, "#map-toggle"),
    Opened("desk overdue", "county", "/desk/?tab=red"),
    Opened("desk closed", "county", "/desk/?tab=closed"),
    Opened("desk search", "county", "/desk/?tab=every&q=%E8%B7%AF%E7%81%AF"),
    Opened("desk counts", "county", "/desk/counts"),
    Opened("desk queue, village", "village", "/desk/"),
    Opened("desk case", "county", "/desk/cases/{case}"),
    Opened("desk preview", "county", "/desk/cases/{case}/preview"),
    Opened("desk clocks", "county", "/desk/cases/{case}/clocks"),
    Opened("desk side by side", "county", "/desk/cases/{case}/beside?code={code}"),
    Opened("desk several", "county", "/desk/bulk?chosen={case}&chosen={other}"),
    Opened("desk topics", "county", "/desk/topics"),
    Opened("desk storm", "county", "/desk/storm"),
    Opened("desk rules", "county", "/desk/rules"),
    Opened("desk emergency", "county", "/desk/emergency"),
    Opened("command board", "county", "/command/{county}"),
    Opened("board, province", "province", "/command/{province}"),
    Opened("public board, province", "", "/board/{province}"),
    Opened("situation", "county", "/desk/situation"),
    Opened("situation paper", "county", "/desk/situation/paper"),
    Opened("two reports", "county", "/desk/reports/two/{county}/{month}"),
    Opened("curves", "county", "/desk/reports/curves"),
    Opened("returns", "county", "/desk/reports/returns"),
)


def run() -> dict[str, Any]:
    """Measure in one run of one server."""
    cases = int(os.environ.get("ANLAN_BENCH_CASES", CASES))
    keep = os.environ.get("ANLAN_BENCH_HOME", "")
    chance = random.Random(6)
    with world.instance(Path(keep) if keep else None) as home:
        from anlan.config import translations
        from anlan.config.static import collect_stale

        translations.compile_stale(home / "locale")
        collect_stale()
        _fill(cases)
        many.settle()
        tokens, names = _prepare(chance)
        found: dict[str, dict[str, Any]] = {}
        failed: list[str] = []
        servers = _find_servers()
        with world.web_server() as address:
            with browser() as chromium:
                weights = {page: _weigh(chromium, address, tokens, names, page) for page in PAGES}
            for page in PAGES:
                took = _time(tokens, names, page, chance, servers)
                _tell(f"{page.name}: {json.dumps(took | _show(weights[page]))}")
                if took["failures"]:
                    failed.append(page.name)
                else:
                    found[page.name] = took | _show(weights[page])
    over = {
        name: each
        for name, each in found.items()
        if each["kb"] > KB_LIMIT or each["requests"] > REQUESTS_LIMIT
        or each["p95_ms"] > SERVER_LIMIT_MS
    }  # fmt: skip
    shares = {name: max(each["kb"] / KB_LIMIT, each["requests"] / REQUESTS_LIMIT,
                        each["p95_ms"] / SERVER_LIMIT_MS) for name, each in found.items()}  # fmt: skip
    return {
        "bench": "pages",
        "ratio": round(max(shares.values()), 2),
        "over": sorted(over),
        "failed": failed,
        "kb_most": max(each["kb"] for each in found.values()),
        "requests_most": max(each["requests"] for each in found.values()),
        "p95_most_ms": max(each["p95_ms"] for each in found.values()),
        "pages": found,
        "cases": cases,
        "data": "synthetic",
    }


def _fill(cases: int) -> None:
    """Load the county, write rules, draw cases and figures; what a kept database has is left."""
    from django.db import connection

    from anlan.cases.models import Case
    from anlan.demo.world import COUNTY, FOLDER, JURISDICTION
    from anlan.indicators.actions import load_register
    from anlan.kernel import clock
    from anlan.places.queries import get_gazetteer

    if Case.objects.exists():
        return
    world.load_county()
    _write_rules()
    many.fill(cases, tell=_tell)
    # More beyond the county, so that the province's board has something to add up
    province = get_gazetteer().lineage(get_gazetteer().place_by_code(COUNTY).id)[0]
    world.load_units(province.code)
    many.fill(
        round(cases * (1 + BEYOND)),
        first=cases,
        under=province.code,
        seed=many.SEED + 1,
        tell=_tell,
    )
    at = clock.now()
    load_register(jurisdiction=JURISDICTION, folder=FOLDER, at=at)
    with connection.cursor() as cursor:
        for statement in (PEOPLE, VALUES):
            cursor.execute(statement, {"last": _month_over(at)})
        cursor.execute("ANALYZE")


def _write_rules() -> None:
    """A rule for each of many matters, to its own department: what would have been done without it, too."""
    from anlan.cases.queries import get_catalogue
    from anlan.demo.world import COUNTY
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM
    from anlan.triage.actions import save_rule
    from anlan.triage.queries.drafts import RuleDraft

    matters = sorted(get_catalogue().offered, key=lambda matter: matter.code)
    for matter in matters[:: max(1, len(matters) // RULES)]:
        draft = RuleDraft(
            COUNTY, "DEPARTMENT", "合成规则", matters=(matter.code,), department=matter.department
        )
        save_rule(actor=SYSTEM, draft=draft, at=clock.now())


def _month_over(at: datetime) -> date:
    """The first day of the month before: reports are of months that are over."""
    return (at.replace(day=1) - timedelta(days=1)).date().replace(day=1)


def _tell(step: str) -> None:
    sys.stderr.write(f"pages: {step}\n")
    sys.stderr.flush()


def _show(weight: Weight) -> dict[str, Any]:
    shown: dict[str, Any] = {"kb": weight.kb, "requests": len(weight.files)}
    return shown | ({"map_kb": weight.map_kb} if weight.map_kb else {})


def _weigh(
    chromium: Browser,
    address: str,
    tokens: dict[str, str],
    names: dict[str, list[str]],
    page: Opened,
) -> Weight:
    """Open a page as its reader does and let it come to rest."""
    context = chromium.new_context(viewport={"width": page.size[0], "height": page.size[1]})
    if page.who:
        cookie = {"name": "anlan_sign_in", "value": tokens[page.who], "url": address}
        context.add_cookies([cookie])
    opened = context.new_page()
    scale = Scale(opened)
    opened.goto(address + _address(page, names, 0), wait_until="load", timeout=60_000)
    if page.click:
        opened.locator(page.click).click()
    opened.wait_for_timeout(3000 if page.click else 1500)
    weight = scale.read()
    context.close()
    return weight


def _find_servers() -> list[psutil.Process]:
    """The web server, which this process started, and the database's."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        database = psutil.Process(cursor.fetchone()[0]).parent()
    connection.close()
    return [psutil.Process(), *([database] if database else [])]


def _processor_seconds(servers: list[psutil.Process]) -> float:
    """Processor time of all processes below these; this one itself is left out."""
    total = 0.0
    for process in [child for server in servers for child in server.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            spent = process.cpu_times()
            total += spent.user + spent.system
    return total


def _time(
    tokens: dict[str, str],
    names: dict[str, list[str]],
    page: Opened,
    chance: random.Random,
    servers: list[psutil.Process],
) -> dict[str, Any]:
    if "{tracking}" in page.address:
        time.sleep(WINDOW_S)
    headers = {"Cookie": f"anlan_sign_in={tokens[page.who]}"} if page.who else {}
    made = [
        request(_address(page, names, chance.randrange(10**6)), b"", headers, method="GET")
        for _ in range(REQUESTS + WARM)
    ]
    first = press(world.PORT, made.__getitem__, requests=WARM, connections=1)
    before = _processor_seconds(servers)
    load = press(world.PORT, lambda n: made[n + WARM], requests=REQUESTS, connections=1)
    cpu = _processor_seconds(servers) - before
    # What a page costs when nothing of it is in memory yet is told beside, and is not in the budget.
    return {
        "p50_ms": load.p50_ms, "p95_ms": load.p95_ms, "cpu_ms": round(cpu * 1000 / REQUESTS, 1), "first_ms": round(first.worst_ms, 1),
        "failures": load.failures,
    }  # fmt: skip


def _address(page: Opened, names: dict[str, list[str]], number: int) -> str:
    given = {name: of[(number + place) % len(of)] for place, (name, of) in enumerate(names.items())}
    return page.address.format(**given)


def _prepare(chance: random.Random) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Sign people in, draw cases to open, take some signals whose tracking codes are known."""
    from anlan.cases.models import Case
    from anlan.demo.world import COUNTY
    from anlan.kernel import clock, codes
    from anlan.kernel.actor import Role
    from anlan.places.queries import get_gazetteer
    from bench.create import write_bodies

    gazetteer, at = get_gazetteer(), clock.now()
    county = gazetteer.place_by_code(COUNTY)
    province = gazetteer.lineage(county.id)[0]
    village = gazetteer.children(gazetteer.children(county.id)[0].id)[0]
    grid = gazetteer.children(village.id)[0]
    tokens = {
        "county": _sign_in("county", Role.COUNTY_CENTRE, county.id),
        "province": _sign_in("province", Role.PRINCIPAL, province.id),
        "village": _sign_in("village", Role.VILLAGE_CADRE, village.id),
        "grid": _sign_in("grid", Role.GRID_WORKER, grid.id),
    }
    share = min(100.0, 300_000 / max(1, Case.objects.count()))
    rows = list(
        Case.objects.raw(f"SELECT * FROM cases_case TABLESAMPLE BERNOULLI ({share:.4f}) LIMIT 2000")
    )
    chance.shuffle(rows)
    own = [
        str(case)
        for case in Case.objects.filter(place_id=grid.id).values_list("id", flat=True)[:200]
    ]
    names = {
        "case": [str(case.id) for case in rows[:900]],
        "other": [str(case.id) for case in rows[900:1800]],
        "code": [codes.show(case.code) for case in rows[900:1800]],
        "own": own,
        "tracking": [_take(body) for body in write_bodies(40)],
        "county": [COUNTY],
        "province": [province.code],
        "month": [f"{_month_over(at):%Y-%m}"],
    }
    if empty := [name for name, of in names.items() if not of]:
        raise AssertionError(f"nothing to open for {empty}")
    return tokens, names


def _sign_in(name: str, role: Any, place_id: int) -> str:
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM
    from anlan.people import actions as people

    at = clock.now()
    login = f"bench-{name}-{at:%m%d%H%M%S}"  # a kept database knows those of earlier runs
    person = people.create_person(
        actor=SYSTEM, login=login, name="bench", password="bench-bench-bench", at=at, is_demo=True
    )
    people.grant_duty(actor=SYSTEM, person_id=person.id, role=role, place_id=place_id, at=at)
    return people.sign_in(login=login, password="bench-bench-bench", at=at).token


def _take(body: bytes) -> str:
    """Report as a resident; give the tracking code."""
    from anlan.intake.rules import Channel, Report
    from anlan.kernel import clock
    from anlan.kernel.actor import REPORTER
    from anlan.triage.actions import take_signal

    sent = json.loads(body)
    taken = take_signal(
        actor=REPORTER,
        report=Report(text=sent["text"], channel=Channel.WEB, lon=sent["lon"], lat=sent["lat"]),
        at=clock.now(),
    )
    return taken.tracking_code
