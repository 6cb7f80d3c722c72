"""Does a refusal's time tell whether something exists? Not-yours against not-there, at every such door.

Tests compare the statements of both (`tests/flows/permissions/test_leaks.py`); here the clock is asked,
through HTTP and over one connection, in pairs of random order: an identifier of a case of another town,
and one that nothing has. Two desks do so, each for the other's town. `ratio` is the median of a door's
hidden answers ÷ that of its absent ones, whichever door and way is farthest from 1; `told` is how often a guess
by the clock would be right (0.5: a coin) at its best door. `control` compares absent with absent: what
this machine's noise alone makes of it. Tracking codes and sign-ins are asked by nobody in particular.
"""

from __future__ import annotations

import json
import random
import socket
import time
from collections.abc import Callable
from itertools import cycle
from statistics import median
from typing import Any
from urllib.parse import quote

from bench import many, world
from bench.client import answer, request

CASES, PAIRS, WARM, PHOTOS, LOGINS = 20_000, 400, 40, 40, 120
PAIRS_OF = {"sign_in": (100,)}  # each costs two hashes of a password
PASSWORD = "bench-bench-bench"

Make = Callable[[], bytes]


def run() -> dict[str, Any]:
    """Measure in one run of one server."""
    with world.instance():
        from anlan.config.static import collect_stale

        world.load_county()
        collect_stale()
        many.fill(CASES)
        doors = _prepare()
        with world.web_server(processes=1, BENCH_NO_LIMITS="1"):
            found = {name: _compare(*pair, *PAIRS_OF.get(name, ())) for name, pair in doors.items()}
    control = found.pop("control")
    worst = max(found, key=lambda name: abs(found[name]["ratio"] - 1))
    return {
        "bench": "refusals",
        "ratio": found[worst]["ratio"],
        "worst": worst,
        "told": max(max(one["told"], 1 - one["told"]) for one in found.values()),
        "control": control,
        "doors": found,
        "pairs": PAIRS,
        "cases": CASES,
        "data": "synthetic",
    }


def _compare(hidden: Make, absent: Make, pairs: int = PAIRS) -> dict[str, float]:
    """Ask for both in pairs of random order; give medians, their ratio and how well the clock tells."""
    chance = random.Random(8)
    waits: tuple[list[float], list[float]] = ([], [])
    status: set[tuple[int, int]] = set()
    with socket.create_connection(("127.0.0.1", world.PORT)) as sock:
        sock.settimeout(30)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(pairs + WARM):
            got = [0, 0]
            for which in chance.sample((0, 1), 2):
                data = (hidden, absent)[which]()
                began = time.perf_counter()
                sock.sendall(data)
                got[which] = answer(sock)
                if number >= WARM:
                    waits[which].append(time.perf_counter() - began)
            status.add((got[0], got[1]))
    if any(a != b or a >= 429 for a, b in status):
        raise AssertionError(f"answers differ: {status}")
    low, high = _bounds(waits, chance)
    return {
        "ratio": round(median(waits[0]) / median(waits[1]), 3),
        "low": low,
        "high": high,
        "told": round(_told(*waits), 3),
        "hidden_ms": round(median(waits[0]) * 1000, 3),
        "absent_ms": round(median(waits[1]) * 1000, 3),
    }


def _told(hidden: list[float], absent: list[float]) -> float:
    """Give the chance that a hidden answer takes longer than an absent one (Mann-Whitney)."""
    both = sorted([(wait, 1) for wait in hidden] + [(wait, 0) for wait in absent])
    ranks = sum(place for place, (_, is_hidden) in enumerate(both, 1) if is_hidden)
    pairs = len(hidden) * len(absent)
    return (ranks - len(hidden) * (len(hidden) + 1) / 2) / pairs


def _bounds(waits: tuple[list[float], list[float]], chance: random.Random) -> tuple[float, float]:
    """Give the 95 % interval of the ratio of medians, by drawing anew 400 times."""
    drawn = sorted(
        median(chance.choices(waits[0], k=len(waits[0])))
        / median(chance.choices(waits[1], k=len(waits[1])))
        for _ in range(400)
    )
    return round(drawn[10], 3), round(drawn[389], 3)


