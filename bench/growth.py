"""Does the product slow down as cases pile up? List, case page, create, move, search at 10^4 to 10^6.

One run, one server, one database that grows (`bench/many.py`, synthetic): at each size the same
requests are pressed through HTTP, each time for other cases, texts and words, by an account with the
whole county and by one with a single village. `ratio` is the worst of the five medians' growth from
the last size but one to the last; `exponents` fit time ~ cases^e over all sizes. Rounds of the five
alternate, so that a busy moment of the machine meets all of them.

Larger by hand, in two steps, for the filling takes hours where the database outgrows the memory:
`python -m bench.many 10000000 HOME` (about 50 GB of disk; ended and begun again, it goes on where it
was), then `ANLAN_BENCH_HOME=HOME make bench ONLY=growth` measures what HOME holds as the last size.
"""

from __future__ import annotations

import json
import math
import os
import random
import secrets
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from bench import many, world
from bench.client import press, request

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS, REQUESTS = 5, 60
WORDS = (
    "路灯", "电梯", "垃圾", "噪音", "房东", "押金", "消防通道", "积水", "工资", "井盖", "漏水", "停车",
    "希望 路灯", "电动车 充电", "邻居 吵架", "第77", "老人", "施工", "污水", "违建",
)  # fmt: skip


def run() -> dict[str, Any]:
    """Measure in one run of one server."""
    filled = os.environ.get("ANLAN_BENCH_HOME")
    chance = random.Random(5)
    measured: list[dict[str, float]] = []
    with world.instance():
        from anlan.config.static import collect_stale

        world.load_county()
        collect_stale()
        tokens = _sign_in()
        bodies = _bodies()
        done = 0
        for size in SIZES:
            many.fill(size, first=done, tell=_tell)
            done = size
            measured.append(_measure(tokens, bodies, chance))
            _tell(f"{size:,}: {measured[-1]}")
    sizes = list(SIZES)
    if filled:
        # In a process of its own, for Django knows one database.
        found = json.loads(subprocess.check_output([sys.executable, "-m", "bench.growth", filled]))
        sizes.append(found.pop("cases"))
        measured.append(found)
    names = list(measured[0])
    ratios = {name: round(measured[-1][name] / measured[-2][name], 2) for name in names}
    return {
        "bench": "growth",
        "ratio": max(ratios.values()),
        "ratios": ratios,
        "exponents": {
            name: round(_fit(sizes, [found[name] for found in measured]), 3) for name in names
        },
        "ms": {str(size): found for size, found in zip(sizes, measured, strict=True)},
        "data": "synthetic",
    }


def _tell(step: str) -> None:
    sys.stderr.write(f"growth: {step}\n")
    sys.stderr.flush()


def measure_filled(home: Path) -> dict[str, float]:
    """Measure once what a folder holds that `bench.many` filled; it stays."""
    with world.instance(home):
        from anlan.cases.models import Case
        from anlan.config.static import collect_stale

        collect_stale()
        found = _measure(_sign_in(), _bodies(), random.Random(5))
        return {"cases": Case.objects.count(), **found}


def _measure(
    tokens: dict[str, str], bodies: list[bytes], chance: random.Random
) -> dict[str, float]:
    """Give the median wait in milliseconds of each operation, over rounds that alternate."""
    many.settle()
    targets, mark = _pick(chance), secrets.token_hex(4)
    waits: dict[str, list[float]] = {}
    with world.web_server():
        for number in range(ROUNDS + 1):
            asked = _requests(tokens, bodies, targets, chance, f"{mark}-{number}")
            for name, made in asked.items():
                load = press(world.PORT, made.__getitem__, requests=len(made), connections=1)
                if load.failures:
                    raise AssertionError(f"{name}: {load.failures} requests failed")
                if number:  # the first round warms up
                    waits.setdefault(name, []).append(load.p50_ms)
    return {name: round(median(found), 2) for name, found in waits.items()}


