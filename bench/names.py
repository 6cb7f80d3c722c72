"""A place by what is typed of its name, over the 27,036 places of the Zhejiang jurisdiction.

Questions: 1,000 villages, each typed character by character from the first to the last, as the report
page asks; then each as it is written with its town in front and a house number behind. The ratio
compares with asking every name in turn, in the same run. Places are real, what is typed is made up.
"""

from __future__ import annotations

import csv
import gzip
import random
import statistics
import time
from importlib.resources import files
from typing import Any

from anlan.places.rules import PlaceInfo
from anlan.places.rules.names import Names

WIDTHS = (2, 4, 6, 9, 12)
VILLAGES = 1_000
SHOWN = 8


def read_places() -> dict[str, PlaceInfo]:
    """Read the jurisdiction's places; the path of each is its code, level by level."""
    file = files("anlan") / "jurisdictions" / "cn-zhejiang" / "places.csv.gz"
    found: dict[str, PlaceInfo] = {}
    with file.open("rb") as packed, gzip.open(packed, "rt", encoding="utf-8") as rows:
        for number, row in enumerate(csv.DictReader(rows), 1):
            code = row["code"]
            steps = [code[:width] for width in WIDTHS if width <= len(code)]
            found[code] = PlaceInfo(
                id=number, code=code, level=row["level"], depth=len(steps) - 1, name=row["name"],
                name_en=row["name_en"], path=".".join(steps), parent_id=None, jurisdiction="x",
            )  # fmt: skip
    return found


def ask_all(typed: list[str], ask: Any) -> list[float]:
    """Ask each question and give the milliseconds of processor that each took."""
    took = []
    for text in typed:
        started = time.thread_time()
        ask(text)
        took.append((time.thread_time() - started) * 1e3)
    return took


def run() -> dict[str, Any]:
    """Measure; milliseconds are time of the processor, so that a busy machine does not count."""
    places = read_places()

    def above(place: PlaceInfo) -> list[PlaceInfo]:
        return [places[code] for code in place.path.split(".")[:-1]]

    started = time.perf_counter()
    names = Names(places.values(), above=above)
    build_seconds = time.perf_counter() - started
    villages = random.Random(7).sample(sorted(c for c in places if len(c) == 12), VILLAGES)
    typed = [
        places[code].name[:end] for code in villages for end in range(1, len(places[code].name) + 1)
    ]
    written = [f"{places[code[:9]].name}{places[code].name}12号" for code in villages]
    names.find(written[0])  # writes the ways down, once
    as_typed, as_written = ask_all(typed, names.find), ask_all(written, names.find)
    found = sum(
        places[code] in names.find(text, limit=SHOWN)
        for code, text in zip(villages, written, strict=True)
    )

    def in_turn(text: str) -> list[PlaceInfo]:
        hits = [p for p in places.values() if text in p.name or text in p.name_en or text in p.code]
        return sorted(hits, key=lambda p: (not p.name.startswith(text), p.depth, p.code))[:20]

    plain = ask_all(typed[:500], in_turn)
    return {
        "bench": "names",
        "places": len(places),
        "build_seconds": round(build_seconds, 2),
        "typed_questions": len(typed),
        "typed_ms_p50": round(statistics.median(as_typed), 3),
        "typed_ms_p99": round(statistics.quantiles(as_typed, n=100)[98], 2),
        "typed_ms_max": round(max(as_typed), 2),
        "written_ms_p50": round(statistics.median(as_written), 3),
        "written_ms_p99": round(statistics.quantiles(as_written, n=100)[98], 2),
        "written_found_percent": round(100 * found / VILLAGES, 1),
        "in_turn_ms_p50": round(statistics.median(plain), 2),
        "ratio": round(statistics.median(plain) / statistics.median(as_typed), 1),
        "ratio_of": "asking every name in turn to the index, median",
    }