def _prepare() -> dict[str, tuple[Make, Make]]:
    """Make accounts, photos and the pairs of requests: door → hidden, absent."""
    from anlan.cases.models import Case
    from anlan.demo.world import COUNTY
    from anlan.kernel import codes
    from anlan.kernel.ids import new_id
    from anlan.places.queries import get_gazetteer

    gazetteer = get_gazetteer()
    towns = gazetteer.children(gazetteer.place_by_code(COUNTY).id)[:2]
    paths = [town.path for town in towns]
    statement = "SELECT id, code FROM cases_case WHERE place_path <@ %s LIMIT 400"
    cases = [[(c.id, c.code) for c in Case.objects.raw(statement, [path])] for path in paths]
    photos = [_take_with_photos(town.id) for town in towns]
    doors: dict[str, tuple[Make, Make]] = {}
    for side, way in ((0, "there"), (1, "back")):
        who = _sign_in(f"refused-{way}", towns[side].id)
        other = cases[1 - side]
        cookie = {"Cookie": f"anlan_sign_in={who['cookie']}"}
        bearer = {"Authorization": f"Bearer {who['token']}"}

        def pair(
            path: str, values: list[str], fresh: Callable[[], str], headers: dict[str, str]
        ) -> tuple[Make, Make]:
            given = cycle(values)

            def ask(value: str) -> bytes:
                return request(path.format(quote(value)), b"", headers, method="GET")

            return (lambda: ask(next(given))), (lambda: ask(fresh()))

        ids, shown = [str(i) for i, _ in other], [codes.show(code) for _, code in other]

        def no_id() -> str:
            return str(new_id())

        def no_code() -> str:
            return codes.show(codes.new_code())

        doors |= {
            f"case_page_{way}": pair("/desk/cases/{}", ids, no_id, cookie),
            f"api_case_{way}": pair("/api/v1/cases/{}", ids, no_id, cookie),
            f"api_case_by_token_{way}": pair("/api/v1/cases/{}", ids, no_id, bearer),
            f"photo_{way}": pair("/desk/photos/{}", photos[1 - side], no_id, cookie),
            f"search_by_code_{way}": pair("/desk/?q={}", shown, no_code, cookie),
            f"api_search_by_code_{way}": pair("/api/v1/cases?q={}", shown, no_code, cookie),
        }

        def wrong(code: str) -> str:
            last = codes.tracking_code(codes.normalise(code))
            return last[:-1] + ("Z" if last[-1] != "Z" else "Y")

        for name, path in (("track", "/track/{}"), ("api_track", "/api/v1/track/{}")):
            doors[f"{name}_{way}"] = pair(
                path, [wrong(code) for code in shown], lambda: wrong(no_code()), {}
            )
    doors["sign_in"] = _sign_in_pair()
    control = pair("/desk/cases/{}", [no_id() for _ in range(400)], no_id, cookie)
    return doors | {"control": control}


def _take_with_photos(town_id: int) -> list[str]:
    """Take reports with a photo each in a town; give the photos' ids."""
    import io

    from PIL import Image

    from anlan.documents import actions as documents
    from anlan.intake.rules import Channel, Report
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM
    from anlan.places.queries import get_gazetteer
    from anlan.triage import actions as triage

    gazetteer, at = get_gazetteer(), clock.now()
    found = []
    grids = [p for p in gazetteer.descendants(town_id) if p.level == "GRID"]
    for number in range(PHOTOS):
        data, grid = io.BytesIO(), grids[number % len(grids)]
        Image.new("RGB", (64, 48), (number, 99, town_id % 256)).save(data, "PNG")
        photo = documents.keep_photo(actor=SYSTEM, file=data.getvalue(), name="x.png", at=at)
        triage.take_signal(
            actor=SYSTEM, report=Report(text=f"路灯坏了 合成数据 {number}", channel=Channel.WEB, sender="web",
                          lon=grid.lon, lat=grid.lat), at=at, photos=(photo.id,),
        )  # fmt: skip
        found.append(str(photo.id))
    return found


def _sign_in(login: str, place_id: int) -> dict[str, str]:
    """Open a desk's account and a machine account for a town, and sign the desk in."""
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM, Role
    from anlan.people import actions as people

    at = clock.now()
    person = people.create_person(
        actor=SYSTEM, login=login, name="bench", password=PASSWORD, at=at, is_demo=True
    )
    people.grant_duty(
        actor=SYSTEM, person_id=person.id, role=Role.TOWN_DESK, place_id=place_id, at=at
    )
    client = people.create_api_client(
        actor=SYSTEM, name=login, channel="API", role=Role.TOWN_DESK, place_id=place_id, at=at
    )
    cookie = people.sign_in(login=login, password=PASSWORD, at=at).token
    return {"cookie": cookie, "token": client.token}


def _sign_in_pair() -> tuple[Make, Make]:
    """Make requests to sign in with a wrong password: as somebody who exists, and as nobody."""
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM
    from anlan.people import actions as people

    at = clock.now()
    for number in range(LOGINS):
        people.create_person(
            actor=SYSTEM, login=f"known{number:05}", name="bench", password=PASSWORD, at=at,
            is_demo=True,
        )  # fmt: skip
    form = "x" * 32
    headers = {"Cookie": f"csrftoken={form}", "X-CSRFToken": form,
               "Content-Type": "application/x-www-form-urlencoded"}  # fmt: skip
    numbers = cycle(range(LOGINS))

    def ask(login: str) -> bytes:
        body = f"login={login}&password=wrong-wrong-wrong".encode()
        return request("/sign-in", body, headers)

    return (lambda: ask(f"known{next(numbers):05}")), (lambda: ask(f"nobody{next(numbers):04}"))


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