def _requests(
    tokens: dict[str, str],
    bodies: list[bytes],
    targets: dict[str, list[str]],
    chance: random.Random,
    mark: str,
) -> dict[str, list[bytes]]:
    cookies = {who: {"Cookie": f"anlan_sign_in={token}"} for who, token in tokens.items()}
    bearer = {"Authorization": f"Bearer {tokens['client']}"}
    note = json.dumps({"move": "report_back", "note": "进展(合成数据)"}).encode()

    def get(path: str, who: str) -> bytes:
        return request(path, b"", cookies[who], method="GET")

    whose = ["county", "village"] * (REQUESTS // 2)
    lists = ["/api/v1/cases", "/api/v1/cases?light=RED", "/desk/", "/api/v1/cases?only_open=false"]
    return {
        "list": [get(chance.choice(lists), who) for who in whose],
        "case_page": [get(f"/desk/cases/{case}", "county")
                      for case in chance.sample(targets["any"], REQUESTS)],
        "create": [request("/api/v1/signals", chance.choice(bodies),
                           bearer | {"Idempotency-Key": f"growth-{mark}-{n}"})
                   for n in range(REQUESTS)],
        "move": [request(f"/api/v1/cases/{case}/moves", note, bearer)
                 for case in chance.sample(targets["handling"], min(REQUESTS, len(targets["handling"])))],
        "search": [get(f"/api/v1/cases?q={quote(chance.choice(WORDS))}", who) for who in whose],
    }  # fmt: skip


def _pick(chance: random.Random) -> dict[str, list[str]]:
    """Draw the cases to open and to move, each time others."""
    from anlan.cases.models import Case

    numbers = {"handling": Case.objects.filter(
        due_at__isnull=False, state__in=("ACCEPTED", "ASSIGNED", "HANDLING", "HANDLED", "VERIFIED")
    )}  # fmt: skip
    found = {name: [str(i) for i in rows.values_list("id", flat=True)[:2000]]
             for name, rows in numbers.items()}  # fmt: skip
    total = Case.objects.count()
    share = min(100.0, 300_000 / total)
    rows = Case.objects.raw(
        f"SELECT id FROM cases_case TABLESAMPLE BERNOULLI ({share:.4f}) LIMIT 4000"
    )
    found["any"] = [str(case.id) for case in rows]
    chance.shuffle(found["any"])
    return found


def _sign_in() -> dict[str, str]:
    """Sign in one account for the county, one for a village; open a machine account."""
    from anlan.demo.world import COUNTY
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM, Role
    from anlan.people import actions as people
    from anlan.places.queries import get_gazetteer

    gazetteer, at = get_gazetteer(), clock.now()
    county = gazetteer.place_by_code(COUNTY)
    village = gazetteer.children(gazetteer.children(county.id)[0].id)[0]
    tokens, mark = {}, secrets.token_hex(4)
    for who, role, place in (
        ("county", Role.COUNTY_CENTRE, county), ("village", Role.VILLAGE_CADRE, village)
    ):  # fmt: skip
        login = f"bench-{who}-{mark}"
        person = people.create_person(
            actor=SYSTEM,
            login=login,
            name="bench",
            password="bench-bench-bench",
            at=at,
            is_demo=True,
        )
        people.grant_duty(actor=SYSTEM, person_id=person.id, role=role, place_id=place.id, at=at)
        tokens[who] = people.sign_in(login=login, password="bench-bench-bench", at=at).token
    tokens["client"] = people.create_api_client(
        actor=SYSTEM,
        name=f"bench-{mark}",
        channel="API",
        role=Role.COUNTY_CENTRE,
        place_id=county.id,
        at=at,
    ).token
    return tokens


def _bodies() -> list[bytes]:
    from bench.create import write_bodies

    return write_bodies(600)


def _fit(sizes: list[int], times: list[float]) -> float:
    """Fit the exponent e of time ~ size^e by least squares on logarithms."""
    xs, ys = [math.log(size) for size in sizes], [math.log(time) for time in times]
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    above = sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True))
    return above / sum((x - x_mean) ** 2 for x in xs)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure_filled(Path(sys.argv[1]))))
