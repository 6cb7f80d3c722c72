"""Every page that a link leads to, as each of the demo's people: none breaks, none is half translated.

The crawl goes over HTTP, breadth first and with one page of each kind before the next of the same.
The browser then opens one page of each kind, in Chinese and in English, on a telephone and at a desk: its
strict Content-Security-Policy refuses nothing, the console has no fault, axe-core finds none, light or dark,
nothing is too wide, nothing too heavy (300 kB compressed without map tiles, 12 requests;
the times are measured by `make bench ONLY=pages`).
"""

from __future__ import annotations

import json
import re
from collections import deque
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from bench.scale import Scale
from tests.browser.checks import check_page
from tests.browser.product import SIZES, OpenPage
from tests.flows.run.instance import Instance

LOGINS = (
    "desk", "grid", "lead", "cadre", "centre", "department", "mediator", "officer", "leader",
    "principal", "volunteer", "safety", "resident",
)  # fmt: skip
ON_FOOT = ("grid", "volunteer", "cadre", "resident")
PAGES, PAGES_OF_A_KIND = 40, 4
_VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)[0-9]{6,}")
_SENTENCE = re.compile(r"^(?:[A-Z][a-z]+|[a-z]+)(?: [a-z]+){2,}[.?!]?$")
"""Three English words in a row and nothing else: a text nobody has translated."""


class Reader(HTMLParser):
    """Picks the links and the texts out of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.texts: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if tag in ("script", "style"):
            self._inside.append(tag)
        self.texts += [given[name] or "" for name in ("aria-label", "placeholder") if name in given]

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.texts.append(" ".join(data.split()))


def sign_in(client: httpx.Client, login: str, password: str) -> None:
    client.get("/sign-in")
    sent = {"login": login, "password": password}
    sent["csrfmiddlewaretoken"] = client.cookies["csrftoken"]
    assert client.post("/sign-in", data=sent).status_code == 302


def kind_of(address: str) -> str:
    """Name the kind of page: its path without numbers, and which fields its query has."""
    parts = urlsplit(address)
    return (
        _VARYING.sub("*", parts.path) + "?" + ",".join(sorted(re.findall(r"(\w+)=", parts.query)))
    )


@pytest.fixture(scope="module")
def opened() -> set[str]:
    """Give the kinds of pages that a browser has looked at for somebody already."""
    return set()


@pytest.mark.parametrize("login", LOGINS)
def test_no_page_breaks_or_is_half_translated(
    product: Instance, open_page: OpenPage, opened: set[str], login: str
) -> None:
    pages = crawl(product, login)
    page = open_page(login=login)
    scale, heavy = Scale(page), {}
    usual, other = ("phone", "desktop") if login in ON_FOOT else ("desktop", "phone")
    new = {kind: address for kind, address in pages.items() if kind not in opened}
    opened.update(new)
    for language, size in (("zh-hans", usual), ("en", other)):
        page.context.add_cookies(
            [{"name": "anlan_language", "value": language, "url": product.url}]
        )
        page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
        for address in new.values():
            scale.clear()
            page.goto(address)
            assert page.locator("html").get_attribute("lang") == language.replace("hans", "Hans")
            check_page(page)
            if not (weight := scale.read()).is_light:
                heavy[address] = weight
            assert weight.files, "the scale sees nothing"
    assert heavy == {}


def crawl(product: Instance, login: str) -> dict[str, str]:
    """Read every page that a link leads to; give the first of each kind."""
    pages: dict[str, str] = {}
    waiting, seen, kinds = deque(["/", "/desk/", "/field/", "/notices/", "/design"]), set(), {}
    faults: list[str] = []
    language = {"anlan_language": "zh-hans"}
    with httpx.Client(base_url=product.url, timeout=30, cookies=language) as client:
        sign_in(client, login, product.password(login))
        while waiting and len(seen) < PAGES:
            address = waiting.popleft()
            kind = kind_of(address)
            if address in seen or kinds.get(kind, 0) >= PAGES_OF_A_KIND:
                continue
            seen.add(address)
            kinds[kind] = kinds.get(kind, 0) + 1
            answer = client.get(address)
            if answer.status_code >= 500 or answer.status_code == 404:
                faults.append(f"{answer.status_code} {address}")
            if answer.is_redirect:
                waiting.append(urljoin(address, answer.headers["location"]))
            if not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            if answer.status_code == 200:
                pages.setdefault(kind, address)
            reader = Reader()
            reader.feed(answer.text)
            faults += [f"{address}: {text}" for text in reader.texts if _SENTENCE.match(text)]
            for link in reader.links:
                found = urlsplit(urljoin(product.url + address, link))
                if f"{found.scheme}://{found.netloc}" == product.url:
                    waiting.append(found.path + (f"?{found.query}" if found.query else ""))
    assert faults == []
    assert len(seen) >= 4
    return pages


def test_the_maps_program_is_sent_as_small_as_a_browser_understands(product: Instance) -> None:
    library = re.search(r'data-library="([^"]+)"', httpx.get(f"{product.url}/", timeout=30).text)
    assert library is not None
    sizes = []
    for understood in ("identity", "gzip", "gzip, br"):
        with httpx.stream(
            "GET", product.url + library[1], headers={"accept-encoding": understood}, timeout=30
        ) as answer:
            sizes.append(sum(len(part) for part in answer.iter_raw()))
            assert "immutable" in answer.headers["cache-control"]
    assert sizes[0] > sizes[1] > sizes[2]
    assert sizes[2] < 230_000, "a page with a map has to stay within 300 kB"


def test_the_browser_saw_many_kinds_of_pages(opened: set[str]) -> None:
    assert len(opened) >= 15, opened


def test_accounts_are_those_of_the_demo(product: Instance) -> None:
    accounts = json.loads((product.home / "demo-accounts.json").read_text(encoding="utf-8"))
    assert {each["login"] for each in accounts} == set(LOGINS)
