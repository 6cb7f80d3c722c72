"""Does the queue stay fluid with 50,000 open cases? First paint, next page and a step by key, in Chromium.

Synthetic open cases of one county, the account of its centre, an empty cache each time. First paint is the
browser's own first-contentful-paint, counted from the navigation. The next page is asked for as a reader
does, by the link at the end; it has come when its rows are painted. A step is the key j with 550 rows on the
page. Medians of the rounds are given, and the worst; `ratio` is the worst median against its limit.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from bench import world
from bench.cases import copy_cases
from bench.chromium import browser
from bench.queue import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CASES, ROUNDS, PAGES, STEPS = 50_000, 7, 10, 40
PAINT_LIMIT_MS, PAGE_LIMIT_MS, STEP_LIMIT_MS = 1500, 300, 100

# Each ends after the frame in which the change is painted.
PAINTED = "await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));"
NEXT = f"""async () => {{
  const rows = () => document.querySelectorAll("#queue tr[data-id]").length;
  const before = rows(), began = performance.now();
  document.querySelector("#queue .more a").click();
  while (rows() === before) {PAINTED}
  {PAINTED}
  return [performance.now() - began, rows() - before];
}}"""
STEP = f"""async () => {{
  const before = document.activeElement, began = performance.now();
  before.dispatchEvent(new KeyboardEvent("keydown", {{ key: "j", bubbles: true }}));
  {PAINTED}
  if (document.activeElement === before) throw new Error("j leads nowhere");
  return performance.now() - began;
}}"""
FIRST = """() => new Promise((done) => {
  new PerformanceObserver((list) => done(list.getEntries()[0].startTime))
    .observe({ type: "paint", buffered: true });
})"""


def run() -> dict[str, Any]:
    """Measure in one run of one server."""
    with world.instance():
        world.load_county(train=False)
        copy_cases(CASES)
        token = sign_in(1)
        from anlan.config.static import collect_stale

        collect_stale()
        with world.web_server() as address, browser() as chromium:
            paints = [_paint(chromium, address, token) for _ in range(ROUNDS + 1)][1:]
            pages, steps = _read_on(chromium, address, token)
    middle = {"paint": median(paints), "page": median(pages), "step": median(steps)}
    limits = {"paint": PAINT_LIMIT_MS, "page": PAGE_LIMIT_MS, "step": STEP_LIMIT_MS}
    return {
        "bench": "desk",
        "ratio": round(max(middle[name] / limits[name] for name in limits), 2),
        "first_paint_ms": round(middle["paint"]),
        "first_paint_worst_ms": round(max(paints)),
        "next_page_ms": round(middle["page"]),
        "next_page_worst_ms": round(max(pages)),
        "key_ms": round(middle["step"], 1),
        "limits_ms": limits,
        "cases": CASES,
        "data": "synthetic",
    }


def _open(chromium: Browser, address: str, token: str) -> Page:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "anlan_sign_in", "value": token, "url": address}])
    page = context.new_page()
    page.goto(f"{address}/desk/", wait_until="load")
    return page


def _paint(chromium: Browser, address: str, token: str) -> float:
    page = _open(chromium, address, token)
    took = float(page.evaluate(FIRST))
    page.context.close()
    return took


def _read_on(chromium: Browser, address: str, token: str) -> tuple[list[float], list[float]]:
    page = _open(chromium, address, token)
    page.wait_for_timeout(500)
    pages = []
    for _ in range(PAGES + 1):
        took, rows = page.evaluate(NEXT)
        if rows != 50:
            raise AssertionError(f"a page of {rows} rows came")
        pages.append(float(took))
    steps = [float(page.evaluate(STEP)) for _ in range(STEPS)]
    page.context.close()
    return pages[1:], steps
